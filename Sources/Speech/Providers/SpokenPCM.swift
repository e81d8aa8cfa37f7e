import AvatariumCore
import Foundation

/// Sixteen-bit little-endian samples, one channel, as providers send them in base64.
enum SpokenPCM {
    /// Raw samples.
    /// - Throws: E033.
    static func raw(base64: String, sampleRate: Int, volume: Double, provider: String) throws -> AudioBuffer {
        guard let data = Data(base64Encoded: base64) else { throw undecodable(provider) }
        return try samples([UInt8](data)[...], sampleRate, volume, provider)
    }

    /// A WAVE file: its `fmt ` and `data` chunks.
    /// - Throws: E033.
    static func wave(base64: String, volume: Double, provider: String) throws -> AudioBuffer {
        guard let data = Data(base64Encoded: base64) else { throw undecodable(provider) }
        let bytes = [UInt8](data)
        let reader = ByteReader(bytes, order: .little)
        guard bytes.count >= 12, bytes.starts(with: "RIFF".utf8) else { throw undecodable(provider) }
        var rate = 0
        var at = 12
        while let name = reader.slice(at: at, count: 4), let size = reader.uint32(at + 4).map(Int.init) {
            let start = at + 8
            if name.elementsEqual("fmt ".utf8), let bits = reader.uint16(start + 14) {
                guard reader.uint16(start) == 1, reader.uint16(start + 2) == 1, bits == 16 else {
                    throw undecodable(provider)
                }
                rate = Int(reader.uint32(start + 4) ?? 0)
            } else if name.elementsEqual("data".utf8), (8000...192_000).contains(rate) {
                // Streams write 0 or 0xFFFFFFFF for a size not known yet.
                let end = size == 0 || size > bytes.count - start ? bytes.count : start + size
                return try samples(bytes[start..<end], rate, volume, provider)
            }
            at = start + size + size % 2
        }
        throw undecodable(provider)
    }

    private static func samples(
        _ bytes: ArraySlice<UInt8>, _ rate: Int, _ volume: Double, _ provider: String
    ) throws -> AudioBuffer {
        guard bytes.count >= 2 else { throw undecodable(provider) }
        let scale = Float(volume) / 32_768
        var samples: [Float] = []
        samples.reserveCapacity(bytes.count / 2)
        var at = bytes.startIndex
        while at + 1 < bytes.endIndex {
            let sample = Int16(bitPattern: UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8)
            samples.append(max(-1, min(1, Float(sample) * scale)))
            at += 2
        }
        return AudioBuffer(sampleRate: rate, samples: samples)
    }

    private static func undecodable(_ provider: String) -> AvatariumError {
        AvatariumError(
            .ttsAudioDecodeFailed, "the audio that \(provider) sent cannot be decoded; try again",
            context: ["provider": provider], retryAfter: 1000)
    }
}
