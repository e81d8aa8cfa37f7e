import AvatariumCore
import Foundation
import GLTF
import Rendering
import Testing
import VRM

/// Small files that ask for much: what they get is bounded, said, and can be cancelled.
@Suite(.serialized) struct LimitTests {
    private func load(
        _ sample: SceneSample, limits: RenderLimits = RenderLimits(), size: Int = 64
    ) async throws -> (renderer: Renderer, scene: SceneHandle) {
        let renderer = try Renderer(limits: limits)
        var look = RenderLook.sample(size, size)
        look.toneMap = .linear
        return (renderer, try await renderer.load(sample.model, look: look))
    }

    /// Many squares with a material each.
    private func squares(_ materials: [Material]) -> SceneSample {
        var sample = SceneSample()
        sample.document.materials = materials
        let primitive = sample.document.meshes[0].primitives[0]
        sample.document.meshes[0].primitives = materials.indices.map { i in
            var copy = primitive
            copy.material = i
            return copy
        }
        return sample
    }

    @Test func `a thousand kinds of materials compile a bounded number of programs`() async throws {
        var limits = RenderLimits()
        limits.materialKinds = 8
        let textures = try (0..<8).map { i in try TestImage.noise(seed: UInt64(i)) }
        var sample = squares((0..<200).map { _ in Material() })
        let infos = textures.map { sample.add($0) }
        for i in sample.document.materials.indices {
            // Every material has another partition of its textures into sets of coordinates.
            func info(_ slot: Int) -> TextureInfo {
                var info = infos[slot]
                info.offset.x = Float(i >> slot & 1)
                return info
            }
            sample.document.materials[i].baseColorTexture = info(0)
            sample.document.materials[i].metallicRoughnessTexture = i % 3 == 0 ? nil : info(1)
            sample.document.materials[i].occlusionTexture = info(2)
            sample.document.materials[i].emissiveTexture = i % 5 == 0 ? nil : info(3)
            sample.document.materials[i].emissiveFactor = SIMD3(repeating: i % 7 == 0 ? 0 : 1)
            var coat = Material.Clearcoat()
            coat.factor = i % 2 == 0 ? 0 : 1
            coat.texture = info(4)
            sample.document.materials[i].clearcoat = coat
        }
        let (renderer, scene) = try await load(sample, limits: limits)
        let programs = await renderer.liveObjects["program"] ?? 0
        #expect((1...2 * 8 + 4).contains(programs))
        #expect(scene.diagnostics.map(\.code) == ["MATERIAL_SIMPLIFIED"])
    }

    @Test func `materials that differ only in their coordinates share a program`() async throws {
        var limits = RenderLimits()
        limits.materialKinds = 16
        var sample = squares((0..<64).map { _ in Material() })
        let infos = try (0..<4).map { i in sample.add(try TestImage.noise(seed: UInt64(i))) }
        for i in sample.document.materials.indices {
            func info(_ slot: Int) -> TextureInfo {
                var info = infos[slot]
                info.offset.x = Float(i >> slot & 1)
                return info
            }
            sample.document.materials[i].baseColorTexture = info(0)
            sample.document.materials[i].metallicRoughnessTexture = info(1)
            sample.document.materials[i].occlusionTexture = info(2)
            sample.document.materials[i].emissiveTexture = info(3)
            sample.document.materials[i].emissiveFactor = SIMD3(repeating: 1)
        }
        let (renderer, scene) = try await load(sample, limits: limits)
        #expect(scene.diagnostics.isEmpty)
        let programs = await renderer.liveObjects["program"] ?? 0
        // One for all of them, and one for the background.
        #expect((1...2).contains(programs))
    }

    @Test func `a model that takes more memory than it may is refused before it is decoded`() async throws {
        var limits = RenderLimits()
        limits.sceneBytes = 1 << 20
        let error = await #expect(throws: AvatariumError.self) {
            _ = try await load(squares([Material()]), limits: limits)
        }
        #expect(error?.code == .avatarModelInvalid && error?.context["rule"] == "SCENE_TOO_LARGE")
        limits.sceneBytes = 1 << 26
        await #expect(throws: Never.self) { _ = try await load(squares([Material()]), limits: limits) }
    }

    @Test func `nodes that show the same rigid mesh share its vertices`() async throws {
        var sample = SceneSample()
        for _ in 0..<50 {
            sample.document.sceneRoots.append(sample.document.nodes.count)
            sample.document.nodes.append(sample.document.nodes[0])
        }
        let (renderer, scene) = try await load(sample)
        #expect(await renderer.liveObjects["vertexArray"] == 1)
        var pose = sample.pose()
        for i in pose.nodeMatrices.indices {
            pose.nodeMatrices[i] = Matrix4(translation: SIMD3(i == 50 ? 0 : 100, 0, 0))
        }
        let pixels = try await renderer.render(scene, pose: pose, camera: SceneSample.camera, reusing: nil)
        #expect(pixels[10, 50] == SIMD4(255, 0, 0, 255))
    }

    @Test func `hidden nodes and meshes are not drawn`() async throws {
        var sample = SceneSample()
        var parent = Node()
        parent.children = [0]
        parent.isVisible = false
        sample.document.nodes.append(parent)
        sample.document.nodes[0].parent = 1
        sample.document.sceneRoots = [1]
        let hidden = sample.model
        await #expect(throws: AvatariumError.self) {
            try await Renderer().load(hidden, look: RenderLook.sample(64, 64))
        }
        sample.document.nodes[1].isVisible = true
        sample.document.nodes[0].hidesMesh = true
        let meshless = sample.model
        await #expect(throws: AvatariumError.self) {
            try await Renderer().load(meshless, look: RenderLook.sample(64, 64))
        }
    }

    /// Thousands of blended layers over the whole picture.
    private func overdraw(_ layers: Int) -> SceneSample {
        var sample = TextureTests.square([])
        sample.document.materials[0].baseColorTexture = nil
        sample.document.materials[0].alphaMode = .blend
        sample.document.materials[0].baseColorFactor = SIMD4(1, 0, 0, 0.01)
        for _ in 1..<layers {
            sample.document.sceneRoots.append(sample.document.nodes.count)
            sample.document.nodes.append(sample.document.nodes[0])
        }
        return sample
    }

    @Test func `a frame of overdraw ends when its task is cancelled`() async throws {
        let sample = overdraw(9000)
        let renderer = try Renderer()
        let scene = try await renderer.load(sample.model, look: RenderLook.sample(1024, 1024))
        let pose = sample.pose()
        let task = Task {
            try await renderer.render(scene, pose: pose, camera: SceneSample.camera, reusing: nil)
        }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        // Whole, it would be 9000 times a million pixels with four samples.
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `a frame that takes too long is refused`() async throws {
        var limits = RenderLimits()
        limits.frameSeconds = 0.05
        let sample = overdraw(3000)
        let renderer = try Renderer(limits: limits)
        let scene = try await renderer.load(sample.model, look: RenderLook.sample(1024, 1024))
        let error = await #expect(throws: AvatariumError.self) {
            try await renderer.render(scene, pose: sample.pose(), camera: SceneSample.camera, reusing: nil)
        }
        #expect(error?.code == .timeout)
    }

    @Test func `slices do not show`() async throws {
        let sample = overdraw(40)
        let (renderer, scene) = try await load(sample, size: 1024)
        let pixels = try await renderer.render(
            scene, pose: sample.pose(), camera: SceneSample.camera, reusing: nil)
        #expect(Set(pixels.bytes.indices.filter { $0 % 4 == 1 }.map { pixels.bytes[$0] }).count == 1)
    }

    @Test func `a small file of a very large environment is reduced while it is read`() async throws {
        let path = NSTemporaryDirectory() + "avatarium-\(UUID().uuidString).hdr"
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Each row is one pixel, repeated 2^18 - 1 times by runs of the old kind.
        var bytes = Array("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 64 +X 262144\n".utf8)
        for _ in 0..<64 { bytes += [128, 128, 128, 128, 1, 1, 1, 255, 1, 1, 1, 255, 1, 1, 1, 3] }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        var sample = SceneSample()
        sample.document.materials[0].unlit = false
        let renderer = try Renderer()
        var look = RenderLook.sample(64, 64)
        look.environment = .hdr(path: path)
        look.background = .environment
        look.toneMap = .linear
        let scene = try await renderer.load(sample.model, look: look)
        let pixels = try await renderer.render(
            scene, pose: sample.pose(), camera: SceneSample.camera, reusing: nil)
        // 0.5 everywhere, encoded.
        #expect(abs(Int(pixels[60, 2].x) - 188) <= 1)
        var limits = RenderLimits()
        limits.environmentPixels = 1 << 20
        let strict = try Renderer(limits: limits)
        let refused = look
        let error = await #expect(throws: AvatariumError.self) {
            try await strict.load(sample.model, look: refused)
        }
        #expect(error?.code == .invalidConfig && error?.context["field"] == "/environment")
    }

    @Test func `a pipe is not read as an environment`() async throws {
        let path = NSTemporaryDirectory() + "avatarium-\(UUID().uuidString)"
        defer { unlink(path) }
        try #require(mkfifo(path, 0o600) == 0)
        var look = RenderLook.sample(64, 64)
        look.environment = .hdr(path: path)
        let asked = look
        let error = await #expect(throws: AvatariumError.self) {
            try await Renderer().load(SceneSample().model, look: asked)
        }
        #expect(error?.message.contains("is a pipe, not a file") == true)
    }
}
