import AvatariumCore
import Glibc

/// Music under a clip's speech.
public struct Music: Sendable, Hashable {
    /// The path of an audio or video file.
    public var file: String
    /// The gain relative to the file, -60 to 12 decibels.
    public var level = -14.0
    /// The attenuation of the music during speech, 0 to 60 decibels.
    public var duck = 10.0
    /// The duration of its fades at both ends of the clip, 0 to 30 seconds.
    public var fade = 1.0
    /// Whether it loops if it is shorter than the clip.
    public var loop = true

    public init(_ file: String) { self.file = file }

    /// Validates all values.
    /// - Throws: E071 with `context["field"]`.
    public func validate() throws {
        for (name, value, range) in [
            ("level", level, -60.0...12.0), ("duck", duck, 0.0...60.0), ("fade", fade, 0.0...30.0),
        ] where !range.contains(value) {
            throw AvatariumError(
                .invalidConfig,
                "the music's \(name) must be \(range.lowerBound) to \(range.upperBound)",
                context: ["field": "music", "path": file])
        }
    }
}

extension Music: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable { case file, level, duck, fade, loop }

    /// The names, in both spellings, of all fields.
    package static let fieldNames = WireName.all(of: CodingKeys.self)

    /// Decodes a path, or an object.
    public init(from decoder: any Decoder) throws {
        let (file, fields) = try WireFields<CodingKeys>.textOrObject(
            decoder, text: .file, absence: "is missing; give the music file")
        self.init(file)
        guard let field = fields else { return }
        level = try field(.level) ?? level
        duck = try field(.duck) ?? duck
        fade = try field(.fade) ?? fade
        loop = try field(.loop) ?? loop
    }
}

/// Mixes music under speech: down while somebody speaks, up in pauses.
package struct MusicMixer {
    private let music: Music
    private let tune: [Float]
    private let sampleRate: Int
    private let total: Int
    /// Whether a window has speech, with what lies shortly before and after it.
    private let speaks: [Bool]
    private let window: Int
    private var gain: Float
    private var position = 0

    /// Seconds over which the ear takes a level, and over which the music goes down or up.
    private static let windowSeconds = 0.02
    private static let rampSeconds = 0.3
    /// Pauses shorter than this, seconds, do not bring the music up.
    private static let holdSeconds = 0.5
    /// Speech is what lies within this share of the loudest window's energy: 30 dB.
    private static let threshold: Float = 1e-3

    /// - Parameters:
    ///   - tune: The music at the speech's rate.
    ///   - speech: The whole speech.
    package init(_ music: Music, tune: [Float], speech: SoundSource) throws {
        self.music = music
        self.tune = tune
        sampleRate = speech.sampleRate
        total = speech.sampleCount
        window = max(1, Int(Self.windowSeconds * Double(sampleRate)))
        var energies: [Float] = []
        var sum: Float = 0
        var count = 0
        let window = window
        try speech.forEachPiece { samples in
            for sample in samples {
                sum += sample * sample
                count += 1
                if count == window {
                    energies.append(sum)
                    (sum, count) = (0, 0)
                }
            }
        }
        energies.append(sum)
        let limit = (energies.max() ?? 0) * Self.threshold
        let isLoud = energies.map { limit > 0 && $0 >= limit }
        var speaks = isLoud
        // Before speech the music goes down, after it it waits.
        var left = 0
        for index in isLoud.indices {
            left = isLoud[index] ? Int(Self.holdSeconds / Self.windowSeconds) : max(0, left - 1)
            speaks[index] = speaks[index] || left > 0
        }
        left = 0
        for index in isLoud.indices.reversed() {
            left = isLoud[index] ? Int(Self.rampSeconds / Self.windowSeconds) : max(0, left - 1)
            speaks[index] = speaks[index] || left > 0
        }
        self.speaks = speaks
        gain = speaks.first == true ? Self.factor(-music.duck) : 1
    }

    private static func factor(_ decibels: Double) -> Float { Float(pow(10, decibels / 20)) }

    /// Returns the next samples of the speech with the music under them.
    package mutating func mixed(_ speech: [Float]) -> [Float] {
        guard !tune.isEmpty else { return speech }
        let level = Self.factor(music.level)
        let low = Self.factor(-music.duck)
        let step = (1 - low) / Float(max(1, Int(Self.rampSeconds * Double(sampleRate))))
        let fade = max(1, Int(music.fade * Double(sampleRate)))
        var mixed = speech
        for index in mixed.indices {
            let isDown = speaks[min(position / window, speaks.count - 1)]
            gain = isDown ? max(low, gain - step) : min(1, gain + step)
            let ends = Float(min(position, total - 1 - position))
            let edge = music.fade > 0 ? max(0, min(1, ends / Float(fade))) : 1
            if music.loop || position < tune.count {
                mixed[index] += tune[position % tune.count] * level * gain * edge
            }
            position += 1
        }
        return mixed
    }
}
