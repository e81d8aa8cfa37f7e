import AvatariumCore
import Foundation
import Speech
import SpeechTestSupport
import Testing

/// SSML as hostile input, and as people write it.
@Suite struct MarkupTests {
    private let engine = ESpeakEngine()

    private func speak(_ ssml: String) async throws -> Utterance {
        try await engine.synthesize(ssml, options: SpeechOptions(ssml: true))
    }

    private func words(_ ssml: String) async throws -> [String] {
        try await speak(ssml).timeline.words.map(\.text)
    }

    /// espeak-ng plays what `<audio>` names, and converts it by a shell command that holds the name.
    @Test func audioPlaysNoFileAndRunsNoCommand() async throws {
        let folder = NSTemporaryDirectory() + "avatarium-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/y$(touch${IFS}MADE)"
        try Data("hello".utf8).write(to: URL(fileURLWithPath: file))
        for tag in ["audio", "AUDIO", "audio\n"] {
            for source in [file, "/etc/passwd", "/dev/zero", String(repeating: "a", count: 10_000)] {
                let speech = try await speak("<speak><\(tag) src=\"\(source)\">bell</audio> rings</speak>")
                #expect(speech.timeline.words.map(\.text) == ["bell", "rings"])
                #expect(speech.diagnostics.map(\.code) == ["SSML_AUDIO_LEFT_OUT"])
            }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.count == 1)
        #expect(!FileManager.default.fileExists(atPath: "MADE"))
    }

    @Test(arguments: [
        ("<speak><![CDATA[Tom & Jerry]]> run</speak>", ["Tom", "&", "Jerry", "run"]),
        (
            "<?xml version='1.0'?><!DOCTYPE speak PUBLIC 'a' 'b'><speak>one<!-- two -->three</speak>",
            ["onethree"]
        ),
        ("<speak>3 < 4 and AT&amp;T</speak>", ["3", "4", "and", "AT&T"]),
        ("<speak><desc>hidden</desc><metadata><x>y</x></metadata>said</speak>", ["said"]),
        ("<speak>a&#32;b&#x20;c</speak>", ["a", "b", "c"]),
        ("no root at all", ["no", "root", "at", "all"]),
    ])
    func textIsWhatXMLSaysItIs(_ ssml: String, _ expected: [String]) async throws {
        let found = try await words(ssml)
        #expect(found == expected)
    }

    @Test(arguments: [
        ("<speak>Hi <b>you", "column 17", "<b> is not closed"),
        ("<speak>\n<p>Hi</speak></p>", "line 2, column 6", "</p> is expected"),
        ("<speak>Hi</speak></speak>", "column 18", "not opened"),
        ("<speak a=b>Hi</speak>", "column 1", "needs quotes"),
        ("<speak a='b>Hi</speak>", "column 1", "quote"),
        ("<speak>Hi<!-- </speak>", "column 10", "comment"),
        ("<speak>Hi<![CDATA[ </speak>", "column 10", "CDATA"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><speak>&b;</speak>", "column 1", "DOCTYPE"),
        (String(repeating: "<p>", count: 20) + "Hi", "column 46", "nested"),
    ])
    func markupThatIsNotWellFormedNamesItsPlace(_ ssml: String, _ place: String, _ fact: String) async {
        let error = await #expect(throws: AvatariumError.self) { try await speak(ssml) }
        #expect(error?.code == .validationError)
        #expect(error?.message.contains(place) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(fact) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: ["de", "de-DE", "fr-FR", "es-ES", "zh-CN", "ja-JP", "pt-BR"])
    func languagesMayHaveRegions(_ language: String) async throws {
        let speech = try await speak("<speak><voice xml:lang='\(language)'>Tag mein</voice></speak>")
        let newer = try await speak("<speak><lang xml:lang='\(language)'>Tag mein</lang></speak>")
        #expect(newer.timeline.phones == speech.timeline.phones)
        #expect(speech.diagnostics.isEmpty && newer.diagnostics.isEmpty)
        let alone = try await engine.synthesize("Tag mein", options: SpeechOptions(voice: language))
        let english = try await engine.synthesize("Tag mein", options: SpeechOptions())
        func sounds(_ speech: Utterance) -> [String] {
            speech.timeline.phones.filter { !$0.isSilence }.map(\.ipa)
        }
        #expect(sounds(speech) == sounds(alone))
        #expect(sounds(speech) != sounds(english))
    }

    @Test func whatTheVoiceDoesNotKnowIsSaid() async throws {
        let speech = try await speak(
            "<speak><voice name='nobody'>Hello</voice> <phoneme alphabet='ipa' ph='x'>there</phoneme></speak>"
        )
        #expect(speech.timeline.words.map(\.text) == ["Hello", "there"])
        #expect(speech.diagnostics.map(\.code) == ["SSML_VOICE_UNKNOWN", "SSML_IGNORED"])
        #expect(speech.diagnostics[0].message.contains("nobody"))
    }

    private static let sample = """
        <?xml version="1.0"?><!-- a --><speak>Hello <break time="7ms"/><mark name="a"/>world <prosody rate="slow" \
        pitch="high">my <emphasis level="strong">dear</emphasis></prosody> <voice xml:lang="de" name="de">Tag</voice> \
        <say-as interpret-as="characters">bp</say-as> <sub alias="such">x</sub> &amp; <audio src="/a">b</audio> \
        <![CDATA[<audio src="c"/>]]> &lt;audio src="d"&#47;&gt;</speak>
        """

    private static func damaged(_ random: inout SeededGenerator) -> String {
        var bytes = Array(sample.utf8)
        let spice = Array("<>/\"'=&;!-[]? \u{0}\u{1}\naA9".utf8)
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = spice[Int.random(in: 0..<spice.count, using: &random)]
            case 1: bytes.remove(at: index)
            case 2:
                let end = min(bytes.count, index + Int.random(in: 1...40, using: &random))
                bytes.insert(
                    contentsOf: bytes[index..<end], at: Int.random(in: 0..<bytes.count, using: &random))
            default: bytes.insert(spice[Int.random(in: 0..<spice.count, using: &random)], at: index)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        arguments: [
            ("1.5s", "1500ms"), (" +250 MS ", "250ms"), (".5s", "500ms"), ("1e3s", nil), ("1s1", nil),
            ("-1s", nil),
            ("1..5s", nil), ("5", nil), ("s", nil), ("", nil), ("999999s", "600000ms"),
            (String(repeating: "1", count: 100_000) + "s", nil), ("1.s", nil),
        ] as [(String, String?)])
    func `times of breaks are read by hand`(time: String, milliseconds: String?) throws {
        let markup = ESpeakMarkup(try SSMLDocument("<break time=\"\(time)\"/>"), voice: "en-us") { $0 }
        #expect(markup.text.sent == (milliseconds.map { "<break time=\"\($0)\"/>" } ?? "<break/>"))
    }

    /// 100,000 pieces take seconds where anything is worse than linear; the bound is on what is made, not on time.
    @Test(arguments: [
        "a < b ", "<break time=\"1ms\"/>", "<!-- x -->y", "&#32;<", "<s>x</s>", "<voice name='q'>x</voice>",
    ])
    func `thousands of pieces are read once`(piece: String) throws {
        let text = "<speak>" + String(repeating: piece, count: 50_000) + "</speak>"
        let markup = try SSMLDocument(text)
        #expect(markup.pieces.count <= 2 + 3 * 50_000)
        let safe = ESpeakMarkup(markup, voice: "en-us") { $0 == "q" ? nil : $0 }
        #expect(safe.text.sent.utf8.count <= 8 * text.utf8.count)
        #expect(safe.diagnostics.count <= 20)
        _ = GoogleMarks(ssml: markup)
    }

    /// Whatever comes in: espeak-ng sees the elements that it may, short, and nothing of `<audio>`.
    @Test func onlyKnownElementsReachTheEngine() throws {
        let known: Set<String> = [
            "speak", "p", "s", "voice", "prosody", "emphasis", "break", "say-as", "sub",
        ]
        var random = SeededGenerator(seed: 7)
        var read = 0
        for _ in 0..<20_000 {
            let text = Self.damaged(&random)
            guard let markup = try? SSMLDocument(text) else { continue }
            read += 1
            _ = markup.plainText
            let safe = ESpeakMarkup(markup, voice: "en-us") { $0 }.text.sent
            for tag in safe.split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
                let end = try #require(tag.firstIndex(of: ">"))
                let name = tag[..<end].drop { $0 == "/" }.prefix { !$0.isWhitespace && $0 != "/" }
                #expect(known.contains(String(name)) && end.utf16Offset(in: tag) < 480, "\(text)")
            }
        }
        #expect(read > 1000)
    }

    @Test func survivesDamage() async throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<150 {
            do {
                _ = try await speak(Self.damaged(&random))
            } catch let error as AvatariumError {
                #expect([.validationError, .ttsFailed].contains(error.code))
            }
        }
    }
}
