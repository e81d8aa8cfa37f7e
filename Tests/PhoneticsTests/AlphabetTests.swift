import Phonetics
import Testing

@Suite struct AlphabetTests {
    @Test(arguments: [
        (["M", "AE1", "N", "{NS}"], Alphabet.arpabet), (["SH", "IH1", "P", "PT"], .arpabet),
        (["m", "æ", "n"], .ipa),
        (["m", "{", "n", "@"], .xsampa), (["h", "ə", "l", "əʊ", "spn"], .ipa),
        (["sh", "iy", "ae"], .arpabet),
        (["sil", "sp"], .ipa), (["b", "a", "n", "t"], .xsampa),
    ])
    func `most labels decide on the alphabet`(labels: [String], alphabet: Alphabet) {
        #expect(Alphabet.detect(labels) == alphabet)
    }

    @Test(arguments: [
        "sil", "{NS}", "{BR}", "h#", "<p:>", "[noise]", "(pause)", "+BREATH+", "ns", "lg", "", "#",
    ])
    func `marks of noise and silence are silence`(label: String) {
        #expect(Alphabet.isSilence(label))
        #expect(Alphabet.arpabet.segments(of: label) == [] || label == "#")
        #expect(Alphabet.ipa.segments(of: label) == [])
    }

    @Test(arguments: ["spn", "<unk>", "oov_S", "SPN", "[UNK]"])
    func `marks of unknown words are a neutral phone`(label: String) {
        for alphabet in [Alphabet.ipa, .arpabet, .xsampa, .espeak] {
            #expect(alphabet.segments(of: label)?.map(\.ipa) == ["ə"])
        }
    }

    @Test func `X-SAMPA keeps its own brackets`() {
        #expect(Alphabet.xsampa.segments(of: "{")?.map(\.ipa) == ["æ"])
        #expect(Alphabet.xsampa.segments(of: "k{}")?.map(\.ipa).joined() == "kæʉ")
    }

    @Test func `ARPABET without spaces is read apart`() {
        #expect(Alphabet.arpabet.parts(of: "PT")?.map(\.ipa) == ["p", "t"])
        #expect(Alphabet.arpabet.parts(of: "AA1R")?.map(\.ipa) == ["ɑ", "ɹ"])
        #expect(Alphabet.arpabet.parts(of: "QX") == nil)
        #expect(Alphabet.ipa.parts(of: "PT") == nil)
    }
}

@Suite struct ScriptTests {
    @Test(arguments: [
        ("hello", nil), ("你好", "cmn"), ("お手伝い", "ja"), ("привет", "ru"), ("مرحبا", "ar"), ("สวัสดี", "th"),
        ("γειά", "el"), ("שלום", "he"), ("नमस्ते", "hi"), ("키스", "ko"), ("გამარჯობა", "ka"), ("12 %", nil),
        ("Das Wort 你好 heisst hallo", nil),
    ])
    func `most letters decide on the language`(text: String, language: String?) {
        #expect(ScriptCensus.language(of: text) == language)
    }

    @Test(arguments: [
        ("ＨＥＬＬＯ １２３", "HELLO 123"), ("𝐇𝐢 𝓽𝓱𝓮𝓻𝓮", "Hi there"), ("ﬁne", "fine"), ("½ café…", "½ café…"),
        ("a\u{FFFD}b\u{200E}", "ab"), ("ｶﾅ", "カナ"),
    ])
    func `styled letters become plain ones`(text: String, plain: String) {
        #expect(text.withPlainLetters == plain)
    }

    @Test(arguments: [
        ("de", "de"), ("deu", "de"), ("ger", "de"), ("German", "de"), ("en", "en-us"), ("english", "en-us"),
        ("en_GB", "en-gb"), ("nn", "nb"), ("zh", "cmn"), ("zh-HK", "yue"), ("jpn", "ja"), ("pt-BR", "pt-br"),
    ])
    func `names of languages become tags`(name: String, tag: String) {
        #expect(LanguageNames.tag(name) == tag)
    }

    @Test(arguments: [
        ("Dr", true), ("e.g", true), ("J", true), ("I", false), ("house", false), ("p.m", true),
    ])
    func `abbreviations end no sentence`(word: String, isKnown: Bool) {
        #expect(Abbreviations.contains(word) == isKnown)
    }
}
