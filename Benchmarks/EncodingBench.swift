import ArgumentParser
import Avatarium
import Foundation
import Media

/// Encoding alone, of pictures that need no model: what a format costs, and whether memory grows with length.
struct EncodingBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encoding",
        abstract: "CPU and wall time of a frame, and peak memory, of encoding alone.",
        discussion: """
            EXAMPLES
              avatarium-bench encoding
              avatarium-bench encoding --format mp4 --frames 9000 --threads 1
            """)

    @Option(help: "mp4, webm, mov or pngSequence; repeat for more.")
    var format: [ClipFormat] = [.mp4, .webm, .mov, .pngSequence]

    @Option(help: "Frames of each clip.")
    var frames = 150

    @Option(help: "Encoder threads; the encoder's choice without it.")
    var threads: Int?

    @Option(help: "draft, standard or high.")
    var quality: Quality = .standard

    @Flag(help: "Keep transparency.")
    var alpha = false

    mutating func run() async throws {
        let folder = NSTemporaryDirectory() + "avatarium-bench-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let pictures = (0..<30).map { Self.picture($0, alpha: alpha) }
        for format in format { try measure(format, pictures, folder) }
    }

    private func measure(_ format: ClipFormat, _ pictures: [PixelBuffer], _ folder: String) throws {
        var options = ClipWriterOptions(
            format: format, path: folder + (format == .pngSequence ? "/frames/%05d.png" : "/clip"),
            width: 1280, height: 720)
        options.quality = quality
        options.threads = threads
        options.hasAlpha = alpha && format.carriesAlpha
        options.audioSampleRate = 22050
        let wall = Clock.monotonic()
        let cpu = Clock.process()
        let writer = try ClipWriter(options)
        let second = [Float](repeating: 0.1, count: 22050)
        for i in 0..<frames {
            if i % 30 == 0 { try writer.write(audio: second) }
            let k = i % 58
            try writer.write(frame: pictures[k < 30 ? k : 58 - k])
        }
        let info = try writer.finish()
        let count = Double(frames)
        print(
            format.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0)
                + String(
                    format: "%6.2f CPU-ms  %6.2f wall ms a frame  %7.1f KB/s  peak memory %d MB",
                    (Clock.process() - cpu) / count * 1000, (Clock.monotonic() - wall) / count * 1000,
                    Double(info.byteCount) / 1024 / info.durationSeconds, Self.peakMegabytes()))
    }

    private static func peakMegabytes() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss >> 10
    }

    /// A shaded, grained ball that sways with a mouth that opens: edges, gradients and motion of a talking head.
    private static func picture(_ index: Int, alpha: Bool) -> PixelBuffer {
        var buffer = PixelBuffer(width: 1280, height: 720)
        let phase = Float(index) / 30
        let (centreX, centreY) = (640 + 9 * phase, 360 + 4 * phase * phase)
        let opening = 3 + 14 * abs(sin(phase * 9))
        for y in 0..<720 {
            for x in 0..<1280 {
                let (dx, dy) = (Float(x) - centreX, Float(y) - centreY)
                let d = (dx / 190 * dx / 190 + dy / 260 * dy / 260).squareRoot()
                let cover = max(0, min(1, (1 - d) * 90))
                let grain = 8 * sin(dx * 0.37 + 3 * sin(dy * 0.23)) * sin(dy * 0.31 + 2 * sin(dx * 0.19))
                let light = 0.35 + 0.65 * max(0, (max(0, 1 - d * d)).squareRoot() * 0.8 - dx / 190 * 0.4)
                let mouthY = (dy - 120) / opening
                let mouth = max(0, min(1, (1 - (dx / 60 * dx / 60 + mouthY * mouthY).squareRoot()) * 12))
                let back = 40 + 30 * Float(y) / 720
                func mix(_ base: Float) -> UInt8 {
                    let skin = (base + grain) * light * (1 - mouth) + 40 * mouth
                    return UInt8(max(0, min(255, alpha ? skin : back * (1 - cover) + skin * cover)))
                }
                buffer[x, y] = SIMD4(mix(215), mix(165), mix(140), alpha ? UInt8(255 * cover) : 255)
            }
        }
        return buffer
    }
}

extension ClipFormat: ExpressibleByArgument {}
extension Quality: ExpressibleByArgument {}
