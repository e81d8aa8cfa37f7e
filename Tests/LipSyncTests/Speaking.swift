import AvatariumCore
import LipSync

/// Phones one after another, each `(ipa, seconds)`; "" is silence.
func timeline(_ phones: [(String, Double)], from start: Double = 0) -> PhoneTimeline {
    var time = start
    return PhoneTimeline(
        phones: phones.map { ipa, seconds in
            defer { time += seconds }
            return Phone(start: time, end: time + seconds, ipa: ipa)
        }, source: "test")
}

/// The face of a timeline with nothing but speech (and what `options` add).
func speak(
    _ timeline: PhoneTimeline, fps: Int = 60, seconds: Double? = nil,
    options: PerformanceOptions = PerformanceOptions(idle: false)
) -> FaceTrack {
    LipSync(options: options).faceTrack(
        for: timeline, durationSeconds: seconds ?? timeline.endSeconds + 0.3,
        frameRate: FrameRate(fps) ?? .fps30)
}

extension FaceTrack {
    /// Millimetres over neutral between the lips at a time, as a player shows it between two frames.
    func gap(at time: Double) -> Float {
        let position = time * frameRate.framesPerSecond
        let index = min(Int(position), frames.count - 1)
        let next = min(index + 1, frames.count - 1)
        let (a, b) = (
            ReferenceLips.gapOverNeutral(frames[index].shapes),
            ReferenceLips.gapOverNeutral(frames[next].shapes)
        )
        return a + (b - a) * Float(position - Double(index))
    }

    func frame(at time: Double) -> FaceFrame {
        frames[min(Int((time * frameRate.framesPerSecond).rounded()), frames.count - 1)]
    }
}

/// Speech-like noise: words of random sounds with pauses between them.
func babble(seed: UInt64, seconds: Double) -> PhoneTimeline {
    var generator = SeededGenerator(seed: seed)
    let consonants = [
        "p", "b", "m", "f", "v", "w", "s", "ʃ", "t", "n", "l", "k", "h", "ɹ", "j", "θ", "ʁ", "ɲ",
    ]
    let vowels = ["a", "i", "u", "ɛ", "ɔ", "ə", "y", "ø", "aɪ", "oʊ", "ɯ"]
    var phones: [(String, Double)] = [("", 0.2)]
    var total = 0.2
    var isVowel = false
    while total < seconds {
        let length: Double
        if generator.unit() < 0.06 {
            length = Double(generator.uniform(0.03, 0.6))
            phones.append(("", length))
        } else {
            let choices = isVowel ? vowels : consonants
            length = Double(isVowel ? generator.uniform(0.06, 0.25) : generator.uniform(0.03, 0.14))
            phones.append((choices[Int(generator.next() % UInt64(choices.count))], length))
            isVowel = generator.unit() < 0.15 ? isVowel : !isVowel
        }
        total += length
    }
    return timeline(phones)
}
