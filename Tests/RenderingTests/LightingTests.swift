import AvatariumCore
import Foundation
import GLTF
import Rendering
import Testing
import VRM

@Suite(.serialized) struct LightingTests {
    /// A ball of radius 0.9, unindexed, of rings and segments by `steps`.
    /// `lowerSteps` makes the lower half coarser.
    private func ball(roughness: Float, steps: Int = 32, lowerSteps: Int? = nil) -> SceneSample {
        func point(_ i: Int, _ j: Int, _ steps: Int) -> SIMD3<Float> {
            let (u, v) = (Float(i) / Float(steps) * 2 * .pi, Float(j) / Float(steps) * .pi)
            return SIMD3(sin(v) * sin(u), cos(v), sin(v) * cos(u))
        }
        var normals: [SIMD3<Float>] = []
        let lower = lowerSteps ?? steps
        for (n, rings) in [(steps, 0..<steps / 2), (lower, lower / 2..<lower)] {
            for i in 0..<n {
                for j in rings {
                    let (a, b) = (point(i, j, n), point(i, j + 1, n))
                    let (c, d) = (point(i + 1, j + 1, n), point(i + 1, j, n))
                    normals += [a, b, c, a, c, d]
                }
            }
        }
        var sample = SceneSample(normals.map { $0 * 0.9 })
        let accessor = sample.floats(normals.flatMap { [$0.x, $0.y, $0.z] }, .vec3)
        sample.document.meshes[0].primitives[0].attributes["NORMAL"] = accessor
        var material = Material()
        material.baseColorFactor = SIMD4(0.8, 0.5, 0.3, 1)
        material.metallicFactor = 0
        material.roughnessFactor = roughness
        sample.document.materials = [material]
        return sample
    }

    private func draw(
        _ sample: SceneSample, _ change: (inout RenderLook) -> Void = { _ in }
    ) async throws -> PixelBuffer {
        let renderer = try Renderer()
        // Four samples in every quality: with one, edges are smoothed afterwards in one quality and not in the other.
        var look = RenderLook.sample(128, 128)
        change(&look)
        let scene = try await renderer.load(sample.model, look: look)
        return try await renderer.render(
            scene, pose: sample.pose(), camera: SceneSample.camera, reusing: nil)
    }

    /// Greatest difference of a channel between two pictures of 128x128 over white, where the second one's pixel and its
    /// eight neighbours show the mesh: at the silhouette a triangle's light is taken beyond its corners.
    private func difference(_ a: PixelBuffer, _ b: PixelBuffer) -> Int {
        func showsMesh(_ x: Int, _ y: Int) -> Bool {
            let pixel = b[x, y]
            return pixel.x != 255 || pixel.y != 255 || pixel.z != 255
        }
        var greatest = 0
        for y in 1..<127 {
            for x in 1..<127
            where (-1...1).allSatisfy({ dy in (-1...1).allSatisfy { showsMesh(x + $0, y + dy) } }) {
                for channel in 0..<4 {
                    greatest = max(greatest, abs(Int(a[x, y][channel]) - Int(b[x, y][channel])))
                }
            }
        }
        return greatest
    }

    @Test func lightAtTheVerticesOfAFineRoughMeshIsLightAtItsPixels() async throws {
        let sample = ball(roughness: 0.6)
        let fast = try await draw(sample) { $0.quality = .standard }
        let exact = try await draw(sample) { $0.quality = .high }
        #expect(fast.bytes != exact.bytes, "it was not lit at its vertices")
        #expect(difference(fast, exact) <= 6)
    }

    @Test func aSmoothOrCoarseMeshIsLitAtItsPixels() async throws {
        for sample in [ball(roughness: 0.2), ball(roughness: 0.6, steps: 8)] {
            let fast = try await draw(sample) { $0.quality = .standard }
            let exact = try await draw(sample) { $0.quality = .high }
            #expect(fast.bytes == exact.bytes)
        }
    }

    @Test func oneMeshIsLitAtVerticesWhereItIsFineAndAtPixelsWhereItIsCoarse() async throws {
        let sample = ball(roughness: 0.6, lowerSteps: 8)
        let fast = try await draw(sample) { $0.quality = .standard }
        let exact = try await draw(sample) { $0.quality = .high }
        #expect(difference(fast, exact) <= 6)
        let middle = 64 * 128 * 4
        #expect(fast.bytes[..<middle] != exact.bytes[..<middle])
        // Below the equator's row of pixels.
        #expect(fast.bytes[(middle + 2 * 512)...] == exact.bytes[(middle + 2 * 512)...])
    }

    @Test func aFlatMeshOfFewTrianglesIsLitAtItsPixels() async throws {
        let (a, b) = (SIMD3<Float>(-1, -1, 0), SIMD3<Float>(1, -1, 0))
        let (c, d) = (SIMD3<Float>(1, 1, -0.5), SIMD3<Float>(-1, 1, -0.5))
        var sample = SceneSample([a, b, c, a, c, d])
        sample.document.materials[0].unlit = false
        sample.document.materials[0].metallicFactor = 0
        sample.document.materials[0].roughnessFactor = 0.5
        let fast = try await draw(sample) { $0.quality = .standard }
        #expect(fast.bytes == (try await draw(sample) { $0.quality = .high }).bytes)
    }

    @Test func theInsideOfADoubleSidedMeshIsLitLikeAnOutside() async throws {
        for quality in [Quality.standard, .high] {
            var sample = SceneSample([SIMD3(-1, -1, 0), SIMD3(1, -1, 0), SIMD3(-1, 1, 0)])
            sample.document.materials[0].unlit = false
            sample.document.materials[0].metallicFactor = 0
            sample.document.materials[0].doubleSided = true
            let front = try await draw(sample) { $0.quality = quality }[20, 90]
            // The same triangle wound and turned the other way.
            var back = SceneSample([SIMD3(-1, -1, 0), SIMD3(-1, 1, 0), SIMD3(1, -1, 0)])
            back.document.materials = sample.document.materials
            let normals = (0..<3).flatMap { _ -> [Float] in [0, 0, -1] }
            back.document.meshes[0].primitives[0].attributes["NORMAL"] = back.floats(normals, .vec3)
            #expect(try await draw(back, { $0.quality = quality })[20, 90] == front)
        }
    }

    @Test func theEnvironmentIsSeenBehindTheModel() async throws {
        let pixels = try await draw(ball(roughness: 0.6)) { $0.background = .environment }
        let corners = [pixels[1, 1], pixels[126, 1], pixels[1, 126], pixels[126, 126]]
        #expect(Set(corners).count > 1)
        #expect(corners.allSatisfy { $0.w == 255 })
    }

    @Test func aLampShinesOnTheSideThatFacesIt() async throws {
        var sample = ball(roughness: 0.6)
        var light = Light(kind: .point)
        light.intensity = 20
        sample.document.lights = [light]
        var lamp = Node()
        lamp.light = 0
        sample.document.nodes.append(lamp)
        sample.document.sceneRoots.append(1)
        let renderer = try Renderer()
        var look = RenderLook.sample(128, 128)
        look.keyLight = false
        look.environment = .dark
        let scene = try await renderer.load(sample.model, look: look)
        var pose = sample.pose()
        for (x, lit, dark) in [(Float(3), 90, 38), (-3, 38, 90)] {
            pose.nodeMatrices[1] = Matrix4(
                translation: SIMD3(x, 0, 1), rotation: .identity, scale: SIMD3(repeating: 1))
            let pixels = try await renderer.render(
                scene, pose: pose, camera: SceneSample.camera, reusing: nil)
            #expect(pixels[lit, 64].x > 3 * max(1, pixels[dark, 64].x) / 2)
        }
    }

    @Test func aLampOfAnotherSceneDoesNotShine() async throws {
        var sample = ball(roughness: 0.6)
        sample.document.lights = [Light(kind: .point)]
        sample.document.lights[0].intensity = 20
        let alone = try await draw(sample)
        var lamp = Node()
        lamp.light = 0
        sample.document.nodes.append(lamp)
        #expect(try await draw(sample).bytes == alone.bytes)
    }

    @Test func everyLampShinesAndOneTooManyIsSaid() async throws {
        // One lamp of intensity 40, then 40 of intensity 1 in its place.
        func lamps(_ count: Int, _ intensity: Float) -> SceneSample {
            var sample = ball(roughness: 0.6)
            var light = Light(kind: .directional)
            light.intensity = intensity
            sample.document.lights = [light]
            for _ in 0..<count {
                var lamp = Node()
                lamp.light = 0
                sample.document.sceneRoots.append(sample.document.nodes.count)
                sample.document.nodes.append(lamp)
            }
            return sample
        }
        let (one, many) = (try await draw(lamps(1, 2)), try await draw(lamps(40, 0.05)))
        #expect(difference(one, many) <= 1)
        let renderer = try Renderer()
        let sample = lamps(64, 0.05)
        var look = RenderLook.sample(64, 64)
        look.keyLight = false
        #expect(try await renderer.load(sample.model, look: look).diagnostics.isEmpty)
        look.keyLight = true
        let noticed = try await renderer.load(sample.model, look: look).diagnostics
        #expect(noticed.map(\.code) == ["LIGHT_BEYOND_LIMIT"])
        #expect(noticed.map(\.pointer) == ["/nodes/64"])
    }

    @Test func anExpressionsColourReachesTheSurface() async throws {
        var sample = ball(roughness: 0.6)
        sample.document.materials[0].baseColorFactor = SIMD4(repeating: 1)
        var model = sample.model
        var expression = Expression(name: "blush", role: nil)
        expression.colors = [.init(material: 0, kind: .color, target: SIMD4(1, 0, 0, 1))]
        model.expressions = [expression]
        let renderer = try Renderer()
        let scene = try await renderer.load(model, look: RenderLook.sample(64, 64))
        var pose = sample.pose()
        var change = MaterialOverride()
        change.baseColor = SIMD4(1, 0, 0, 1)
        change.emissive = SIMD3(0.2, 0, 0)
        pose.materialOverrides[0] = change
        let pixels = try await renderer.render(
            scene, pose: pose, camera: SceneSample.camera, reusing: nil)
        #expect(pixels[32, 32].x > 120)
        #expect(pixels[32, 32].y < 100)
    }
}
