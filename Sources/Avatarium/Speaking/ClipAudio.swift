import AvatariumCore
import Foundation
import Synchronization

/// The audio of a clip, appended at its end and read in pieces. Long audio is buffered in an unlinked temporary file,
/// so memory use does not depend on the length of the clip.
public final class ClipAudio: Sendable {
    /// Audio up to this many samples stays in memory (4 MB, 48 seconds at 22,050 Hz).
    static let samplesInMemory = 1 << 20

    public let sampleRate: Int
    private let store: Mutex<Store>

    private struct Store {
        var sampleCount = 0
        var memory: [Float] = []
        /// The file's descriptor; -1 while the audio is in memory, and where there is no room for a file.
        var file: Int32 = -1
    }

    /// Creates empty audio.
    init(sampleRate: Int) {
        self.sampleRate = sampleRate
        store = Mutex(Store())
    }

    /// Creates the audio from a buffer.
    public convenience init(_ audio: AudioBuffer) {
        self.init(sampleRate: audio.sampleRate)
        append(audio.samples)
    }

    public var sampleCount: Int { store.withLock(\.sampleCount) }

    public var durationSeconds: Double { Double(sampleCount) / Double(sampleRate) }

    /// Adds samples at the end.
    func append(_ samples: [Float]) {
        store.withLock { store in
            store.sampleCount += samples.count
            let allInFile = store.file >= 0 && store.memory.isEmpty
            if allInFile, Self.write(samples, to: store.file) { return }
            store.memory += samples
            guard store.memory.count > Self.samplesInMemory, store.file < 0,
                let file = Self.unlinkedFile()
            else { return }
            if Self.write(store.memory, to: file) {
                store.file = file
                store.memory = []
            } else {
                close(file)
            }
        }
    }

    /// Returns the samples of a range inside `0..<sampleCount`.
    /// - Throws: E092 if the file cannot be read.
    public func samples(_ range: Range<Int>) throws -> [Float] {
        try store.withLock { store in
            // What no longer fitted into the file follows it in memory.
            let inFile = store.sampleCount - store.memory.count
            let fromFile = range.clamped(to: 0..<inFile)
            let fromMemory = range.clamped(to: inFile..<store.sampleCount)
            return try Self.read(fromFile, of: store.file)
                + store.memory[fromMemory.lowerBound - inFile..<fromMemory.upperBound - inFile]
        }
    }

    private static func read(_ range: Range<Int>, of file: Int32) throws -> [Float] {
        guard !range.isEmpty else { return [] }
        let width = MemoryLayout<Float>.size
        return try [Float](unsafeUninitializedCapacity: range.count) { room, count in
            let wanted = range.count * width
            guard pread(file, room.baseAddress, wanted, off_t(range.lowerBound * width)) == wanted else {
                throw AvatariumError(
                    .internalError,
                    "the clip's buffered audio cannot be read: \(String(cString: strerror(errno)))",
                    systemError: Errno(rawValue: errno))
            }
            count = range.count
        }
    }

    private static func unlinkedFile() -> Int32? {
        var path = Array((NSTemporaryDirectory() + "/avatarium-XXXXXX").utf8CString)
        let file = mkstemp(&path)
        guard file >= 0 else { return nil }
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        unlink(path)
        return file
    }

    /// Returns whether all could be written; if not, the file is as it was.
    private static func write(_ samples: [Float], to file: Int32) -> Bool {
        samples.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let got = Glibc.write(file, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if got > 0 {
                    done += got
                } else if errno != EINTR {
                    _ = lseek(file, -off_t(done), SEEK_CUR)
                    return false
                }
            }
            return true
        }
    }

    deinit { store.withLock { if $0.file >= 0 { close($0.file) } } }
}
