import AvatariumCore

/// Reads PCM16 WAV files, for tests only.
func waveFile(_ bytes: [UInt8]) throws -> AudioBuffer {
    func u32(_ at: Int) -> Int {
        Int(bytes[at]) | Int(bytes[at + 1]) << 8 | Int(bytes[at + 2]) << 16 | Int(bytes[at + 3]) << 24
    }
    func u16(_ at: Int) -> Int { Int(bytes[at]) | Int(bytes[at + 1]) << 8 }
    var at = 12
    var (rate, channels) = (0, 1)
    while at + 8 <= bytes.count {
        let size = u32(at + 4)
        if bytes[at] == UInt8(ascii: "f") {
            channels = u16(at + 10)
            rate = u32(at + 12)
        } else if bytes[at] == UInt8(ascii: "d") {
            let end = min(bytes.count, at + 8 + size)
            let samples = stride(from: at + 8, to: end - 1, by: 2 * channels).map {
                Float(Int16(bitPattern: UInt16(u16($0)))) / 32_768
            }
            return AudioBuffer(sampleRate: rate, samples: samples)
        }
        at += 8 + size + size % 2
    }
    throw AvatariumError(.ttsAudioDecodeFailed, "no data in this WAV")
}
