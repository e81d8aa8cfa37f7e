import AvatariumCore
import Foundation
import Images

/// An equirectangular picture of light: the top row is +Y, and the middle of a row looks along +X (the convention of
/// three.js).
struct Panorama: Sendable {
    let width: Int
    let height: Int
    /// RGBA.
    let pixels: [SIMD4<Float>]

    /// Reads a Radiance picture, reduced while it is read: a small file can claim to be very large.
    /// - Parameter width: The most pixels across.
    /// - Throws: E021 when the file cannot be read, E071 when it is not a Radiance picture.
    static func load(path: String, width: Int, limits: RenderLimits) throws -> Panorama {
        let bytes: [UInt8]
        do throws(RegularFile.Failure) {
            bytes = try RegularFile.read(path, limit: limits.fileBytes)
        } catch {
            throw AvatariumError(
                .avatarLoadFailed,
                "the environment '\(path.quotedForMessage(limit: 200))' \(error); \(error.remedy)",
                context: ["path": path, "field": "environment"], systemError: error.systemError)
        }
        do {
            var reader = try HDRReader(bytes, maximumPixels: limits.environmentPixels)
            var halving = Halving(reader, limit: width)
            for _ in 0..<reader.height {
                try Task.checkCancellation()
                halving.add(try reader.nextRow().map(bounded))
            }
            return halving.picture
        } catch let error as ImageError {
            throw AvatariumError(
                .invalidConfig,
                "the environment '\(path.quotedForMessage(limit: 200))' cannot be decoded: \(error); "
                    + error.remedy(formats: "a Radiance .hdr image"),
                context: ["path": path, "field": "environment"], cause: error)
        }
    }

    /// What half floats can hold: a file may claim 10^38, whose sum is not a number.
    private static let brightest: Float = 65504

    private static func bounded(_ c: SIMD4<Float>) -> SIMD4<Float> {
        func channel(_ value: Float) -> Float { value > 0 ? min(value, brightest) : 0 }
        return SIMD4(channel(c.x), channel(c.y), channel(c.z), 1)
    }

    /// Halves rows as they come, as often as it takes to be no wider than a limit; holds a row for each halving.
    private struct Halving {
        private var size: SIMD2<Int>
        private let isBottomUp: Bool
        private var waiting: [[SIMD4<Float>]?]
        private var rows: [[SIMD4<Float>]] = []

        init(_ reader: HDRReader, limit: Int) {
            size = SIMD2(reader.width, reader.height)
            isBottomUp = reader.isBottomUp
            var count = 0
            while size.x > limit {
                size = SIMD2(size.x / 2, max(1, size.y / 2))
                count += 1
            }
            waiting = Array(repeating: nil, count: count)
        }

        /// - Parameter level: How often the row has been halved.
        mutating func add(_ row: [SIMD4<Float>], level: Int = 0) {
            guard level < waiting.count else {
                if rows.count < size.y { rows.append(row) }
                return
            }
            guard let other = waiting[level] else {
                waiting[level] = row
                return
            }
            waiting[level] = nil
            let (top, bottom) = isBottomUp ? (row, other) : (other, row)
            add(Panorama.halved(top, bottom), level: level + 1)
        }

        /// The picture after all rows; a lone last row counts only where there is no other.
        var picture: Panorama {
            var copy = self
            for level in waiting.indices where copy.rows.isEmpty {
                if let row = copy.waiting[level] { copy.add(Panorama.halved(row, row), level: level + 1) }
            }
            return Panorama(
                width: size.x, height: copy.rows.count,
                pixels: (isBottomUp ? copy.rows.reversed() : copy.rows).flatMap { $0 })
        }
    }

    private static func halved(_ top: [SIMD4<Float>], _ bottom: [SIMD4<Float>]) -> [SIMD4<Float>] {
        (0..<top.count / 2).map { x in
            let above = top[2 * x] + top[2 * x + 1]
            return (above + bottom[2 * x] + bottom[2 * x + 1]) * 0.25
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

    /// Returns this picture halved until it is no wider than `limit`.
    func reduced(to limit: Int) -> Panorama {
        var result = self
        while result.width > limit {
            let (w, old) = (result.width, result)
            let row = { (y: Int) in Array(old.pixels[y * w..<(y + 1) * w]) }
            result = Panorama(
                width: w / 2, height: max(1, old.height / 2),
                pixels: (0..<max(1, old.height / 2)).flatMap { y in
                    Self.halved(row(2 * y), row(min(2 * y + 1, old.height - 1)))
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
