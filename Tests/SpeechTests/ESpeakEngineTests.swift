import AvatariumCore
import Foundation
import Speech
import SpeechTestSupport
import Testing

@Suite struct ESpeakEngineTests {
    let engine = ESpeakEngine()

    @Test func speaksWithThePhonesWordsAndStressOfTheText() async throws {
        let speech = try await engine.synthesize("Hello, my mother.", options: SpeechOptions())
        #expect(speech.audio.sampleRate == 22_050)
        #expect(speech.audio.durationSeconds > 0.8)
        expectClean(speech.timeline)
        #expect(speech.timeline.words.map(\.text) == ["Hello", "my", "mother"])
        let spoken = speech.timeline.phones.filter { !$0.isSilence }
        #expect(spoken.map(\.ipa) == ["h", "ə", "l", "oʊ", "m", "aɪ", "m", "ʌ", "ð", "ɚ"])
        #expect(spoken.first { $0.ipa == "oʊ" }?.stress == 1)
        #expect(spoken.first { $0.ipa == "ʌ" }?.stress == 1)
        #expect(spoken.map { $0.wordIndex ?? -1 } == [0, 0, 0, 0, 1, 1, 2, 2, 2, 2])
        #expect(speech.timeline.endSeconds <= speech.audio.durationSeconds + 1e-9)
    }

    @Test func theSameTextSoundsTheSameWhateverWasSpokenBefore() async throws {
        let text = "Bob made a map of the harbour."
        let first = try await engine.synthesize(text, options: SpeechOptions())
        _ = try await engine.synthesize("Seven seals swam softly.", options: SpeechOptions())
        _ = try await engine.synthesize("Guten Tag.", options: SpeechOptions(voice: "de"))
        let again = try await engine.synthesize(text, options: SpeechOptions())
        let sounds = first.audio.samples == again.audio.samples
        #expect(sounds)
        let phones = first.timeline == again.timeline
        #expect(phones)
    }

    @Test func voicelessStopsBeginAtTheirClosure() async throws {
        let speech = try await engine.synthesize("A happy paper.", options: SpeechOptions())
        for (index, phone) in speech.timeline.phones.enumerated() where phone.ipa == "p" && index > 0 {
            // The second half of the closure is silent: the burst comes after it.
            let rate = Double(speech.audio.sampleRate)
            let closure = speech.audio.samples[
                Int((phone.start + 0.012) * rate)..<Int((phone.start + 0.03) * rate)]
            let level = closure.reduce(0) { max($0, abs($1)) }
            #expect(level < 0.06)
        }
    }

    @Test func wordsKeepTheirTextBeyondASCII() async throws {
        let speech = try await engine.synthesize(
            "Größe, naïve Füße 😀 schön.", options: SpeechOptions(voice: "espeak:de"))
        #expect(speech.timeline.words.map(\.text).contains("Größe"))
        #expect(speech.timeline.words.last?.text == "schön")
        expectClean(speech.timeline)
    }

    /// A number is one word of many, with the phones of all of them.
    @Test(arguments: [
        (
            "In 1999 we paid $5.50, or 3%, at 12:30.",
            ["In", "1999", "we", "paid", "$5.50", "or", "3%", "at", "12:30"]
        ),
        ("Twenty-five well-known people's e-mails.", ["Twenty-five", "well-known", "people's", "e-mails"]),
        (
            "Call 555-1234 \u{2014} the 21st of 1,234,567!",
            ["Call", "555-1234", "the", "21st", "of", "1,234,567"]
        ),
    ])
    func wordsAreThoseThatAreWritten(_ text: String, _ words: [String]) async throws {
        let timeline = try await engine.synthesize(text, options: SpeechOptions()).timeline
        #expect(timeline.words.map(\.text) == words)
        expectClean(timeline)
        #expect(timeline.phones.allSatisfy { $0.isSilence || $0.wordIndex != nil })
    }

    /// espeak-ng says "to be", "I am", "has been", "in the" as one word and reports the first.
    @Test(arguments: [
        "To be or not to be, that is the question.", "I am ok",
        "It has been a long time in the house of the king",
        "What is it that you are of the", "One of the best of a lot of us, such as it is.",
        "He said (to be sure) \u{201C}of the\u{201D} \u{2014} in the end.",
    ])
    func `no written word is lost`(_ text: String) async throws {
        for isMarkup in [false, true] {
            let speech = try await engine.synthesize(
                isMarkup ? "<speak>\(text)<break time=\"9ms\"/></speak>" : text,
                options: SpeechOptions(ssml: isMarkup))
            let written = text.split { " \u{2014}".contains($0) }.map {
                $0.trimmingCharacters(in: .punctuationCharacters)
            }
            #expect(speech.timeline.words.map(\.text) == written)
            expectClean(speech.timeline)
            for (a, b) in zip(speech.timeline.words, speech.timeline.words.dropFirst()) {
                #expect(a.start < a.end && a.end <= b.start + 1e-9)
            }
        }
    }

    @Test func wordsOfScriptsWithoutSpacesStandAlone() async throws {
        let timeline = try await engine.synthesize("今天是2024年3月。", options: SpeechOptions(voice: "cmn"))
            .timeline
        #expect(timeline.words.map(\.text) == ["今", "天", "是", "2024", "年", "3", "月"])
    }

    /// espeak-ng reads whole numbers only and drops a break of 1.5 s.
    @Test(arguments: [
        ("1500ms", 1.5), ("1.5s", 1.5), (".5s", 0.5), ("+0.25s", 0.25), ("2s", 2), ("999999s", 600),
    ])
    func breaksLastAsLongAsTheySay(_ time: String, _ seconds: Double) async throws {
        func duration(_ pause: String) async throws -> Double {
            try await engine.synthesize(
                "<speak>Hello \(pause) there.</speak>", options: SpeechOptions(ssml: true)
            ).audio.durationSeconds
        }
        let short = try await duration("<break time=\"100ms\"/>")
        let long = try await duration("<break strength='strong' time='\(time)'/>")
        #expect(abs(long - short - (seconds - 0.1)) < 0.02)
    }

    @Test func longTextsDoNotDrift() async throws {
        let text = (1...40).map { "This is sentence number \($0), and nothing in it is special." }
            .joined(separator: " ")
        let speech = try await engine.synthesize(text, options: SpeechOptions())
        expectClean(speech.timeline)
        #expect(speech.timeline.words.count { $0.text == "sentence" } == 40)
        // The last sentence alone has the same rhythm as at the end of the long text.
        let alone = try await engine.synthesize(
            "This is sentence number 40, and nothing in it is special.", options: SpeechOptions())
        let offset = speech.audio.durationSeconds - alone.audio.durationSeconds
        let tail = speech.timeline.phones.suffix(alone.timeline.phones.count)
        for (long, short) in zip(tail, alone.timeline.phones) {
            #expect(long.ipa == short.ipa)
            #expect(abs(long.start - offset - short.start) < 0.015)
        }
    }

    @Test func fiveMinutesEndWithTheirSoundAndStreamTheSame() async throws {
        let text = (1...110).map { "Sentence number \($0) goes by, and my mother is happy." }
            .joined(separator: " ")
        let whole = try await engine.synthesize(text, options: SpeechOptions())
        #expect(whole.audio.durationSeconds > 300, "\(whole.audio.durationSeconds)")
        #expect(abs(whole.timeline.endSeconds - whole.audio.durationSeconds) < 0.010)
        var samples: [Float] = []
        var phones = whole.timeline.phones[...]
        for try await piece in engine.stream(text, options: SpeechOptions()) {
            let offset = Double(samples.count) / Double(piece.audio.sampleRate)
            for phone in piece.timeline.phones {
                let next = phones.popFirst()
                let same = try #require(next)
                #expect(same.ipa == phone.ipa && abs(same.start - offset - phone.start) < 1e-9)
            }
            samples += piece.audio.samples
        }
        #expect(phones.isEmpty)
        #expect(samples == whole.audio.samples)
    }

    @Test func streamsSentenceBySentence() async throws {
        var pieces = 0
        for try await piece in engine.stream("One. Two! Three?", options: SpeechOptions()) {
            pieces += 1
            #expect(piece.timeline.phones.first.map { $0.start < 0.2 } ?? false)
        }
        #expect(pieces == 3)
    }

    @Test func rateMakesItFaster() async throws {
        let slow = try await engine.synthesize("A quiet morning.", options: SpeechOptions(rate: 0.7))
        let fast = try await engine.synthesize("A quiet morning.", options: SpeechOptions(rate: 1.6))
        #expect(slow.audio.durationSeconds > fast.audio.durationSeconds * 1.5)
    }

    @Test(arguments: ["", " \n\t "]) func refusesEmptyText(text: String) async {
        let error = await failure { _ = try await engine.synthesize(text, options: SpeechOptions()) }
        #expect(error?.code == .validationError)
        #expect(error?.context["field"] == "/text")
    }

    @Test func saysSoWhereNothingCanBeSpoken() async {
        let error = await failure { _ = try await engine.synthesize("...", options: SpeechOptions()) }
        #expect(error?.code == .ttsFailed)
    }

    @Test func namesNearVoicesForAnUnknownOne() async {
        let error = await failure {
            _ = try await engine.synthesize("Hello", options: SpeechOptions(voice: "espeak:en-uss"))
        }
        #expect(error?.code == .ttsVoiceNotFound)
        #expect(error?.message.contains("en-us") == true)
    }

    @Test func refusesOptionsOutOfRange() async {
        for options in [SpeechOptions(rate: .nan), SpeechOptions(pitch: -1), SpeechOptions(volume: 9)] {
            let error = await failure { _ = try await engine.synthesize("Hi", options: options) }
            #expect(error?.code == .invalidConfig)
        }
    }

    @Test func listsVoicesWithIdsThatResolve() async throws {
        let voices = try await engine.voices()
        #expect(voices.count > 50)
        #expect(voices.contains { $0.id == "espeak:en-us" })
        for voice in voices { _ = try SpeechEngineRegistry.shared.resolve(voice: voice.id) }
    }

    @Test func timesSurviveSSML() async throws {
        let plain = try await engine.synthesize("Hello world", options: SpeechOptions())
        let ssml = """
            <speak>Hello <break time="700ms"/><mark name="here"/>world
            <prosody rate="slow" pitch="high">my <emphasis level="strong">mother</emphasis></prosody>
            <voice xml:lang="de">Guten Tag</voice> <say-as interpret-as="characters">bp</say-as></speak>
            """
        let speech = try await engine.synthesize(ssml, options: SpeechOptions(ssml: true))
        expectClean(speech.timeline)
        let words = speech.timeline.words.map(\.text)
        #expect(words.prefix(4) == ["Hello", "world", "my", "mother"])
        #expect(words.contains("Guten") && words.contains("Tag"))
        #expect(speech.timeline.phones.contains { $0.isSilence && $0.duration > 0.65 })
        #expect(speech.audio.durationSeconds > plain.audio.durationSeconds + 1.5)
        // The next text is spoken by its own voice again, and words are not spelled.
        let word = try ESpeakPronouncer().segments(of: "mother", language: "en-us")
        #expect(word.map(\.ipa) == ["m", "ʌ", "ð", "ɚ"])
        let after = try await engine.synthesize("Hello world", options: SpeechOptions())
        #expect(after.timeline.phones.map(\.ipa) == plain.timeline.phones.map(\.ipa))
    }

    @Test func controlCharactersAreNoCommands() async throws {
        let plain = try await engine.synthesize("Hello, my mother.", options: SpeechOptions())
        for code in (1...31).compactMap(Unicode.Scalar.init) {
            _ = try await engine.synthesize("a\(code)5s b\(code)", options: SpeechOptions())
            _ = try ESpeakPronouncer().segments(of: "c\(code)9U\(code)", language: "en-us")
        }
        let after = try await engine.synthesize("Hello, my mother.", options: SpeechOptions())
        #expect(after.timeline.words.map(\.text) == plain.timeline.words.map(\.text))
        #expect(after.timeline.phones.map(\.ipa) == plain.timeline.phones.map(\.ipa))
    }

    @Test func theSameTextIsTheSameSamplesWhateverElseSpeaks() async throws {
        struct Case: Hashable { var voice, text: String }
        // Whispering is made of noise; SSML and a second language leave settings behind; voices that only
        // pronounce queue commands in the library.
        let cases = [
            Case(voice: "en-us", text: "Hello, my mother is here."),
            Case(voice: "de", text: "Guten Morgen, meine Mutter backt Brot."),
            Case(voice: "en-us+whisper", text: "A whisper is made of noise."),
            Case(voice: "fr", text: "Bonjour, ma mère!"),
            Case(voice: "cmn", text: "你好 hello 妈妈。"),
            Case(
                voice: "en-us",
                text: "<speak><prosody rate='slow'>Slow</prosody> <say-as "
                    + "interpret-as='characters'>bp</say-as></speak>"),
        ]
        @Sendable func speak(_ item: Case) async throws -> Utterance {
            try await engine.synthesize(
                item.text, options: SpeechOptions(voice: item.voice, ssml: item.text.hasPrefix("<")))
        }
        var first: [Case: Utterance] = [:]
        for item in cases { first[item] = try await speak(item) }
        try await withThrowingTaskGroup(of: (Case, Utterance).self) { group in
            for round in 0..<20 {
                for item in cases {
                    group.addTask {
                        if round % 5 == 0 {
                            _ = try ESpeakPronouncer().segments(of: "mother", language: "es")
                        }
                        return (item, try await speak(item))
                    }
                }
            }
            for try await (item, speech) in group {
                #expect(speech.audio == first[item]?.audio, "\(item)")
                #expect(speech.timeline == first[item]?.timeline, "\(item)")
            }
        }
    }

    @Test func survivesNulAndControlCharacters() async throws {
        let speech = try await engine.synthesize("One\0two\u{7}three\u{200D}.", options: SpeechOptions())
        expectClean(speech.timeline)
    }
}
