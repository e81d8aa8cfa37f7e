import AvatariumCore
import GLTF
import Rendering
import Testing

/// KHR_materials_clearcoat, _sheen, _transmission, _volume and _variants: each moves the pixels the right way.
@Suite(.serialized) struct LayerTests {
    /// A square that fills the picture, of one material, in front of another where one is given.
    private func square(_ change: (inout Material) -> Void, behind: SIMD4<Float>? = nil) -> SceneSample {
        func corners(_ z: Float) -> [SIMD3<Float>] {
            [
                SIMD3(-2, -2, z), SIMD3(2, -2, z), SIMD3(2, 2, z), SIMD3(-2, -2, z), SIMD3(2, 2, z),
                SIMD3(-2, 2, z),
            ]
        }
        var sample = SceneSample(corners(0))
        var material = Material()
        material.metallicFactor = 0
        material.roughnessFactor = 0.8
        material.baseColorFactor = SIMD4(0.2, 0.2, 0.2, 1)
        change(&material)
        sample.document.materials = [material]
        if let behind {
            var back = Material()
            back.unlit = true
            back.baseColorFactor = behind
            sample.document.materials.append(back)
            var primitive = Primitive()
            let points = corners(-0.5)
            primitive.attributes["POSITION"] = sample.floats(points.flatMap { [$0.x, $0.y, $0.z] }, .vec3)
            primitive.attributes["NORMAL"] = sample.floats(
                points.flatMap { _ -> [Float] in [0, 0, 1] }, .vec3)
            primitive.material = 1
            sample.document.meshes[0].primitives.append(primitive)
        }
        return sample
    }

    /// The middle pixel, or that at `x`, without a tone map.
    private func pixel(_ sample: SceneSample, x: Int = 32) async throws -> SIMD4<Float> {
        let renderer = try Renderer()
        var settings = RenderSettings(width: 64, height: 64)
        settings.samples = 1
        settings.toneMap = .none
        settings.background = .transparent
        settings.keyLight = false
        let scene = try await renderer.load(sample.model, settings: settings)
        let picture = try await renderer.render(
            scene, pose: sample.pose(), camera: SceneSample.camera, reusing: nil)
        return SIMD4<Float>(picture[x, 32])
    }

    @Test func clearcoatReflectsOverARoughBase() async throws {
        let bare = try await pixel(square { _ in })
        let coated = try await pixel(
            square {
                var coat = Material.Clearcoat()
                coat.factor = 1
                coat.roughness = 0.6
                $0.clearcoat = coat
            })
        #expect(coated.x > bare.x + 2)
        #expect(coated.w == 255)
    }

    @Test func clearcoatDarkensAGlowingBase() async throws {
        func glow(_ factor: Float) async throws -> SIMD4<Float> {
            try await pixel(
                square {
                    $0.baseColorFactor = SIMD4(0, 0, 0, 1)
                    $0.emissiveFactor = SIMD3(0, 0.5, 0)
                    $0.specularFactor = 0
                    var coat = Material.Clearcoat()
                    coat.factor = factor
                    coat.roughness = 1
                    $0.clearcoat = coat
                })
        }
        let (bare, coated) = try await (glow(0), glow(1))
        // Less of its own green, a little white from the coat.
        #expect(coated.y - coated.x < bare.y - bare.x)
    }

    @Test func sheenTintsAndGrowsTowardsGrazing() async throws {
        func velvet(_ color: SIMD3<Float>, x: Int) async throws -> SIMD4<Float> {
            try await pixel(
                square {
                    var sheen = Material.Sheen()
                    sheen.color = color
                    sheen.roughness = 0.5
                    $0.sheen = sheen
                }, x: x)
        }
        let bare = try await velvet(.zero, x: 32)
        let middle = try await velvet(SIMD3(1, 0, 0), x: 32)
        #expect(middle.x > bare.x)
        #expect(middle.y <= bare.y)
        let edge = try await velvet(SIMD3(1, 0, 0), x: 1)
        let bareEdge = try await velvet(.zero, x: 1)
        #expect(edge.x / bareEdge.x > middle.x / bare.x)
    }

    private func glass(_ roughness: Float = 0, _ change: (inout Material.Transmission) -> Void = { _ in })
        -> SceneSample
    {
        square(
            {
                $0.baseColorFactor = SIMD4(1, 1, 1, 1)
                $0.roughnessFactor = roughness
                var transmission = Material.Transmission()
                transmission.factor = 1
                change(&transmission)
                $0.transmission = transmission
            }, behind: SIMD4(0, 0, 1, 1))
    }

    @Test func whatIsBehindShowsThroughGlass() async throws {
        let clear = try await pixel(glass())
        let opaque = try await pixel(glass { $0.factor = 0 })
        #expect(clear.z > 240)
        #expect(clear.x < opaque.x - 60)
        #expect(clear.w == 255)
    }

    @Test func roughGlassScattersInsteadOfShowing() async throws {
        let clear = try await pixel(glass())
        let frosted = try await pixel(glass(0.9))
        #expect(frosted.x > clear.x + 20)
    }

    @Test func aThickVolumeTakesLightAway() async throws {
        let thin = try await pixel(glass())
        let thick = try await pixel(
            glass {
                $0.thickness = 2
                $0.attenuationDistance = 1
                $0.attenuationColor = SIMD3(0.5, 0.5, 0.5)
            })
        #expect(thick.z < thin.z - 40)
    }

    @Test func glassWithNothingBehindIsSeenThroughInATransparentPicture() async throws {
        var alone = glass()
        alone.document.meshes[0].primitives.removeLast()
        #expect(try await pixel(alone).w < 40)
    }

    @Test func aVariantBringsItsMaterials() async throws {
        var sample = square { _ in }
        var red = Material()
        red.unlit = true
        red.baseColorFactor = SIMD4(1, 0, 0, 1)
        sample.document.materials.append(red)
        sample.document.variants = ["plain", "red"]
        sample.document.meshes[0].primitives[0].variantMaterials = [1: 1]
        let own = try await pixel(sample)
        try sample.document.select(variant: "plain")
        #expect(try await pixel(sample) == own)
        try sample.document.select(variant: "red")
        #expect(try await pixel(sample) == SIMD4(255, 0, 0, 255))
        let error = #expect(throws: AvatariumError.self) { try sample.document.select(variant: "blue") }
        #expect(error?.code == .invalidConfig)
        #expect(error?.message.contains("plain, red") ?? false)
    }
}
