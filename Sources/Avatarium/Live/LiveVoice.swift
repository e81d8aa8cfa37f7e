import AvatariumCore
import Media

/// The sound of a stage as Opus packets with the times at which they are heard. Silence makes none.
package struct LiveVoice {
    package struct Packet: Sendable {
        package var bytes: [UInt8]
        /// Seconds on the stage's clock.
        package var seconds: Double
        package var turn: Int
        /// Whether silence was before it: a decoder begins anew.
        package var isFirst: Bool
    }

    /// Sound without a gap.
    private struct Stretch {
        var encoder: LiveAudioEncoder
        var start: Double
        var given = 0
        var turn: Int
        var isFirst = true
        var end: Double { start + Double(given) / Double(encoder.inputRate) }
    }

    private let frameRate: FrameRate
    private var stretch: Stretch?

    package init(frameRate: FrameRate) { self.frameRate = frameRate }

    /// Takes what one tick of the stage gave.
    /// - Parameter planned: The frame that the tick planned, whether it has sound or not.
    /// - Throws: E081 without libopus; E083 for a sample rate that it does not take.
    package mutating func take(_ sound: LiveStage.Sound?, planned: Int) throws -> [Packet] {
        var packets: [Packet] = []
        let start = frameRate.seconds(atFrame: sound?.frame ?? planned)
        if let current = stretch, !goesOn(current, sound, start) {
            packets += stamped(try current.encoder.finish())
            stretch = nil
        }
        guard let sound else { return packets }
        if stretch == nil {
            stretch = Stretch(
                encoder: try LiveAudioEncoder(sampleRate: sound.sampleRate), start: start, turn: sound.turn)
        }
        stretch?.turn = sound.turn
        stretch?.given += sound.samples.count
        return packets + stamped(try stretch?.encoder.encode(sound.samples) ?? [])
    }

    /// Whether a stretch lasts beyond a time, or sound of its kind follows it there.
    private func goesOn(_ stretch: Stretch, _ sound: LiveStage.Sound?, _ start: Double) -> Bool {
        guard let sound else { return stretch.end > start + 0.001 }
        return sound.sampleRate == stretch.encoder.inputRate && abs(stretch.end - start) <= 0.02
    }

    /// Forgets what has not been sent.
    package mutating func cut() { stretch = nil }

    private mutating func stamped(_ packets: [LiveAudioEncoder.Packet]) -> [Packet] {
        packets.map { packet in
            defer { stretch?.isFirst = false }
            return Packet(
                bytes: packet.bytes, seconds: (stretch?.start ?? 0) + packet.seconds,
                turn: stretch?.turn ?? 0,
                isFirst: stretch?.isFirst ?? true)
        }
    }
}
