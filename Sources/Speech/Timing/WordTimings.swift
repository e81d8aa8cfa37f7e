import AvatariumCore

/// Forms that hold only words: pronounced by espeak-ng, their time shared out by typical lengths of sounds.
enum WordTimings {
    static let defaultLanguage = "en-us"

    static func timeline(
        _ words: [TimedWord], source: TimingSource, form: String
    ) throws -> PhoneTimeline {
        guard !words.isEmpty else {
            throw source.error("it holds no words; give at least one")
        }
        guard words.count <= TimelineBuilder.maximumSymbols else {
            throw source.error("it holds more than \(TimelineBuilder.maximumSymbols) words; split it")
        }
        let timed = try TimelineBuilder(source: source, form: form).words(words)
        let language = source.language ?? defaultLanguage
        var phones: [Phone] = []
        for (index, word) in timed.enumerated() where word.end > word.start {
            let segments = try Pronunciation.segments(of: word.text, language: language)
            let shares = PhoneDurations.shares(of: segments.map(\.ipa), stresses: segments.map(\.stress))
            var at = word.start
            for (segment, share) in zip(segments, shares) {
                let end = at + share * (word.end - word.start)
                phones.append(
                    Phone(
                        start: at, end: end, ipa: segment.ipa, stress: segment.stress, wordIndex: index,
                        confidence: 0.5))
                at = end
            }
            if !segments.isEmpty { phones[phones.count - 1].end = word.end }
        }
        return PhoneTimeline(phones: phones, words: timed, source: form)
    }
}
