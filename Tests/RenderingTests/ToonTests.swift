import AvatariumCore
import Foundation
import GLTF
import Rendering
import Testing
import VRM

/// VRMC_materials_mtoon 1.0: what lights, environment and time make of it.
@Suite(.serialized) struct ToonTests {
    /// What a toon surface shows of the light that arrives, `EXPOSED` of `toon.frag`.
    private let exposed: Float = 0.7

    /// A square that faces the viewer.
    private func square(_ toon: ToonMaterial, _ change: (inout Material) -> Void = { _ in }) -> (
        sample: SceneSample, model: AvatarModel
    ) {
        var sample = TextureTests.square([])
        sample.document.materials[0].baseColorTexture = nil
        sample.document.materials[0].baseColorFactor = SIMD4(0.5, 0.5, 0.5, 1)
        sample.document.materials[0].unlit = false
        change(&sample.document.materials[0])
        var model = sample.model
        model.toonMaterials[0] = toon
        return (sample, model)
    }

    private func linear(_ encoded: UInt8) -> Float {
        let c = Float(encoded) / 255
        return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4)
    }

    private func draw(
        _ model: AvatarModel, _ pose: FramePose, _ change: (inout RenderLook) -> Void
    ) async throws -> PixelBuffer {
        let renderer = try Renderer()
        var look = RenderLook.sample(64, 64)
        look.samples = 1
        look.environment = .dark
        look.keyLight = false
        change(&look)
        let scene = try await renderer.load(model, look: look)
        return try await renderer.render(scene, pose: pose, camera: SceneSample.camera, reusing: nil)
    }

    /// A directional light of 1 lux per channel times `illuminance`, from `direction` (0, 0, 1 is from the viewer).
    private func add(
        _ illuminance: Float, turned: Quaternion = .identity, to model: inout AvatarModel,
        _ pose: inout FramePose
    ) {
        var light = Light(kind: .directional)
        light.intensity = illuminance
        model.document.lights.append(light)
        var node = Node()
        node.light = model.document.lights.count - 1
        model.document.sceneRoots.append(model.document.nodes.count)
        model.document.nodes.append(node)
        pose.nodeMatrices.append(Matrix4(translation: .zero, rotation: turned, scale: SIMD3(repeating: 1)))
        pose.morphWeights.append([])
    }

    @Test func `without any light it is black`() async throws {
        let (sample, model) = square(ToonMaterial())
        let pixel = try await draw(model, sample.pose()) { _ in }[32, 32]
        #expect(pixel == SIMD4(0, 0, 0, 255))
    }

    @Test func `the model's own light gives the lit colour times illuminance over pi`() async throws {
        let (sample, plain) = square(ToonMaterial())
        var (model, pose) = (plain, sample.pose())
        add(.pi, to: &model, &pose)
        let pixel = try await draw(model, pose) { _ in }[32, 32]
        #expect(abs(linear(pixel.x) - 0.5 * exposed) < 0.01)
        let none = try await draw(model, pose) { $0.modelLights = false }[32, 32]
        #expect(none.x == 0)
    }

    @Test func `a light from behind gives the shade colour`() async throws {
        var toon = ToonMaterial()
        toon.shadeColor = SIMD3(0.1, 0.2, 0.3)
        let (sample, plain) = square(toon)
        var (model, pose) = (plain, sample.pose())
        add(.pi, turned: Quaternion(axis: SIMD3(0, 1, 0), angle: .pi), to: &model, &pose)
        let pixel = try await draw(model, pose) { _ in }[32, 32]
        #expect(abs(linear(pixel.x) - 0.1 * exposed) < 0.01 && abs(linear(pixel.z) - 0.3 * exposed) < 0.01)
    }

    @Test func `two lights add up`() async throws {
        let (sample, plain) = square(ToonMaterial())
        var (model, pose) = (plain, sample.pose())
        add(.pi / 2, to: &model, &pose)
        add(.pi / 4, to: &model, &pose)
        let pixel = try await draw(model, pose) { _ in }[32, 32]
        #expect(abs(linear(pixel.x) - 0.375 * exposed) < 0.01)
    }

    @Test func `the key light and the environment change it, each by itself`() async throws {
        let (sample, model) = square(ToonMaterial())
        let both = try await draw(model, sample.pose()) {
            $0.environment = .studio
            $0.keyLight = true
        }[32, 32]
        let key = try await draw(model, sample.pose()) { $0.keyLight = true }[32, 32]
        let studio = try await draw(model, sample.pose()) { $0.environment = .studio }[32, 32]
        #expect(key.x > 20 && studio.x > 20)
        #expect(abs(linear(both.x) - linear(key.x) - linear(studio.x)) < 0.02)
    }

    @Test func `equalised ambient light is the same on every side`() async throws {
        func tones(_ equalization: Float) async throws -> Set<UInt8> {
            var toon = ToonMaterial()
            toon.giEqualization = equalization
            var found: Set<UInt8> = []
            for normal: SIMD3<Float> in [SIMD3(0, 1, 0), SIMD3(0, -1, 0), SIMD3(1, 0, 0)] {
                var (sample, model) = square(toon)
                let values = (0..<6).flatMap { _ in [normal.x, normal.y, normal.z] }
                sample.document.meshes[0].primitives[0].attributes["NORMAL"] = sample.floats(values, .vec3)
                model.document = sample.document
                found.insert(try await draw(model, sample.pose()) { $0.environment = .studio }[32, 32].x)
            }
            return found
        }
        #expect(try await tones(1).count == 1)
        #expect(try await tones(0).count == 3)
    }

    @Test func `the rim is mixed with the light, or shines by itself`() async throws {
        func rim(_ mix: Float) async throws -> Float {
            var toon = ToonMaterial()
            toon.rimColor = SIMD3(0.25, 0, 0)
            toon.rimLift = 1
            toon.rimLightingMix = mix
            let (sample, model) = square(toon)
            return linear(try await draw(model, sample.pose()) { _ in }[32, 32].x)
        }
        #expect(abs(try await rim(0) - 0.25) < 0.01)
        #expect(try await rim(1) == 0)
    }

    @Test func `the outline's colour is mixed with the light`() async throws {
        var toon = ToonMaterial()
        toon.outlineWidthMode = .worldCoordinates
        toon.outlineWidth = 0.2
        toon.outlineColor = SIMD3(0, 0, 1)
        toon.outlineLightingMix = 0
        var sample = SceneSample([SIMD3(-0.3, -0.3, 0), SIMD3(0.3, -0.3, 0), SIMD3(0, 0.3, 0)])
        sample.document.materials[0].unlit = false
        // Seen from behind, the hull is what is left.
        var model = sample.model
        model.toonMaterials[0] = toon
        let half = Quaternion(axis: SIMD3(0, 1, 0), angle: .pi)
        let turned = Matrix4(translation: .zero, rotation: half, scale: SIMD3(repeating: 1))
        #expect(try await draw(model, sample.pose(node: turned)) { _ in }[32, 34].z == 255)
        model.toonMaterials[0]?.outlineLightingMix = 1
        #expect(try await draw(model, sample.pose(node: turned)) { _ in }[32, 34].z == 0)
    }

    @Test func `textures scroll and turn with the time`() async throws {
        let image = try TestImage.quarters()
        func drawn(_ seconds: Double, _ change: (inout ToonMaterial) -> Void) async throws -> PixelBuffer {
            var sample = TextureTests.square(image)
            sample.document.materials[0].unlit = false
            var toon = ToonMaterial()
            change(&toon)
            var model = sample.model
            model.toonMaterials[0] = toon
            model.toonMaterials[0]?.shadeColor = SIMD3(repeating: 1)
            var pose = sample.pose()
            add(.pi, to: &model, &pose)
            pose.timeSeconds = seconds
            return try await draw(model, pose) { _ in }
        }
        let still = try await drawn(0) { $0.uvScrollSpeed = SIMD2(0.5, 0) }
        // Red is at the upper left of the picture, green at the upper right, blue below red.
        #expect(still[16, 16].x > 180 && still[48, 16].y > 180 && still[16, 48].z > 180)
        let scrolled = try await drawn(1) { $0.uvScrollSpeed = SIMD2(0.5, 0) }
        #expect(scrolled[16, 16].y > 180 && scrolled[48, 16].x > 180)
        // Coordinates turn counter-clockwise by a quarter, as KHR_texture_transform's do: u' = v, v' = -u about the middle.
        let turned = try await drawn(1) { $0.uvRotationSpeed = .pi / 2 }
        #expect(turned[16, 16].z > 180 && turned[48, 16].x > 180)
    }
}
