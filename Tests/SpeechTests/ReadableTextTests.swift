import AvatariumCore
import Phonetics
import Speech
import SpeechTestSupport
import Testing

/// Scripts, styles and markup of texts: who can read what, and what is said where nobody can.
@Suite struct ReadableTextTests {
    private let engine = ESpeakEngine()

    @Test(arguments: [
        ("你好，我叫李明。", "cmn-latn-pinyin"), ("こんにちは", "ja"), ("안녕하세요", "ko"), ("Привет, мир", "ru"),
        ("Їжак і ґава", "uk"), ("سلام عليكم", "ar"), ("آپ کیسے ہیں؟ ٹھیک", "ur"), ("Γεια σου κόσμε", "el"),
        ("नमस्ते दुनिया", "hi"), ("שלום עולם", "he"), ("გამარჯობა", "ka"),
    ])
    func `without a voice the script chooses one`(text: String, voice: String) async throws {
        let speech = try await engine.synthesize(text)
        #expect(speech.diagnostics.map(\.code) == ["VOICE_CHOSEN_BY_SCRIPT"])
        let named = try await engine.synthesize(text, options: SpeechOptions(voice: voice))
        #expect(speech.audio == named.audio)
        #expect(named.diagnostics.isEmpty)
    }

    @Test(arguments: [
        ("en-us", "你好", "cmn"), ("de", "Привет", "ru"), ("ja", "漢字", "kana"), ("ko", "漢字 漢字", "cmn"),
        ("en-us", "ສະບາຍດີ", "Latin"), ("fr", "مرحبا بكم", "ar"),
    ])
    func `a voice that cannot read a text refuses it and names those that can`(
        voice: String, text: String, remedy: String
    ) async {
        let error = await failure {
            _ = try await engine.synthesize(text, options: SpeechOptions(voice: voice))
        }
        #expect(error?.code == .ttsVoiceNotFound)
        #expect(error?.message.contains(remedy) == true, "\(error?.message ?? "")")
    }

    @Test func `a few letters that the voice cannot read are a warning`() async throws {
        let speech = try await engine.synthesize("My friend is called 李明明 and lives in Berlin, I think.")
        #expect(speech.diagnostics.map(\.code) == ["TEXT_NOT_READABLE"])
        let greek = try await engine.synthesize("The ratio π is a number.")
        #expect(greek.diagnostics.isEmpty)
    }

    @Test(arguments: ["ＨＥＬＬＯ １２３", "𝓗𝓔𝓛𝓛𝓞 𝟙𝟚𝟛", "ⒽⒺⓁⓁⓄ ①②③"])
    func `letters of styles are spoken as plain ones and shown as they were written`(text: String)
        async throws
    {
        let plain = try await engine.synthesize("HELLO 123")
        let styled = try await engine.synthesize(text)
        #expect(styled.audio == plain.audio)
        #expect(styled.timeline.phones == plain.timeline.phones)
        #expect(styled.timeline.words.map(\.text) == text.split(separator: " ").map(String.init))
        let segments = try ESpeakPronouncer().segments(
            of: String(text.prefix { $0 != " " }), language: "en-us")
        #expect(segments.map(\.ipa) == ["h", "ə", "l", "oʊ"])
    }

    @Test func `letters with marks of their own are one letter`() async throws {
        let composed = try await engine.synthesize("Schöne Grüße", options: SpeechOptions(voice: "de"))
        let text = "Scho\u{308}ne Gru\u{308}ße"
        let decomposed = try await engine.synthesize(text, options: SpeechOptions(voice: "de"))
        #expect(decomposed.audio == composed.audio)
        #expect(decomposed.timeline.words.map(\.text) == ["Schöne", "Grüße"])
    }

    @Test func `words that the language cannot read get a neutral mouth`() throws {
        let segments = try ESpeakPronouncer().segments(of: "你好", language: "en-us")
        #expect(segments.map(\.ipa) == ["ə", "ə"])
        let kanji = try ESpeakPronouncer().segments(of: "漢", language: "ja")
        #expect(kanji.map(\.ipa) == ["ə"])
    }

    @Test(arguments: [
        ("<speak>Hello <break time='1s'/> you</speak>", true), ("Hello <break time=\"1s\"/> you", true),
        ("say <emphasis>this</emphasis>", true), ("3 < 4 and 5 > 2", false), ("I <3 you", false),
        ("a <b>bold</b> word", false), ("plain", false),
    ])
    func `a plain text that looks like SSML is a hint`(text: String, isLikely: Bool) async throws {
        let speech = try await engine.synthesize(text)
        #expect(speech.diagnostics.map(\.code) == (isLikely ? ["TEXT_LOOKS_LIKE_SSML"] : []))
    }

    @Test func `a pause among letters with dots stands behind a dot`() {
        for letters in ["A.B.C.", "U.S.A.", "a. ", "a . ", "x."] {
            let sent = ESpeakText(String(repeating: letters, count: 80), voice: "en-us").sent
            #expect(sent.contains(" - ") && !sent.contains("- ."), "\(sent.prefix(80))")
            let runs = sent.components(separatedBy: " - ").map { run in run.count(where: \.isLetter) }
            #expect(runs.allSatisfy { $0 <= 16 })
        }
        let usual = "The U.S.A. and the U.K., e.g. J. R. R. Tolkien, version 1.2.3.4 at 192.168.1.1."
        #expect(ESpeakText(usual, voice: "en-us").sent == usual)
        // Places where a line may break are not sent, but between words of Thai.
        #expect(ESpeakText("ol\u{200B}e\u{301} so\u{AD}me", voice: "fr-fr").sent == "olé some")
        #expect(ESpeakText("ไทย\u{200B}ไทย", voice: "th").sent.unicodeScalars.contains("\u{200B}"))
    }

    /// Steps of work, not time: what is sent grows as the text does.
    @Test func `cutting long runs adds little`() {
        for text in [
            String(repeating: "a", count: 20_000), String(repeating: "한", count: 5000),
            String(repeating: "\u{1F600}", count: 5000), String(repeating: "e\u{301}\u{302}", count: 5000),
        ] {
            let sent = ESpeakText(text, voice: "en-us")
            #expect(sent.sent.unicodeScalars.count <= text.unicodeScalars.count * 11 / 8 + 3)
            #expect(String(String.UnicodeScalarView(sent.written)) == text)
            let longest = sent.sent.split(separator: " ").map { $0.unicodeScalars.count }.max() ?? 0
            #expect(longest <= 80)
        }
    }
}
