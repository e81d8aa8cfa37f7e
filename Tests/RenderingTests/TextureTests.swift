import AvatariumCore
import Foundation
import GLTF
import Images
import Rendering
import Testing

/// What textures make of surfaces: filtering, limits, damage.
@Suite(.serialized) struct TextureTests {
    /// An unlit square over the whole picture that shows a texture once.
    static func square(_ image: [UInt8], mimeType: String? = nil) -> SceneSample {
        var sample = SceneSample([
            SIMD3(-1, -1, 0), SIMD3(1, -1, 0), SIMD3(1, 1, 0), SIMD3(-1, -1, 0), SIMD3(1, 1, 0),
            SIMD3(-1, 1, 0),
        ])
        sample.document.meshes[0].primitives[0].attributes["TEXCOORD_0"] = sample.floats(
            [0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0], .vec2)
        sample.document.materials[0].baseColorFactor = SIMD4(repeating: 1)
        sample.document.materials[0].baseColorTexture = sample.add(image)
        return sample
    }

    private func draw(
        _ sample: SceneSample, limits: RenderLimits = RenderLimits(),
        _ change: (inout RenderLook) -> Void = { _ in }
    ) async throws -> (pixels: PixelBuffer, diagnostics: [Diagnostic]) {
        let renderer = try Renderer(limits: limits)
        var look = RenderLook.sample(64, 64)
        look.toneMap = .linear
        look.samples = 1
        look.quality = .high
        change(&look)
        let scene = try await renderer.load(sample.model, look: look)
        let pixels = try await renderer.render(
            scene, pose: sample.pose(), camera: SceneSample.camera, reusing: nil)
        return (pixels, scene.diagnostics)
    }

    private func png(_ width: Int, _ height: Int, _ texels: [SIMD4<UInt8>]) throws -> [UInt8] {
        try PNGWriter.encode(
            PixelBuffer(width: width, height: height, bytes: texels.flatMap { [$0.x, $0.y, $0.z, $0.w] }))
    }

    private func linear(_ encoded: UInt8) -> Float {
        let c = Float(encoded) / 255
        return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4)
    }

    @Test(arguments: [Quality.draft, .standard, .high])
    func `half way between black and green is half of green's light`(_ quality: Quality) async throws {
        let image = try png(2, 1, [SIMD4(0, 0, 0, 255), SIMD4(0, 255, 0, 255)])
        var sample = Self.square(image)
        sample.document.samplers = [Sampler()]
        sample.document.samplers[0].wrapS = 33071
        sample.document.textures[0].sampler = 0
        let picture = try await draw(sample) { $0.quality = quality }.pixels
        // The middle lies between two pixels.
        let middle = (linear(picture[31, 32].y) + linear(picture[32, 32].y)) / 2
        #expect(abs(middle - 0.5) <= 2.0 / 255)
        #expect(picture[2, 32] == SIMD4(0, 0, 0, 255) && picture[61, 32] == SIMD4(0, 255, 0, 255))
    }

    @Test func `a texture of one colour keeps it to the bit`() async throws {
        for value: UInt8 in [1, 7, 40, 90, 128, 188, 200, 254] {
            // Two values, so that the texture is not replaced by a factor.
            var texels = [SIMD4<UInt8>](repeating: SIMD4(value, value, value, 255), count: 64)
            texels[63].x = value ^ 1
            let picture = try await draw(Self.square(png(8, 8, texels))).pixels
            #expect(abs(Int(picture[8, 8].x) - Int(value)) <= 1)
        }
    }

    @Test func `a mipmap of black and white stripes is half of white's light`() async throws {
        let texels = (0..<512 * 512).map { i in
            i % 2 == 0 ? SIMD4<UInt8>(0, 0, 0, 255) : SIMD4(255, 255, 255, 255)
        }
        let picture = try await draw(Self.square(png(512, 512, texels))).pixels
        #expect(abs(linear(picture[32, 32].x) - 0.5) <= 2.0 / 255)
    }

    @Test func `all textures of a model together stay below the limit`() async throws {
        var limits = RenderLimits()
        limits.textureBytes = 64 * 64 * 4 * 2
        let texels = (0..<256 * 256).map { SIMD4<UInt8>(UInt8($0 % 256), 100, 50, 255) }
        let (picture, diagnostics) = try await draw(Self.square(png(256, 256, texels)), limits: limits)
        #expect(diagnostics.map(\.code) == ["TEXTURES_REDUCED"])
        #expect(abs(Int(picture[32, 32].y) - 100) <= 1)
    }

    @Test func `an image above the limits is left out before it is decoded`() async throws {
        var limits = RenderLimits()
        limits.totalImagePixels = 1000
        let texels = [SIMD4<UInt8>](repeating: SIMD4(0, 0, 255, 255), count: 1024)
        let (picture, diagnostics) = try await draw(Self.square(png(32, 32, texels)), limits: limits)
        #expect(diagnostics.map(\.code) == ["IMAGE_DATA_INVALID"])
        #expect(diagnostics.first?.pointer == "/images/0")
        #expect(picture[32, 32] == SIMD4(255, 255, 255, 255))
    }

    @Test func `the estimate of a scene counts its textures and the picture's size`() throws {
        let texels = (0..<512 * 512).map { SIMD4<UInt8>(UInt8($0 % 256), 100, 50, 255) }
        let sample = Self.square(try png(512, 512, texels))
        let small = SceneBlueprint.estimatedBytes(sample.model, RenderLook.sample(64, 64))
        let large = SceneBlueprint.estimatedBytes(sample.model, RenderLook.sample(1024, 1024))
        #expect(small > 2 * 512 * 512 * 4)
        #expect(large - small > 1024 * 1024 * 4 * 4)
    }

    /// Texels that vary by `spread` about a colour, and a few that are far from it.
    private func varied(_ spread: Int, odd: Int = 0) -> [SIMD4<UInt8>] {
        (0..<64 * 64).map { i in
            if i % 100 < odd { return SIMD4(4, 4, 4, 255) }
            let step = (i * 7) % (2 * spread + 1) - spread
            return SIMD4(UInt8(180 + step), UInt8(140 + step), UInt8(110 + step), 255)
        }
    }

    /// A lit square with a texture.
    private func litSquare(_ texels: [SIMD4<UInt8>]) throws -> SceneSample {
        var sample = Self.square(try png(64, 64, texels))
        sample.document.materials[0].unlit = false
        sample.document.materials[0].metallicFactor = 0
        sample.document.meshes[0].primitives[0].attributes["NORMAL"] = sample.floats(
            (0..<6).flatMap { _ -> [Float] in [0, 0, 1] }, .vec3)
        return sample
    }

    @Test(arguments: [ToneMap.aces, .neutral, .linear], [Float(0.3), 1, 1.6])
    func `drafts, whose display transform is computed at vertices, look as if it were computed at pixels`(
        toneMap: ToneMap, exposure: Float
    ) async throws {
        let sample = try litSquare(varied(40))
        var pictures: [[UInt8]] = []
        for quality in [Quality.draft, .high] {
            let picture = try await draw(sample) {
                $0.quality = quality
                $0.toneMap = toneMap
                $0.exposure = exposure
            }
            pictures.append(picture.pixels.bytes)
        }
        let differences = zip(pictures[0], pictures[1]).map { abs(Int($0) - Int($1)) }
        #expect(differences.max()! <= 8)
        #expect(Double(differences.reduce(0, +)) / Double(differences.count) <= 2)
    }

    @Test(arguments: [
        (Quality.draft, 60, 0, true), (.draft, 60, 3, true), (.draft, 60, 20, false),
        (.standard, 60, 0, false),
    ])
    func
        `the display transform is computed at vertices in drafts, where a texture varies little about one colour`(
            quality: Quality, spread: Int, odd: Int, isExpected: Bool
        ) throws
    {
        let look = RenderLook(.init(quality: quality))
        let blueprint = try SceneBlueprint(
            try litSquare(varied(spread, odd: odd)).model, SceneBlueprint.Key(look))
        #expect(blueprint.areVertexToneMapped == [isExpected])
    }
}
