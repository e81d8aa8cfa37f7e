import Foundation

/// A clip's sound, read in pieces: long ones wait in a file without a name, so that a clip of any length needs the
/// same memory while it is drawn.
public final class ClipAudio: Sendable {
    /// Sound up to this many samples stays in memory (4 MB, 48 seconds at 22,050 Hz).
    static let samplesInMemory = 1 << 20

    public let sampleRate: Int
    public let sampleCount: Int
    private let memory: [Float]
    private let file: Int32

    /// Takes the samples over; where there is no room for a file, they stay in memory.
    public init(_ audio: AudioBuffer) {
        sampleRate = audio.sampleRate
        sampleCount = audio.samples.count
        let file = sampleCount > Self.samplesInMemory ? Self.spool(audio.samples) : nil
        self.file = file ?? -1
        memory = file == nil ? audio.samples : []
    }

    public var durationSeconds: Double { Double(sampleCount) / Double(sampleRate) }

    /// The samples of a range inside `0..<sampleCount`.
    /// - Throws: E092 when the file cannot be read.
    public func samples(_ range: Range<Int>) throws -> [Float] {
        guard file >= 0 else { return Array(memory[range]) }
        let width = MemoryLayout<Float>.size
        return try [Float](unsafeUninitializedCapacity: range.count) { room, count in
            let wanted = range.count * width
            guard pread(file, room.baseAddress, wanted, range.lowerBound * width) == wanted else {
                throw AvatariumError(
                    .internalError,
                    "the clip's sound cannot be read back: \(String(cString: strerror(errno)))",
                    context: ["errno": "\(errno)"])
            }
            count = range.count
        }
    }

    private static func spool(_ samples: [Float]) -> Int32? {
        var path = Array((NSTemporaryDirectory() + "/avatarium-XXXXXX").utf8CString)
        let file = mkstemp(&path)
        guard file >= 0 else { return nil }
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        unlink(path)
        let whole = samples.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let got = write(file, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if got > 0 { done += got } else if errno != EINTR { return false }
            }
            return true
        }
        guard whole else {
            close(file)
            return nil
        }
        return file
    }

    deinit { if file >= 0 { close(file) } }
}
