import AvatariumCore
import SpeechTestSupport
import Testing
import TimingFormats

/// Captions show more than is said: each word is spoken once, at its own time.
@Suite struct CaptionTests {
    private static let youTube = """
        WEBVTT
        Kind: captions
        Language: en

        00:00:00.160 --> 00:00:03.429 align:start position:0%
        \u{20}
        people,<00:00:00.960><c> do</c><00:00:01.520><c> your</c><00:00:02.159><c> friends</c><00:00:02.560><c> think</c>

        00:00:03.429 --> 00:00:03.439 align:start position:0%
        people, do your friends think
        \u{20}

        00:00:03.439 --> 00:00:05.749 align:start position:0%
        people, do your friends think
        that<00:00:03.760><c> or</c><00:00:04.000><c> is</c><00:00:04.160><c> it</c><00:00:04.480><c> good</c>

        00:00:05.749 --> 00:00:05.759 align:start position:0%
        that or is it good
        \u{20}
        """

    @Test func `lines that roll up are spoken once at their own times`() throws {
        let file = try file(Self.youTube)
        #expect(
            file.words == ["people,", "do", "your", "friends", "think", "that", "or", "is", "it", "good"])
        #expect(file.starts == [0.16, 0.96, 1.52, 2.159, 2.56, 3.439, 3.76, 4, 4.16, 4.48])
        #expect(file.has("TIMING_REPEATED_CAPTIONS"))
    }

    @Test func `lines that roll up in SubRip are spoken once`() throws {
        let file = try file(
            """
            1
            00:00:00,160 --> 00:00:03,429
            people, do your friends think

            2
            00:00:03,429 --> 00:00:03,439
            people, do your friends think

            3
            00:00:03,439 --> 00:00:05,749
            people, do your friends think
            that or is it good

            4
            00:00:05,749 --> 00:00:05,759
            that or is it good
            """)
        #expect(file.words.joined(separator: " ") == "people, do your friends think that or is it good")
        #expect(file.timeline.words[5].start == 3.439)
    }

    @Test func `a cue that grows word by word is spoken once`() throws {
        let file = try file(
            """
            WEBVTT

            00:00.000 --> 00:01.000
            good morning

            00:01.000 --> 00:02.000
            good morning to all

            00:02.000 --> 00:03.000
            good morning to all of you
            """)
        #expect(file.words == ["good", "morning", "to", "all", "of", "you"])
        #expect(file.timeline.words[2].start == 1 && file.timeline.words[4].start == 2)
    }

    @Test func `what is really said twice is spoken twice`() throws {
        let file = try file(
            "1\n00:00:00,000 --> 00:00:01,000\nNo.\n\n2\n00:00:01,000 --> 00:00:02,000\nNo.\n\n"
                + "3\n00:00:03,000 --> 00:00:04,000\nNo way.\n")
        #expect(file.words == ["No.", "No.", "No", "way."])
        #expect(!file.has("TIMING_REPEATED_CAPTIONS"))
    }

    @Test(arguments: ["u", "b", "font color=\"#00ff00\"", "c.yellow"])
    func `captions that mark the word being said are spoken once`(mark: String) throws {
        let end = mark.prefix { $0.isLetter }
        func cue(_ start: Int, _ marked: Int?) -> String {
            let words = ["my", "mother", "bakes"].enumerated().map { index, word in
                index == marked ? "<\(mark)>\(word)</\(end)>" : word
            }
            return "00:0\(start).000 --> 00:0\(start + 1).000\n\(words.joined(separator: " "))\n\n"
        }
        let file = try file("WEBVTT\n\n" + cue(0, 0) + cue(1, nil) + cue(2, 1) + cue(3, 2))
        #expect(file.words == ["my", "mother", "bakes"])
        #expect(file.starts == [0, 2, 3])
        #expect(file.timeline.spoken(1, 2).isEmpty)
    }

    @Test func `descriptions, names and songs are not spoken`() throws {
        let file = try file(
            """
            1
            00:00:00,000 --> 00:00:02,000
            [MUSIC PLAYING]

            2
            00:00:02,000 --> 00:00:03,000
            ♪ la la la ♪

            3
            00:00:03,000 --> 00:00:05,000
            SPEAKER: (laughs) Hello there.

            4
            00:00:05,000 --> 00:00:06,000
            >> ANNA: Good day.

            5
            00:00:06,000 --> 00:00:07,000
            - (whispering) Come in.
            - At 10:30, DVD: 3 (or 4) are left.
            """)
        #expect(
            file.words == [
                "Hello", "there.", "Good", "day.", "Come", "in.", "At", "10:30,", "DVD:", "3", "(or", "4)",
                "are",
                "left.",
            ])
        #expect(file.timeline.spoken(0, 3).isEmpty)
        #expect(file.diagnostics.contains { $0.message.contains("[MUSIC PLAYING]") })
    }

    @Test(arguments: [
        ("NARRATOR (V.O.): Hello there.", ["Hello", "there."]), ("*laughs* hi", ["hi"]),
        ("I *really* mean it", ["I", "*really*", "mean", "it"]), ("*clears throat* So.", ["So."]),
        ("# Jingle bells #\nHi.", ["Hi."]), ("We are #1 here", ["We", "are", "#1", "here"]),
        ("He said: yes", ["He", "said:", "yes"]),
    ])
    func `sounds, songs and names are found where they are marked`(text: String, words: [String]) throws {
        #expect(try file("1\n00:00:00,000 --> 00:00:04,000\n\(text)\n").words == words)
    }

    @Test func `a file of descriptions alone says what it holds`() async {
        let error = await failure { _ = try file("WEBVTT\n\n00:00.000 --> 00:01.000\n[APPLAUSE]\n") }
        #expect(error?.message.contains("[APPLAUSE]") == true)
    }

    @Test func `character references are what they mean`() throws {
        let file = try file(
            "WEBVTT\n\n00:00.000 --> 00:01.000\nIt&#39;s &quot;me&quot;&lrm; &amp; Tom &lt;3\n")
        #expect(file.words.prefix(2) == ["It's", "\"me\""])
        #expect(!file.spoken.contains("kw"))
    }

    @Test func `references of HTML and those escaped twice are what they mean`() throws {
        let file = try file(
            "1\n00:00:00,000 --> 00:00:02,000\n&#x27;tis caf&eacute;&hellip; it&amp;#39;s &nope;\n")
        #expect(file.words == ["'tis", "café…", "it's", "&nope;"])
    }

    @Test func `voices are chosen by name`() throws {
        let text =
            "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Ann>Hello\n\n00:01.000 --> 00:02.000\n<v Bob>Good day\n"
        #expect(try file(text).words == ["Hello", "Good", "day"])
        #expect(try file(text).has("TIMING_SPEAKERS"))
        #expect(try file(text, speaker: "bob").words == ["Good", "day"])
    }

    @Test func `an unknown speaker is refused with those that there are`() async {
        let text = "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Ann>Hello\n"
        let error = await failure { _ = try file(text, speaker: "Carl") }
        #expect(error?.message.contains("'Ann'") == true)
    }

    @Test func `cues that overlap share the mouth`() throws {
        let file = try file(
            "WEBVTT\n\n00:00.000 --> 00:04.000\nOne\n\n00:02.000 --> 00:05.000\nTwo\n\n00:02.000 --> 00:05.000\nthree\n"
        )
        expectClean(file.timeline)
        #expect(file.words == ["One", "Two", "three"])
        #expect(file.has("TIMING_OVERLAP"))
    }

    @Test(arguments: [
        ("1\n00:00:01:12 --> 00:00:02:00\nGood evening\n", "2", "frames"),
        ("WEBVTT\n\n00:01.000 --> later\nHi\n", "3", "not a time"),
        ("WEBVTT\n\n00:02.000 --> 00:01.000\nHi\n", "3", "before it starts"),
        ("1\n00:00:01,000 --> 00:00:02,000\nHi\n\n2\n--> 00:00:02,000\nThere\n", "6", "not a time"),
    ])
    func `a broken cue is an error with its line`(text: String, line: String, reason: String) async {
        let error = await failure { _ = try file(text) }
        #expect(error?.context["line"] == line)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test func `every word stands in written captions and Dr does not end a sentence`() throws {
        let texts = "Dr. Smith and J. Doe met at 5 p.m. in the house. It was late.".split(separator: " ")
        let words = texts.enumerated().map { index, text in
            // Every third word has no length, one no time.
            let start = 0.3 * Double(index)
            return Word(
                start: index == 4 ? .nan : start, end: index % 3 == 0 ? start : start + 0.3,
                text: String(text))
        }
        let timeline = PhoneTimeline(phones: [], words: words, source: "test")
        let lines = timeline.srt().split(separator: "\n").filter { $0.contains(where: \.isLetter) }
        #expect(lines.joined(separator: " ") == texts.joined(separator: " "))
        #expect(lines.first?.hasPrefix("Dr. Smith and J. Doe") == true)
        #expect(lines.last == "It was late.")
    }
}
