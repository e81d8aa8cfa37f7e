import AvatariumCore
import CAV
import Files
import Glibc

/// A clip as PNG files, one a frame, and `audio.wav` beside them.
///
/// They are made in a folder with a `PartialPath` beside the target folder, which takes its name at the end. Where the
/// folder exists already, they are made within it and move up one by one: it may be the root of a volume, or its parent
/// not ours to write, and its owner and permissions stay.
final class ImageSequence: ClipSink {
    private let options: ClipWriterOptions
    private let pattern: FramePattern
    private let partial: PartialPath
    private var partialFolder: String { partial.path }
    private let isWithin: Bool
    private let encoder: VideoEncoder
    private var sound: WAVFile?
    private var samples = SampleQueue()
    private var fileCount = 0
    private var byteCount = 0

    var frameCount: Int { encoder.frameCount }

    init(_ options: ClipWriterOptions) throws {
        self.options = options
        guard let pattern = FramePattern(options.path) else {
            throw AvatariumError(
                .invalidConfig,
                "\(options.path) is not a pattern for frames; give one with one frame number, such as "
                    + "frames/%05d.png",
                context: ["field": "output", "path": options.path])
        }
        self.pattern = pattern
        encoder = try VideoEncoder(VideoSettings(options), options, globalHeader: false)
        isWithin = access(pattern.folder, F_OK) == 0
        guard !isWithin || access(pattern.folder, W_OK) == 0 else {
            throw AtomicFile.error(options.path, Errno(rawValue: errno))
        }
        let partial = try PartialPath(
            beside: isWithin ? pattern.folder + "/.frames" : pattern.folder, .folder, reporting: options.path)
        self.partial = partial
        Self.empty(folder: partial.path)
        do {
            sound = try options.audioSampleRate.map {
                try WAVFile(path: partial.path + "/" + FramePattern.soundName, sampleRate: $0)
            }
        } catch {
            Self.remove(partial)
            throw error
        }
    }

    func write(_ rgba: UnsafeBufferPointer<UInt8>) throws {
        try encoder.encode(rgba, writePicture)
    }

    func write(audio chunk: [Float]) throws { samples.append(chunk) }

    private func writePicture(_ packet: UnsafeMutablePointer<AVPacket>) throws {
        let path = partialFolder + "/" + pattern.name(fileCount)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw AtomicFile.error(options.path, Errno(rawValue: errno)) }
        var number: Int32 = 0
        var done = 0
        let size = Int(packet.pointee.size)
        while done < size, number == 0 {
            let got = Glibc.write(descriptor, packet.pointee.data + done, size - done)
            if got > 0 { done += got } else if errno != EINTR { number = got == 0 ? ENOSPC : errno }
        }
        if close(descriptor) != 0, number == 0, errno != EINTR { number = errno }
        guard number == 0 else { throw AtomicFile.error(options.path, Errno(rawValue: number)) }
        fileCount += 1
        byteCount += size
    }

    func finish() throws -> ClipFileInfo {
        try encoder.finish(writePicture)
        let seconds = options.frameRate.seconds(atFrame: frameCount)
        if let sound, let rate = options.audioSampleRate {
            let target = Int((seconds * Double(rate)).rounded())
            while let slice = samples.next(min(16384, target - sound.sampleCount)) { try sound.append(slice) }
            while sound.sampleCount < target {
                try sound.append([Float](repeating: 0, count: min(16384, target - sound.sampleCount))[...])
            }
            try sound.finish()
            byteCount += sound.byteCount
        }
        try moveIntoPlace()
        return ClipFileInfo(
            path: options.path, frameCount: frameCount, durationSeconds: seconds, byteCount: byteCount,
            audioPath: sound == nil ? nil : pattern.folder + "/" + FramePattern.soundName,
            audioSecondsDropped: options.audioSampleRate.map { Double(samples.count) / Double($0) } ?? 0)
    }

    private func moveIntoPlace() throws {
        if !isWithin, rename(partialFolder, pattern.folder) == 0 {
            close(partial.descriptor)
            return
        }
        // The folder existed, or does by now. Another clip that ends now waits, so that the frames never mix.
        let folder = open(pattern.folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
        guard folder >= 0 else { throw AtomicFile.error(pattern.folder, Errno(rawValue: errno)) }
        defer { close(folder) }
        flock(folder, LOCK_EX)
        let names = (0..<fileCount).map(pattern.name) + (sound == nil ? [] : [FramePattern.soundName])
        for name in names {
            guard rename(partialFolder + "/" + name, pattern.folder + "/" + name) == 0 else {
                throw AtomicFile.error(pattern.folder + "/" + name, Errno(rawValue: errno))
            }
        }
        // Frames of a longer clip that was here before would be read as the end of this one.
        var stale = fileCount
        while unlink(pattern.folder + "/" + pattern.name(stale)) == 0 { stale += 1 }
        if sound == nil { unlink(pattern.folder + "/" + FramePattern.soundName) }
        rmdir(partialFolder)
        close(partial.descriptor)
    }

    func cancel() {
        sound?.cancel()
        Self.remove(partial)
    }

    private static func remove(_ partial: PartialPath) {
        empty(folder: partial.path)
        rmdir(partial.path)
        close(partial.descriptor)
    }

    /// Removes the files in a folder of ours; there are no folders below.
    private static func empty(folder: String) {
        guard let listing = opendir(folder) else { return }
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { unlink(folder + "/" + name) }
        }
        closedir(listing)
    }
}
