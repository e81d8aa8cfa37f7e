import AvatariumCore

/// Writes frames and samples to a clip's file.
///
/// Data is written to a `PartialPath` beside the target. It is renamed when `finish()` succeeds and is removed
/// otherwise, so a file with the final name is complete. Audio may arrive in chunks of any size, before or after
/// its frames; it is interleaved here and ends with the last frame. A writer belongs to one thread or actor at a
/// time; the encoders' own threads work on, while the caller makes the next frame.
public final class ClipWriter {
    public let options: ClipWriterOptions
    private var sink: (any ClipSink)?

    /// Opens the output and the encoders.
    ///
    /// - Throws: E071 (options), E025 (the folder is missing or not writable), E081 (an encoder is missing),
    ///   E083 (the audio encoder cannot be set up).
    public init(_ options: ClipWriterOptions) throws {
        try options.validate()
        self.options = options
        sink =
            if options.format == .pngSequence { try ImageSequence(options) } else { try MuxedClip(options) }
    }

    /// Adds a frame.
    ///
    /// - Throws: E071 if its size is not that of the options; E025 if the disk is full or the reader of standard
    ///   output has exited. After an error the partial file is removed.
    public func write(frame: PixelBuffer) throws {
        guard frame.width == options.width, frame.height == options.height else {
            throw AvatariumError(
                .invalidConfig,
                "a frame of \(frame.width)x\(frame.height) does not fit a clip of "
                    + "\(options.width)x\(options.height); give frames of the clip's size",
                context: ["field": "frame"])
        }
        try write(rgba: frame.bytes.span)
    }

    /// Adds a frame of raw R, G, B, A bytes, rows top to bottom without padding: `width * height * 4`; alpha is straight.
    public func write(rgba: borrowing Span<UInt8>) throws {
        guard rgba.count == options.width * options.height * 4 else {
            throw AvatariumError(
                .invalidConfig,
                "a frame of \(rgba.count) bytes does not fit a clip of \(options.width)x\(options.height); give 4 bytes per "
                    + "pixel",
                context: ["field": "frame"])
        }
        let sink = try open()
        try undoing { try rgba.withUnsafeBufferPointer { try sink.write($0) } }
    }

    /// Adds mono samples (-1...1) at `options.audioSampleRate`.
    public func write(audio samples: [Float]) throws {
        guard options.audioSampleRate != nil else {
            throw AvatariumError(
                .invalidConfig, "the clip was opened without audio; set audioSampleRate",
                context: ["field": "audioSampleRate"])
        }
        let sink = try open()
        try undoing { try sink.write(audio: samples) }
    }

    /// Finishes the clip: audio is padded with silence or cut to the end of the last frame, and the file gets its
    /// final name.
    ///
    /// - Throws: E071 if no frame was written; E025 as in `write`.
    public func finish() throws -> ClipFileInfo {
        let sink = try open()
        let info = try undoing {
            guard sink.frameCount > 0 || options.format.isSoundOnly else {
                throw AvatariumError(.invalidConfig, "the clip has no frame; write one before finishing")
            }
            return try sink.finish()
        }
        self.sink = nil
        return info
    }

    /// Cancels the clip and removes the partial file. Does nothing after `finish()`.
    public func cancel() {
        sink?.cancel()
        sink = nil
    }

    private func open() throws -> any ClipSink {
        guard let sink else {
            throw AvatariumError(
                .internalError, "the clip '\(options.path)' is finished or was cancelled; open another",
                context: ["path": options.path])
        }
        return sink
    }

    private func undoing<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch {
            cancel()
            throw error
        }
    }

    deinit { sink?.cancel() }
}

/// Where a clip goes: a container, or a folder of pictures.
protocol ClipSink: AnyObject {
    var frameCount: Int { get }
    func write(_ rgba: UnsafeBufferPointer<UInt8>) throws
    func write(audio samples: [Float]) throws
    func finish() throws -> ClipFileInfo
    func cancel()
}
