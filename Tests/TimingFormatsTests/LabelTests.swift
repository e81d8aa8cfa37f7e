import AvatariumCore
import SpeechTestSupport
import Testing
import TimingFormats

/// Labels of phones and words: alphabets, marks of aligners, units, speakers.
@Suite struct LabelTests {
    /// A TextGrid in its short form with one tier per argument, 0.1 s per label.
    private func grid(_ tiers: (String, [String])...) -> String {
        let most = Double(tiers.map(\.1.count).max() ?? 0) / 10
        var text =
            "File type = \"ooTextFile\"\nObject class = \"TextGrid\"\n\n0\n\(most)\n<exists>\n\(tiers.count)\n"
        for (name, labels) in tiers {
            text += "\"IntervalTier\"\n\"\(name)\"\n0\n\(most)\n\(labels.count)\n"
            for (index, label) in labels.enumerated() {
                let step = most / Double(labels.count)
                text += "\(Double(index) * step)\n\(Double(index + 1) * step)\n\"\(label)\"\n"
            }
        }
        return text
    }

    @Test(arguments: [
        (["M", "AE1", "N", "{NS}"], ["m", "æ", "n", ""]),
        (["SH", "IH1", "P", "PT"], ["ʃ", "ɪ", "p", "p", "t"]),
        (["B", "AA1", "B", "IY0", "R", "IH1", "PT"], ["b", "ɑ", "b", "i", "ɹ", "ɪ", "p", "t"]),
        (
            ["sil", "HH", "AH0", "L", "OW1", "sp", "{NS}", "{LG}", "{BR}", "ns", "lg", "cg"],
            ["", "h", "ʌ", "l", "oʊ", ""]
        ),
        (["h#", "sh", "iy", "hv", "ae", "dcl", "d", "h#"], ["", "ʃ", "i", "ɦ", "æ", "d", "d", ""]),
    ])
    func `one odd label does not turn the alphabet`(labels: [String], phones: [String]) throws {
        let file = try file(grid(("phone", labels)))
        var merged: [String] = []
        for phone in file.timeline.phones where !(phone.isSilence && merged.last == "") {
            merged.append(phone.ipa)
        }
        #expect(merged == phones)
        #expect(file.has("TIMING_LABEL_UNKNOWN") == labels.contains("PT"))
        if labels.contains("PT") { #expect(file.diagnostics.contains { $0.message.contains("'PT'") }) }
    }

    @Test func `labels that are mostly of no alphabet are refused`() async {
        let error = await failure {
            _ = try file(
                #"{"alphabet":"arpabet","phones":[{"start":0,"end":0.1,"phone":"M"},{"start":0.1,"end":0.2,"phone":"QX"}]}"#
            )
        }
        #expect(error?.context["field"] == "/phones/1")
    }

    @Test(arguments: ["spn", "<unk>", "[UNK]", "oov_S"]) func `an unknown word is one neutral phone`(
        label: String
    ) throws {
        let phones = ["h", "ə", "l", "əʊ", label, ""]
        let file = try file(
            grid(("words", ["hello", "hello", "hello", "hello", "<unk>", ""]), ("phones", phones)))
        #expect(file.timeline.phones[4].ipa == "ə")
        #expect(!file.words.contains("<unk>"))
    }

    @Test func `an unknown phone of a known word is that word's pronunciation`() throws {
        let file = try file(grid(("words", ["he", "pat"]), ("phones", ["hh", "iy1", "spn", "spn"])))
        #expect(file.timeline.phones.map(\.ipa).joined().contains("pæt"))
    }

    @Test func `words that Gentle does not know are pronounced in their time`() throws {
        let file = try file(
            #"{"transcript":"he was blorp","words":[{"alignedWord":"he","case":"success","start":0.1,"end":0.3,"word":"he","#
                + #""phones":[{"phone":"hh_B","duration":0.1},{"phone":"iy_E","duration":0.1}]},"#
                + #"{"case":"not-found-in-audio","word":"was"},"#
                + #"{"alignedWord":"<unk>","case":"success","start":0.6,"end":0.9,"word":"blorp","phones":[{"phone":"oov_S","duration":0.3}]}]}"#
        )
        expectClean(file.timeline)
        #expect(file.words == ["he", "was", "blorp"])
        #expect(file.timeline.spoken(0.6, 0.9).hasPrefix("bl"))
        #expect(file.timeline.spoken(0.3, 0.6).hasPrefix("w"))
    }

    @Test func `labels of words are pronounced`() throws {
        let file = try file("0.000000\t0.500000\thello there\n0.500000\t1.000000\tmy friend\n")
        #expect(file.words == ["hello", "there", "my", "friend"])
        #expect(file.spoken.hasPrefix("h"))
        let timit = try file_("7812 9507 she\n9507 11077 had\n11077 16000 your dark\n", name: "sa1.wrd")
        #expect(timit.words == ["she", "had", "your", "dark"])
        #expect(abs(timit.timeline.words[0].start - 0.48825) < 1e-9)
    }

    private func file_(_ text: String, name: String) throws -> TimingFile { try file(text, name: name) }

    @Test func `TIMIT counts samples and HTK counts ticks`() throws {
        let timit = try file(
            "0 3050 h#\n3050 4559 sh\n4559 5723 ix\n5723 6642 hv\n6642 8772 eh\n8772 9190 dcl\n")
        #expect(abs(timit.timeline.phones[1].start - 0.190625) < 1e-9)
        #expect(!timit.has("TIMING_UNIT"))
        let htk = try file("0 1000000 sil\n1000000 2500000 m\n2500000 4000000 aa\n")
        #expect(htk.timeline.phones[2].end == 0.4)
    }

    @Test func `two speakers are merged by time or chosen`() throws {
        let text = grid(
            ("anna - words", ["may", "", "", ""]),
            ("anna - phones", ["M", "EY1", "sil", "sil", "sil", "sil", "sil", "sil"]),
            ("bob - words", ["", "", "be", ""]),
            ("bob - phones", ["sil", "sil", "sil", "sil", "B", "IY1", "sil", "sil"]))
        let both = try file(text)
        #expect(both.words == ["may", "be"])
        #expect(both.timeline.phones.map(\.ipa) == ["m", "eɪ", "b", "i"])
        #expect(both.timeline.phones.map(\.wordIndex) == [0, 0, 1, 1])
        #expect(both.has("TIMING_SPEAKERS"))
        #expect(try file(text, speaker: "bob").words == ["be"])
    }
}

/// Times are seconds unless they cannot be.
@Suite struct UnitTests {
    @Test func `milliseconds are recognised`() throws {
        let words = try file(
            #"{"words":[{"text":"Hello","start":250,"end":650},{"text":"there","start":730,"end":1022}]}"#)
        #expect(words.starts == [0.25, 0.73])
        #expect(
            words.diagnostics.contains { $0.code == "TIMING_UNIT" && $0.message.contains("milliseconds") })
        let phones = try file(
            #"{"phones":[{"start":0,"end":90,"phone":"m"},{"start":90,"end":200,"phone":"a"},{"start":200,"end":280,"phone":"p"}]}"#
        )
        #expect(phones.timeline.endSeconds == 0.28)
    }

    @Test func `hundredths of a second are recognised`() throws {
        let file = try file(
            #"[{"start":0,"stop":62,"text":" Hello world."},{"start":62,"stop":169,"text":" Good bye."}]"#)
        #expect(file.timeline.words[2].start == 0.62)
        #expect(file.diagnostics.contains { $0.message.contains("hundredths") })
    }

    @Test func `slow speech in whole seconds stays in seconds`() throws {
        let file = try file(
            #"{"words":[{"word":"one","start":0,"end":1},{"word":"two","start":3,"end":4},{"word":"three","start":6,"end":8}]}"#
        )
        #expect(file.starts == [0, 3, 6])
        #expect(!file.has("TIMING_UNIT"))
        // Whisper's phrase over 30 s of silence.
        #expect(try file_(#"{"segments":[{"start":0,"end":30,"text":" you"}]}"#).starts == [0])
    }

    private func file_(_ text: String) throws -> TimingFile { try file(text) }

    @Test func `what fits the audio is in seconds`() throws {
        let file = try file(
            #"{"words":[{"word":"one","start":0,"end":60},{"word":"two","start":60,"end":120}]}"#, audio: 121)
        #expect(file.starts == [0, 60])
    }

    @Test func `sample numbers need the audio`() async throws {
        let text =
            #"{"words":[{"word":"hello","start":0,"end":11025},{"word":"mother","start":11025,"end":22050},{"word":"again","start":22050,"end":33075}]}"#
        let error = await failure { _ = try file(text) }
        #expect(error?.message.contains("sample") == true)
        let read = try file_(text, audio: 1.5)
        #expect(read.starts == [0, 0.5, 1])
    }

    private func file_(_ text: String, audio: Double) throws -> TimingFile { try file(text, audio: audio) }

    @Test func `curves in milliseconds are recognised`() throws {
        let file = try file("time,jawOpen\n0,0.1\n33,0.5\n66,0.2\n")
        #expect(file.track.frames.count == 3)
        #expect(file.track.frames[1][.jawOpen] == 0.5)
        #expect(file.has("TIMING_UNIT"))
    }
}

/// The language in which words are pronounced.
@Suite struct LanguageTests {
    @Test func `the file's own language counts`() throws {
        let vtt = try file("WEBVTT\nKind: captions\nLanguage: de\n\n00:00.000 --> 00:02.000\nSchöne Grüße\n")
        #expect(vtt.spoken.hasPrefix("ʃøːnə"))
        let scribe = try file(
            #"{"language_code":"deu","words":[{"text":"Schöne","start":0.1,"end":0.5,"type":"word"}]}"#)
        #expect(scribe.spoken.hasPrefix("ʃøːnə"))
        let nynorsk = try file(#"{"language":"nn","words":[{"word":"sju","start":0,"end":1}]}"#)
        #expect(!nynorsk.spoken.contains("dʒ"))
        #expect(nynorsk.has("TIMING_LANGUAGE"))
        let given = try file(
            #"{"language":"de","words":[{"word":"mother","start":0,"end":1}]}"#, language: "en-us")
        #expect(given.spoken == "mʌðɚ")
    }

    @Test func `a language without a voice is said`() throws {
        let file = try file(#"{"language":"tlh","words":[{"word":"hello","start":0,"end":1}]}"#)
        #expect(file.has("TIMING_LANGUAGE"))
        #expect(file.spoken.hasPrefix("h"))
    }

    @Test(arguments: [("你好", "t͡ʃ"), ("مرحبا", "miːm"), ("привет", "kə"), ("สวัสดี", "leɾ")])
    func `a script chooses its language`(text: String, spelled: String) throws {
        let file = try file("{\"words\":[{\"word\":\"\(text)\",\"start\":0,\"end\":1}]}")
        // Spelled letter by letter, "Chinese letter" has more than ten phones.
        #expect(file.timeline.phones.count <= 10, "\(file.spoken)")
        #expect(file.has("TIMING_LANGUAGE"))
    }

    @Test func `romanised alignments of Chinese are not read as English`() throws {
        let file = try file(
            #"{"alignment":{"characters":["你","好"],"character_start_times_seconds":[0,0.5],"character_end_times_seconds":[0.5,1]},"#
                + #""normalized_alignment":{"characters":["n","i","3"," ","h","a","o","3"],"character_start_times_seconds":[0,0.1,0.2,0.4,0.5,0.6,0.7,0.8],"#
                + #""character_end_times_seconds":[0.1,0.2,0.4,0.5,0.6,0.7,0.8,1]}}"#)
        #expect(file.words == ["你好"])
        #expect(!file.spoken.contains("θ"))
    }

    @Test func `kanji have neutral mouths in Japanese`() throws {
        let file = try file(
            #"{"word_timestamps":{"words":["こ","ん","に","手","伝"],"start":[0,0.1,0.2,0.3,0.4],"end":[0.1,0.2,0.3,0.4,0.5]}}"#
        )
        #expect(file.timeline.spoken(0.3, 0.5) == "əə")
        #expect(file.has("TIMING_SCRIPT"))
    }

    @Test func `full-width and mathematical letters are letters`() throws {
        let file = try file(
            "{\"words\":[{\"word\":\"ＭＯＴＨＥＲ\",\"start\":0,\"end\":1},{\"word\":\"𝐦𝐲\",\"start\":1,\"end\":2}]}"
        )
        #expect(file.timeline.spoken(0, 1) == "mʌðɚ")
        #expect(file.timeline.spoken(1, 2) == "maɪ")
    }
}
