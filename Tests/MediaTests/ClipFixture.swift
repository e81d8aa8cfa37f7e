import AvatariumCore
import Foundation
import Media

/// A folder that lives as long as a test.
final class Scratch {
    let folder: String

    init() {
        folder = NSTemporaryDirectory() + "avatarium-media-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    subscript(_ name: String) -> String { folder + "/" + name }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
}

/// Pictures and sounds whose fate in a file can be measured.
enum ClipFixture {
    /// A smooth picture that changes with the frame: gradients, and a disc that moves.
    static func picture(_ index: Int, width: Int = 320, height: Int = 180, alpha: Bool = false) -> PixelBuffer
    {
        var buffer = PixelBuffer(width: width, height: height)
        let centreX = Double(width) * (0.3 + 0.4 * Double(index % 60) / 60)
        let centreY = Double(height) * 0.5
        for y in 0..<height {
            for x in 0..<width {
                let distance =
                    ((Double(x) - centreX) * (Double(x) - centreX)
                    + (Double(y) - centreY) * (Double(y) - centreY)).squareRoot()
                let disc = max(0, min(1, (Double(height) * 0.3 - distance) / 12))
                let u = Double(x) / Double(width), v = Double(y) / Double(height)
                let r = 40 + 120 * u + disc * 70, g = 60 + 100 * v + disc * 40, b = 160 - 90 * u
                buffer[x, y] = SIMD4(
                    UInt8(r), UInt8(g), UInt8(b), alpha ? UInt8(255 * disc) : 255)
            }
        }
        return buffer
    }

    /// One colour.
    static func plain(_ colour: SIMD4<UInt8>, width: Int = 320, height: Int = 180) -> PixelBuffer {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * height * 4)
        for _ in 0..<(width * height) { bytes += [colour.x, colour.y, colour.z, colour.w] }
        return PixelBuffer(width: width, height: height, bytes: bytes)
    }

    /// A tone of 440 Hz.
    static func tone(seconds: Double, sampleRate: Int) -> [Float] {
        (0..<Int(seconds * Double(sampleRate))).map {
            0.4 * Float(sin(2 * Double.pi * 440 * Double($0) / Double(sampleRate)))
        }
    }

    /// Writes a clip of `count` moving pictures and a tone as long.
    @discardableResult
    static func write(
        _ options: ClipWriterOptions, count: Int, alpha: Bool = false
    ) throws -> ClipFileInfo {
        let writer = try ClipWriter(options)
        if let rate = options.audioSampleRate {
            try writer.write(
                audio: tone(seconds: options.frameRate.seconds(atFrame: count), sampleRate: rate))
        }
        for index in 0..<count {
            try writer.write(
                frame: picture(index, width: options.width, height: options.height, alpha: alpha))
        }
        return try writer.finish()
    }

    /// Peak signal-to-noise ratio over R, G and B, in decibels.
    static func psnr(_ a: PixelBuffer, _ b: PixelBuffer) -> Double {
        var sum = 0.0
        for i in a.bytes.indices where i % 4 != 3 {
            let d = Double(a.bytes[i]) - Double(b.bytes[i])
            sum += d * d
        }
        return 10 * log10(255 * 255 / max(1e-9, sum / Double(a.bytes.count / 4 * 3)))
    }
}
