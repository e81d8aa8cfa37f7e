import AvatariumCore
import CAV

/// Writes a WAV file (16-bit PCM, mono) sample by sample.
public final class WAVFile {
    private let file: OutputFile
    private let sampleRate: Int
    private(set) public var sampleCount = 0
    private static let headerSize = 44

    /// Size of the whole file, bytes.
    var byteCount: Int { Self.headerSize + 2 * sampleCount }

    /// - Throws: E025 if the folder is missing or not writable.
    public init(path: String, sampleRate: Int) throws {
        file = try OutputFile(path: path)
        self.sampleRate = sampleRate
        writeHeader(dataSize: 0)
    }

    /// Writes a whole buffer to a file.
    public static func write(_ audio: AudioBuffer, path: String) throws {
        let wav = try WAVFile(path: path, sampleRate: audio.sampleRate)
        try wav.append(audio.samples[...])
        try wav.finish()
    }

    /// - Throws: E025 if the disk is full; E071 if the file would exceed the format's 4 GB.
    public func append(_ samples: ArraySlice<Float>) throws {
        guard sampleCount + samples.count < Int(UInt32.max / 2) - Self.headerSize else {
            file.discard()
            throw AvatariumError(.invalidConfig, "a WAV file can have at most 4 GB; write shorter audio")
        }
        for sample in samples { avio_wl16(file.context, UInt32(UInt16(bitPattern: PCM.sample16(sample)))) }
        sampleCount += samples.count
        do { try file.check() } catch {
            file.discard()
            throw error
        }
    }

    /// Completes the header and gives the file its name.
    public func finish() throws {
        avio_seek(file.context, 0, 0)
        writeHeader(dataSize: UInt32(sampleCount * 2))
        do { try file.commit() } catch {
            file.discard()
            throw error
        }
    }

    /// Removes the unfinished file.
    public func cancel() { file.discard() }

    private func writeHeader(dataSize: UInt32) {
        func tag(_ text: StaticString) {
            avio_write(file.context, text.utf8Start, Int32(text.utf8CodeUnitCount))
        }
        tag("RIFF")
        avio_wl32(file.context, dataSize + UInt32(Self.headerSize - 8))
        tag("WAVEfmt ")
        avio_wl32(file.context, 16)
        avio_wl16(file.context, 1)
        avio_wl16(file.context, 1)
        avio_wl32(file.context, UInt32(sampleRate))
        avio_wl32(file.context, UInt32(sampleRate * 2))
        avio_wl16(file.context, 2)
        avio_wl16(file.context, 16)
        tag("data")
        avio_wl32(file.context, dataSize)
    }
}
