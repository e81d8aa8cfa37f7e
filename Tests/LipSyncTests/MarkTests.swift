import AvatariumCore
import LipSync
import Testing

@Suite struct MisspeltMarks {
    @Test(arguments: [
        ("[hapy]Hello[/hapy] there", "Hello there", ["[happy]", "[/happy]"]),
        ("[suprised]Oh", "Oh", ["[surprised]"]),
        ("[emphasys]so[/emphasys]", "so", ["[emphasis]", "[/emphasis]"]),
        ("[happy 7] a", "a", ["[happy 0.5]"]), ("[look sideways] a", "a", ["[look left"]),
        ("[/sad] a", "a", ["is not open"]), ("[nodd] a", "a", ["[nod]"]),
    ])
    func `a misspelt mark is named and not spoken`(text: String, spoken: String, named: [String]) {
        let marked = ExpressionMarks.parse(text)
        #expect(marked.text == spoken)
        #expect(marked.cues.isEmpty)
        #expect(marked.diagnostics.count == named.count)
        for (diagnostic, name) in zip(marked.diagnostics, named) {
            #expect(diagnostic.message.contains(name), "\(diagnostic.message)")
        }
        #expect(marked.diagnostics.first?.offset == 0)
    }

    @Test(arguments: [
        ("see [1]", false), ("a [sic] b", true), ("[not] so", true), ("[Music]", true), ("[...]", false),
        ("[laughs] ha", true), ("array[0] = [1, 2]", false), ("[a]", false),
    ])
    func `text in brackets that resembles no mark stays, and words are said to stay`(
        text: String, isSaid: Bool
    ) {
        let marked = ExpressionMarks.parse(text)
        #expect(marked.text == text)
        #expect(marked.diagnostics.map(\.code) == (isSaid ? ["MARK_IS_TEXT"] : []))
    }

    @Test func `an unknown mark that is closed is named with those that can be`() throws {
        let marked = ExpressionMarks.parse("[smile]Hi[/smile], see [a/b]")
        #expect(marked.text == "[smile]Hi, see [a/b]")
        #expect(marked.diagnostics.map(\.code) == ["MARK_IS_TEXT", "MARK_UNKNOWN", "MARK_IS_TEXT"])
        #expect(
            marked.diagnostics[1].message.contains(
                "[/smile] is not a mark; the marks with a closing form are [happy]"))
    }

    @Test func `marks are read in any case`() {
        #expect(ExpressionMarks.parse("[Happy]a[/HAPPY] b").cues.count == 1)
        #expect(ExpressionMarks.parse("[browraise]a").cues.count == 1)
    }

    @Test func `open brackets without end are text`() {
        let text = String(repeating: "[", count: 5000)
        #expect(ExpressionMarks.parse(text).text == text)
        let many = String(repeating: "[happy]a ", count: 10_050)
        let marked = ExpressionMarks.parse(many)
        #expect(marked.cues.count == 10_000)
        #expect(marked.diagnostics.map(\.code) == ["MARK_TOO_MANY"])
    }
}

@Suite struct BoundedCues {
    @Test func `a track of too many cues is refused with its place`() {
        let cue = #"{"start": 0, "yaw": 1}"#
        let text = "{\"gaze\": [\(Array(repeating: cue, count: 10_001).joined(separator: ","))]}"
        do {
            _ = try PerformanceCues.read(Array(text.utf8))
            Issue.record("was read")
        } catch {
            #expect((error as? AvatariumError)?.context["field"] == "/gaze")
        }
    }

    /// Each cue is laid over those before it, to the last fixation.
    @Test func `overlapping gaze cues are laid over each other`() {
        func gaze(_ cues: [GazeCue], at time: Double) -> Float {
            var options = PerformanceOptions(idle: false)
            options.gaze = cues
            let track = LipSync(options: options).faceTrack(
                for: PhoneTimeline(phones: [], source: ""), durationSeconds: 10, frameRate: .fps30)
            return (track.frame(at: time).gaze.y * 180 / .pi).rounded()
        }
        let cues = [
            GazeCue(start: 1, end: 8, yaw: 10), GazeCue(start: 2, end: 4, yaw: 20),
            GazeCue(start: 3, end: 9, yaw: 30),
        ]
        #expect([0.5, 1.5, 2.5, 3.5, 5, 8.5, 9.5].map { gaze(cues, at: $0) } == [0, 10, 20, 30, 30, 30, 0])
        let nested = [GazeCue(start: 1, end: 8, yaw: 10), GazeCue(start: 2, end: 4, yaw: 20)]
        #expect([1.5, 3, 5, 9].map { gaze(nested, at: $0) } == [10, 20, 0, 0])
    }
}
