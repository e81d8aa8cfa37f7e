import AvatariumCore
import Foundation
import Images

/// An equirectangular picture of light; the top row is +Y, the middle column -X to +X turned as in three.js.
struct Panorama: Sendable {
    let width: Int
    let height: Int
    /// RGBA.
    let pixels: [SIMD4<Float>]

    /// - Throws: E021 when the file cannot be read, E071 when it is no Radiance picture.
    static func load(path: String) throws -> Panorama {
        let bytes: [UInt8]
        do {
            bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw AvatariumError(
                .avatarLoadFailed, "the environment '\(path)' cannot be read; check the path",
                context: ["path": path], cause: error)
        }
        do {
            let image = try HDRImage(bytes)
            return Panorama(image)
        } catch {
            throw AvatariumError(
                .invalidConfig, "'\(path)' is not a Radiance .hdr picture: \(error)",
                context: ["path": path, "field": "environment"])
        }
    }

    /// What half floats can hold: a file may claim 10^38, whose sum is no number.
    private static let brightest: Float = 65504

    private init(_ image: HDRImage) {
        func bounded(_ value: Float) -> Float { value > 0 ? min(value, Self.brightest) : 0 }
        width = image.width
        height = image.height
        pixels = image.pixels.withUnsafeBufferPointer { p in
            (0..<image.width * image.height).map {
                SIMD4(bounded(p[$0 * 3]), bounded(p[$0 * 3 + 1]), bounded(p[$0 * 3 + 2]), 1)
            }
        }
    }

    private init(width: Int, height: Int, pixels: [SIMD4<Float>]) {
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    init(size: Int, _ radiance: (SIMD3<Float>) -> SIMD4<Float>) {
        let (w, h) = (size * 2, size)
        self.init(
            width: w, height: h,
            pixels: (0..<w * h).map { i in
                let phi = (Float(i % w) + 0.5) / Float(w) * 2 * .pi - .pi
                let theta = (Float(i / w) + 0.5) / Float(h) * .pi
                return radiance(
                    SIMD3(sine(theta) * cosine(phi), cosine(theta), sine(theta) * sine(phi)))
            })
    }

    /// Half as wide and high until not wider than `limit`.
    func reduced(to limit: Int) -> Panorama {
        var result = self
        while result.width > limit, result.width % 2 == 0, result.height % 2 == 0 {
            let (w, h, old) = (result.width / 2, result.height / 2, result)
            result = Panorama(
                width: w, height: h,
                pixels: (0..<w * h).map { i in
                    let at = i / w * 2 * old.width + i % w * 2
                    let row0 = old.pixels[at] + old.pixels[at + 1]
                    return (row0 + old.pixels[at + old.width] + old.pixels[at + old.width + 1]) * 0.25
                })
        }
        return result
    }

    func sample(_ d: SIMD3<Float>) -> SIMD4<Float> {
        let u = (Float(atan2(Double(d.z), Double(d.x))) / (2 * .pi) + 0.5) * Float(width) - 0.5
        let v = (0.5 - Float(asin(Double(clamp(d.y, -1, 1)))) / .pi) * Float(height) - 0.5
        let (x0, y0) = (u.rounded(.down), v.rounded(.down))
        let (fx, fy) = (u - x0, v - y0)
        func at(_ x: Int, _ y: Int) -> SIMD4<Float> {
            pixels[min(max(y, 0), height - 1) * width + (x + width) % width]
        }
        let (x, y) = (Int(x0), Int(y0))
        let top = at(x, y) * (1 - fx) + at(x + 1, y) * fx
        return top * (1 - fy) + (at(x, y + 1) * (1 - fx) + at(x + 1, y + 1) * fx) * fy
    }
}
