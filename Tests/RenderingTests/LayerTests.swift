import AvatariumCore
import GLTF
import Images
import Rendering
import Testing

/// KHR_materials_clearcoat, _sheen, _specular, _transmission, _volume and _variants: each moves the pixels the right way.
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

    /// The middle row, without a tone map, lit at every pixel.
    private func row(_ sample: SceneSample) async throws -> [SIMD4<Float>] {
        let renderer = try Renderer()
        var look = RenderLook.sample(64, 64)
        look.samples = 1
        look.quality = .high
        look.toneMap = .linear
        look.background = .transparent
        look.keyLight = false
        let scene = try await renderer.load(sample.model, look: look)
        let picture = try await renderer.render(
            scene, pose: sample.pose(), camera: SceneSample.camera, reusing: nil)
        return (0..<64).map { SIMD4<Float>(picture[$0, 32]) }
    }

    /// The middle pixel, or that at `x`.
    private func pixel(_ sample: SceneSample, x: Int = 32) async throws -> SIMD4<Float> {
        try await row(sample)[x]
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

    @Test func roughGlassBlursWhatIsBehind() async throws {
        // Blue ends in the middle; a little to its right there is nothing.
        func beside(_ roughness: Float) async throws -> SIMD4<Float> {
            var sample = glass(roughness)
            let left: [Float] = [-2, -2, 0, -2, 0, 2, -2, -2, 0, 2, -2, 2]
            sample.document.meshes[0].primitives[1].attributes["POSITION"] = sample.floats(
                (0..<6).flatMap { [left[2 * $0], left[2 * $0 + 1], -0.5] }, .vec3)
            return try await pixel(sample, x: 36)
        }
        let (clear, frosted) = try await (beside(0), beside(0.6))
        #expect(clear.w < 40)
        #expect(frosted.w > clear.w + 20)
        #expect(frosted.z > 30)
    }

    @Test func tintedGlassColoursWhatIsBehind() async throws {
        var sample = glass()
        sample.document.materials[0].baseColorFactor = SIMD4(1, 0.25, 0, 1)
        sample.document.materials[1].baseColorFactor = SIMD4(1, 1, 0.5, 1)
        let seen = try await pixel(sample)
        let clear = try await pixel(glass())
        #expect(seen.x > 235)
        // A quarter of white, linear, is 137 of 255; what the surface itself reflects comes on top.
        #expect((120...160).contains(seen.y))
        #expect(seen.z < clear.z - 150)
    }

    @Test func aVolumeBendsWhatIsBehind() async throws {
        // Seen from the right, blue behind the left half moves.
        func edge(_ thickness: Float) async throws -> Int {
            var sample = glass { $0.thickness = thickness }
            sample.document.materials[0].ior = 1.5
            let left: [Float] = [-2, -2, 0.3, -2, 0.3, 2, -2, -2, 0.3, 2, -2, 2]
            sample.document.meshes[0].primitives[1].attributes["POSITION"] = sample.floats(
                (0..<6).flatMap { [left[2 * $0], left[2 * $0 + 1], -0.5] }, .vec3)
            return try await row(sample).lastIndex { $0.w > 128 } ?? 0
        }
        let (thin, thick) = try await (edge(0), edge(2))
        #expect(thick > thin + 1)
    }

    @Test func `dispersion parts the colours at an edge behind glass`() async throws {
        // The greatest difference of red and blue where a white half ends.
        func fringe(_ dispersion: Float) async throws -> Float {
            var sample = glass { $0.thickness = 2 }
            sample.document.materials[0].ior = 1.5
            sample.document.materials[0].dispersion = dispersion
            sample.document.materials[1].baseColorFactor = SIMD4(1, 1, 1, 1)
            let left: [Float] = [-2, -2, 0.6, -2, 0.6, 2, -2, -2, 0.6, 2, -2, 2]
            sample.document.meshes[0].primitives[1].attributes["POSITION"] = sample.floats(
                (0..<6).flatMap { [left[2 * $0], left[2 * $0 + 1], -0.5] }, .vec3)
            return try await row(sample).map { abs($0.x - $0.z) }.max() ?? 0
        }
        let (without, with) = try await (fringe(0), fringe(5))
        #expect(with > without + 20, "\(without) \(with)")
    }

    @Test func `a thin film colours reflections by its thickness`() async throws {
        func film(_ thickness: Float, factor: Float = 1) async throws -> SIMD4<Float> {
            try await pixel(
                square {
                    $0.baseColorFactor = SIMD4(0.02, 0.02, 0.02, 1)
                    $0.roughnessFactor = 0.3
                    var iridescence = Material.Iridescence()
                    iridescence.factor = factor
                    iridescence.ior = 1.8
                    iridescence.thickness = (100, thickness)
                    $0.iridescence = iridescence
                })
        }
        let bare = try await film(400, factor: 0)
        let colors = try await [film(250), film(400), film(550)]
        // No two thicknesses have the same hue, and none is that of the bare surface.
        func hue(_ c: SIMD4<Float>) -> SIMD2<Float> { SIMD2(c.x - c.y, c.y - c.z) }
        for (i, a) in colors.enumerated() {
            #expect(abs(hue(a).x - hue(bare).x) + abs(hue(a).y - hue(bare).y) > 3, "\(bare) \(colors)")
            for b in colors.dropFirst(i + 1) {
                #expect(abs(hue(a).x - hue(b).x) + abs(hue(a).y - hue(b).y) > 6, "\(colors)")
            }
        }
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

    /// A texture whose values lie near `value` in each channel, and are not all the same.
    private func add(_ value: SIMD4<UInt8>, to sample: inout SceneSample) throws -> TextureInfo {
        var picture = PixelBuffer(width: 2, height: 2)
        for index in 0..<16 { picture.bytes[index] = value[index % 4] - UInt8(index / 8) * 8 }
        var image = Image()
        image.bytes = try PNGWriter.encode(picture)
        sample.document.images.append(image)
        var texture = Texture()
        texture.image = sample.document.images.count - 1
        sample.document.textures.append(texture)
        return TextureInfo(texture: sample.document.textures.count - 1)
    }

    private enum Layered: CaseIterable {
        case specular, specularColor, sheenRoughness, thickness
    }

    /// A texture of one half does what half of the factor does.
    @Test(arguments: Layered.allCases) private func aTextureScalesItsFactor(_ layered: Layered) async throws {
        func drawn(_ factor: Float, textured: Bool) async throws -> SIMD4<Float> {
            var sample = glass { $0.factor = 0 }
            sample.document.meshes[0].primitives[0].attributes["TEXCOORD_0"] = sample.floats(
                [Float](repeating: 0.5, count: 12), .vec2)
            // One half, as its channel is encoded.
            let half: UInt8 = layered == .specularColor ? 192 : 132
            let info = textured ? try add(SIMD4(repeating: half), to: &sample) : nil
            var material = sample.document.materials[0]
            material.baseColorFactor = SIMD4(0.01, 0.01, 0.01, 1)
            material.roughnessFactor = 0.5
            switch layered {
            case .specular: (material.specularFactor, material.specularTexture) = (factor, info)
            case .specularColor:
                material.ior = 2.5
                material.specularColorFactor = SIMD3(repeating: factor)
                material.specularColorTexture = info
            case .sheenRoughness:
                var sheen = Material.Sheen()
                sheen.color = SIMD3(repeating: 1)
                (sheen.roughness, sheen.roughnessTexture) = (factor, info)
                material.sheen = sheen
            case .thickness:
                material.baseColorFactor = SIMD4(1, 1, 1, 1)
                material.roughnessFactor = 0
                material.transmission?.factor = 1
                material.transmission?.attenuationDistance = 1
                material.transmission?.attenuationColor = SIMD3(repeating: 0.2)
                material.transmission?.thickness = factor
                material.transmission?.thicknessTexture = info
            }
            sample.document.materials[0] = material
            return try await pixel(sample)
        }
        let whole = try await drawn(1, textured: false)
        let half = try await drawn(0.5, textured: false)
        let textured = try await drawn(1, textured: true)
        #expect(abs(whole.z - half.z) > 5)
        #expect(abs(textured.z - half.z) <= 3)
    }

    @Test func aCoatHasBumpsOfItsOwn() async throws {
        func coated(_ normal: SIMD4<UInt8>?) async throws -> SIMD4<Float> {
            var sample = square {
                $0.baseColorFactor = SIMD4(0, 0, 0, 1)
                $0.specularFactor = 0
            }
            let corners: [Float] = [0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1]
            sample.document.meshes[0].primitives[0].attributes["TEXCOORD_0"] = sample.floats(corners, .vec2)
            var coat = Material.Clearcoat()
            coat.factor = 1
            coat.roughness = 0.1
            if let normal { coat.normalTexture = try add(normal, to: &sample) }
            sample.document.materials[0].clearcoat = coat
            return try await pixel(sample)
        }
        let (smooth, flat) = try await (coated(nil), coated(SIMD4(131, 131, 255, 255)))
        let (left, up) = try await (coated(SIMD4(40, 128, 220, 255)), coated(SIMD4(128, 220, 220, 255)))
        #expect(abs(smooth.x - flat.x) <= 2)
        #expect(abs(left.x - smooth.x) > 4 || abs(up.x - smooth.x) > 4, "\(smooth) \(left) \(up)")
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
