import AvatariumCore
import Foundation
import GLTF
import Rendering
import Testing
import VRM

@Suite(.serialized) struct RendererTests {
    private func draw(
        _ sample: SceneSample, _ pose: FramePose? = nil, size: Int = 64, renderer: Renderer? = nil,
        over picture: PixelBuffer? = nil, _ change: (inout RenderLook) -> Void = { _ in }
    ) async throws -> PixelBuffer {
        let renderer = try renderer ?? Renderer()
        var look = RenderLook.sample(size, size)
        look.background = .color(SIMD4(0, 0, 1, 1), "")
        look.toneMap = .linear
        change(&look)
        let scene = try await renderer.load(sample.model, look: look, backgroundImage: picture)
        let pixels = try await renderer.render(
            scene, pose: pose ?? sample.pose(), camera: SceneSample.camera, reusing: nil)
        await renderer.unload(scene)
        return pixels
    }

    @Test func `a scene that was unloaded is E023`() async throws {
        let renderer = try Renderer()
        let sample = SceneSample()
        let scene = try await renderer.load(
            sample.model, look: RenderLook.sample(16, 16), backgroundImage: nil)
        await renderer.unload(scene)
        do {
            _ = try await renderer.render(
                scene, pose: sample.pose(), camera: SceneSample.camera, reusing: nil)
            Issue.record("drawn")
        } catch let error as AvatariumError {
            #expect(error.code == .avatarNotInitialized)
        }
    }

    @Test func clearsToTheBackgroundWhereNothingIsDrawn() async throws {
        let far = SceneSample([SIMD3(50, 0, 0), SIMD3(51, 0, 0), SIMD3(50, 1, 0)])
        let pixels = try await draw(far) { $0.background = .color(SIMD4(0.2, 0.4, 0.6, 1), "") }
        #expect(pixels.width == 64 && pixels.height == 64)
        #expect((0..<64).allSatisfy { pixels[$0, $0] == SIMD4(51, 102, 153, 255) })
    }

    @Test func drawsAnUnlitTriangleWhereItLiesWithTheFirstRowOnTop() async throws {
        let pixels = try await draw(SceneSample())
        let red = SIMD4<UInt8>(255, 0, 0, 255)
        let blue = SIMD4<UInt8>(0, 0, 255, 255)
        // The right angle is at the lower left.
        #expect(pixels[2, 61] == red)
        #expect(pixels[20, 30] == red)
        #expect(pixels[40, 30] == blue)
        #expect(pixels[61, 2] == blue)
        let share = (0..<64 * 64).filter { pixels[$0 % 64, $0 / 64] == red }.count
        #expect(abs(share - 2048) < 80)
    }

    @Test func cullsBackFacesUnlessTheMaterialIsDoubleSided() async throws {
        var sample = SceneSample([SIMD3(-1, -1, 0), SIMD3(-1, 1, 0), SIMD3(1, -1, 0)])
        #expect(try await draw(sample)[10, 50] == SIMD4(0, 0, 255, 255))
        sample.document.materials[0].doubleSided = true
        #expect(try await draw(sample)[10, 50] == SIMD4(255, 0, 0, 255))
    }

    @Test func keepsFrontFacesUnderAMirroringNode() async throws {
        let mirror = Matrix4(translation: .zero, rotation: .identity, scale: SIMD3(-1, 1, 1))
        let sample = SceneSample()
        let pixels = try await draw(sample, sample.pose(node: mirror))
        #expect(pixels[61, 61] == SIMD4(255, 0, 0, 255))
        #expect(pixels[2, 30] == SIMD4(0, 0, 255, 255))
    }

    @Test(arguments: [1, 4]) func transparentEdgesKeepTheirColour(samples: Int) async throws {
        let pixels = try await draw(SceneSample()) {
            $0.background = .transparent
            $0.samples = samples
        }
        var partial = 0
        for i in 0..<64 * 64 {
            let p = pixels[i % 64, i / 64]
            if p.w == 0 { continue }
            if p.w < 255 { partial += 1 }
            // No dark halo (red stays full) and no bright one.
            #expect(p.x >= 252 && p.y <= 3 && p.z <= 3)
        }
        #expect(partial > 20)
    }

    @Test func laysTheModelOverAPicture() async throws {
        let picture = PixelBuffer(width: 2, height: 2, bytes: [UInt8](repeating: 200, count: 16))
        let pixels = try await draw(SceneSample(), over: picture)
        #expect(pixels[10, 50] == SIMD4(255, 0, 0, 255))
        #expect(pixels[60, 5].w == 255 && pixels[60, 5].x == pixels[60, 5].y)
    }

    @Test func blendsInEncodedSpaceByAlpha() async throws {
        var sample = SceneSample()
        sample.document.materials[0].alphaMode = .blend
        sample.document.materials[0].baseColorFactor = SIMD4(1, 0, 0, 0.5)
        let p = try await draw(sample)[10, 50]
        #expect(abs(Int(p.x) - 128) <= 2 && abs(Int(p.z) - 127) <= 2 && p.w == 255)
    }

    @Test func leavesOutWhatTheMaskCuts() async throws {
        var sample = SceneSample()
        sample.document.materials[0].alphaMode = .mask
        sample.document.materials[0].baseColorFactor = SIMD4(1, 0, 0, 0.4)
        #expect(try await draw(sample)[10, 50] == SIMD4(0, 0, 255, 255))
        sample.document.materials[0].alphaCutoff = 0.3
        #expect(try await draw(sample)[10, 50] == SIMD4(255, 0, 0, 255))
    }

    @Test(arguments: [Material.AlphaMode.blend, .mask])
    func theVerticesColoursBringAlpha(_ mode: Material.AlphaMode) async throws {
        var sample = SceneSample()
        sample.document.materials[0].alphaMode = mode
        let colors = sample.floats((0..<3).flatMap { _ -> [Float] in [1, 1, 1, 0.4] }, .vec4)
        sample.document.meshes[0].primitives[0].attributes["COLOR_0"] = colors
        let p = try await draw(sample)[10, 50]
        let expected = mode == .mask ? 0 : 102
        #expect(abs(Int(p.x) - expected) <= 2 && abs(Int(p.z) - 255 + expected) <= 2)
    }

    /// Nothing of the material itself can be seen through.
    @Test(arguments: [Material.AlphaMode.blend, .mask])
    func anExpressionCanMakeASurfaceVanish(_ mode: Material.AlphaMode) async throws {
        var sample = SceneSample()
        sample.document.materials[0].alphaMode = mode
        var model = sample.model
        var expression = Expression(name: "ghost", role: nil)
        expression.colors = [.init(material: 0, kind: .color, target: SIMD4(1, 1, 1, 0))]
        model.expressions = [expression]
        var look = RenderLook.sample(64, 64)
        look.background = .color(SIMD4(0, 0, 1, 1), "")
        look.toneMap = .linear
        let renderer = try Renderer()
        let scene = try await renderer.load(model, look: look)
        var pose = sample.pose()
        for alpha: Float in [1, 0] {
            var change = MaterialOverride()
            change.baseColor = SIMD4(1, 0, 0, alpha)
            pose.materialOverrides[0] = change
            let pixels = try await renderer.render(
                scene, pose: pose, camera: SceneSample.camera, reusing: nil)
            #expect(pixels[10, 50] == (alpha == 1 ? SIMD4(255, 0, 0, 255) : SIMD4(0, 0, 255, 255)))
        }
    }

    @Test func encodesLinearColourAsSRGB() async throws {
        var sample = SceneSample()
        sample.document.materials[0].baseColorFactor = SIMD4(0.214, 0.5, 0.0021, 1)
        let p = try await draw(sample)[10, 50]
        #expect(abs(Int(p.x) - 127) <= 1 && abs(Int(p.y) - 188) <= 1 && abs(Int(p.z) - 7) <= 1)
    }

    @Test func drawsTheSameBytesEveryTime() async throws {
        var sample = SceneSample()
        sample.document.materials[0].unlit = false
        sample.document.materials[0].metallicFactor = 0.5
        sample.document.materials[0].roughnessFactor = 0.4
        let first = try await draw(sample)
        let second = try await draw(sample)
        #expect(first == second)
        #expect(first[10, 50] != SIMD4(0, 0, 255, 255))
    }

    @Test func aFrameDoesNotDependOnTheFramesBefore() async throws {
        var sample = SceneSample()
        sample.addTarget(SIMD3(0.3, 0.2, 0), vertices: 3)
        let renderer = try Renderer()
        var look = RenderLook.sample(200, 200)
        look.background = .transparent
        let scene = try await renderer.load(sample.model, look: look)
        var frames: [PixelBuffer] = []
        for weight: Float in [0, 1, 1, 0.5, 1] {
            frames.append(
                try await renderer.render(
                    scene, pose: sample.pose([weight]), camera: SceneSample.camera, reusing: nil))
        }
        // The second of two equal frames is not drawn again.
        #expect(frames[1] == frames[2])
        #expect(frames[1] == frames[4])
        #expect(frames[0] != frames[1])
        let reused = try await renderer.render(
            scene, pose: sample.pose([0]), camera: SceneSample.camera, reusing: frames[1])
        #expect(reused == frames[0])
    }

    @Test func aMorphMovesThePixels() async throws {
        var sample = SceneSample()
        sample.addTarget(SIMD3(0, 50, 0), vertices: 3)
        #expect(try await draw(sample, sample.pose([1]))[10, 50] == SIMD4(0, 0, 255, 255))
    }

    @Test func aSkinPlacesItsMeshByTheJointsAndNotByItsNode() async throws {
        var sample = SceneSample()
        let joints = sample.floats([Float](repeating: 0, count: 12), .vec4)
        let weights = sample.floats((0..<3).flatMap { _ -> [Float] in [1, 0, 0, 0] }, .vec4)
        sample.document.meshes[0].primitives[0].attributes["JOINTS_0"] = joints
        sample.document.meshes[0].primitives[0].attributes["WEIGHTS_0"] = weights
        var skin = Skin()
        skin.joints = [1]
        skin.inverseBindMatrices = [.identity]
        sample.document.skins = [skin]
        sample.document.nodes[0].skin = 0
        sample.document.nodes.append(Node())
        var pose = sample.pose()
        pose.nodeMatrices = [Matrix4(translation: SIMD3(50, 0, 0)), .identity]
        #expect(try await draw(sample, pose)[10, 50] == SIMD4(255, 0, 0, 255))
        pose.nodeMatrices[1] = Matrix4(translation: SIMD3(0, 50, 0))
        #expect(try await draw(sample, pose)[10, 50] == SIMD4(0, 0, 255, 255))
        // A whole rig in a mirror shows its outside.
        let mirror = Matrix4(translation: .zero, rotation: .identity, scale: SIMD3(-1, 1, 1))
        pose.nodeMatrices = [mirror, mirror]
        #expect(try await draw(sample, pose)[54, 50] == SIMD4(255, 0, 0, 255))
    }

    @Test func givesEverythingBack() async throws {
        let renderer = try Renderer()
        _ = try await draw(SceneSample(), renderer: renderer)
        await renderer.releaseCaches()
        #expect(await renderer.liveObjects.isEmpty)
    }

    /// A batch whose lines ask for hundreds of exposures compiles as many programs.
    @Test func programsAndLightsOfScenesThatAreGoneDoNotGatherWithoutEnd() async throws {
        let renderer = try Renderer()
        var sample = SceneSample()
        sample.document.materials[0].unlit = false
        func programs(exposures: Range<Int>) async throws -> Int {
            for i in exposures {
                _ = try await draw(sample, renderer: renderer) { $0.exposure = 0.5 + Float(i) / 100 }
            }
            return await renderer.liveObjects["program"] ?? 0
        }
        #expect(try await programs(exposures: 0..<2) == 2)
        let many = try await programs(exposures: 2..<60)
        #expect(try await programs(exposures: 60..<70) == many)
    }

    @Test func aSceneThatRestsHoldsNoPicturesAndDrawsTheSameAgain() async throws {
        let renderer = try Renderer()
        let sample = SceneSample()
        let scene = try await renderer.load(sample.model, look: RenderLook.sample(64, 64))
        func picture() async throws -> PixelBuffer {
            try await renderer.render(
                scene, pose: sample.pose(), camera: SceneSample.camera, reusing: nil)
        }
        let first = try await picture()
        #expect(await renderer.liveObjects["framebuffer"] != nil)
        await renderer.rest(scene)
        #expect(await renderer.liveObjects["framebuffer"] == nil)
        #expect(try await picture() == first)
    }

    @Test func renderersShareWhatNeedsNoGL() async throws {
        let sample = SceneSample()
        let look = RenderLook.sample(64, 64)
        let blueprint = try SceneBlueprint(sample.model, SceneBlueprint.Key(look))
        var pictures: [PixelBuffer] = []
        for _ in 0..<2 {
            let renderer = try Renderer()
            let scene = try await renderer.load(blueprint, look: look)
            pictures.append(
                try await renderer.render(
                    scene, pose: sample.pose(), camera: SceneSample.camera, reusing: nil))
        }
        #expect(pictures[0] == pictures[1])
        #expect(Set(pictures[0].bytes).count > 1)
    }

    /// The largest exponents of a Radiance file add up to infinity.
    @Test(arguments: [[255, 255, 255, 255], [255, 255, 255, 240], [8, 8, 8, 1]] as [[UInt8]])
    func anEnvironmentMayBeAsBrightAsItSays(_ pixel: [UInt8]) async throws {
        let path = NSTemporaryDirectory() + "avatarium-\(UUID().uuidString).hdr"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let head = "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n"
        try Data(head.utf8 + pixel).write(to: URL(fileURLWithPath: path))
        var sample = SceneSample()
        sample.document.materials[0].unlit = false
        let picture = try await draw(sample) {
            $0.environment = .hdr(path: path)
            $0.background = .environment
            $0.toneMap = .aces
        }
        let level = picture[61, 2].x
        #expect(pixel[3] > 1 ? level > 250 : level < 5)
    }

    @Test func refusesASceneThatWasUnloaded() async throws {
        let renderer = try Renderer()
        let sample = SceneSample()
        let scene = try await renderer.load(sample.model, look: RenderLook.sample(8, 8))
        await renderer.unload(scene)
        await #expect(throws: AvatariumError.self) {
            try await renderer.render(
                scene, pose: sample.pose(), camera: SceneSample.camera, reusing: nil)
        }
    }

    @Test func refusesAModelWithoutGeometryAndASizeOutOfRange() async throws {
        let renderer = try Renderer()
        var empty = SceneSample()
        empty.document.sceneRoots = []
        let model = empty.model
        await #expect(throws: AvatariumError.self) {
            try await renderer.load(model, look: RenderLook.sample(8, 8))
        }
        let good = SceneSample().model
        await #expect(throws: AvatariumError.self) {
            try await renderer.load(good, look: RenderLook.sample(0, 8))
        }
    }

    @Test func reportsWhatAnswered() throws {
        let report = try Renderer.probe()
        #expect(!report.renderer.isEmpty && report.maximumSamples >= 1)
        #expect(report.attempts.contains { $0.hasSuffix("chosen") })
    }
}
