import AvatariumCore
import CAV

/// Encodes speech as Opus for live playback: packets of 20 ms, 2.5 ms of delay.
///
/// An encoder serves one uninterrupted piece of audio; silence between two pieces needs no packets. It belongs to
/// one thread or actor at a time.
public final class LiveAudioEncoder {
    public struct Packet: Sendable {
        public var bytes: [UInt8]
        /// The time at which its first decoded sample is played, in seconds from the first input sample.
        public var seconds: Double
    }

    /// The rate of decoded samples.
    public static let sampleRate = Int(AudioEncoder.trackRate)

    public let inputRate: Int
    private let encoder: AudioEncoder
    private var given = 0

    /// - Parameter sampleRate: The rate of the input samples, 8000 to 48000.
    /// - Throws: E081 if libopus is missing; E083 if it cannot be set up for this rate.
    public init(sampleRate: Int) throws {
        _ = LibAV.silenced
        inputRate = sampleRate
        encoder = try AudioEncoder(
            encoder: "libopus", sampleRate: sampleRate, globalHeader: false,
            options: [("application", "lowdelay"), ("frame_duration", "20")])
    }

    /// Adds mono samples, -1 to 1.
    /// - Returns: The packets that are complete.
    public func encode(_ samples: [Float]) throws -> [Packet] {
        given += samples.count
        return try collecting { try encoder.encode(samples[...], $0) }
    }

    /// Ends the piece with 40 ms of silence, so that none of it remains in the encoder.
    public func finish() throws -> [Packet] {
        try collecting { try encoder.finish(atSeconds: Double(given) / Double(inputRate) + 0.04, $0) }
    }

    private func collecting(
        _ work: ((UnsafeMutablePointer<AVPacket>) throws -> Void) throws -> Void
    ) rethrows -> [Packet] {
        var packets: [Packet] = []
        try work { packet in
            let bytes = UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size))
            packets.append(
                Packet(
                    bytes: Array(bytes), seconds: Double(packet.pointee.pts) / Double(AudioEncoder.trackRate)
                ))
        }
        return packets
    }
}
