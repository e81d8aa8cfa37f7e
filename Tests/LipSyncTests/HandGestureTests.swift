import AvatariumCore
import LipSync
import Testing

/// Gestures of the hands: when they are, and that they move as hands do.
@Suite struct HandGestures {
    static let all = GestureCue.Gesture.allCases.filter(\.isOfHands)

    /// Words of 0.3 s from 0.4 s on.
    private func spoken(_ text: String) -> (SpokenText, PhoneTimeline) {
        let marked = ExpressionMarks.parse(text)
        var timeline = PhoneTimeline(phones: [], source: "test")
        for (index, word) in marked.text.split(separator: " ").enumerated() {
            let start = 0.4 + 0.3 * Double(index)
            timeline.words.append(Word(start: start, end: start + 0.3, text: String(word)))
            timeline.phones.append(Phone(start: start, end: start + 0.1, ipa: "t", wordIndex: index))
            timeline.phones.append(
                Phone(start: start + 0.1, end: start + 0.3, ipa: "a", stress: 1, wordIndex: index))
        }
        var spoken = SpokenText(marked)
        spoken.append(timeline.words)
        return (spoken, timeline)
    }

    private func track(_ cues: [GestureCue], idle: Bool = false, seconds: Double = 8) -> FaceTrack {
        var options = PerformanceOptions(idle: idle)
        options.gestures = cues
        return LipSync(options: options).faceTrack(
            for: PhoneTimeline(phones: [], source: ""), durationSeconds: seconds,
            frameRate: FrameRate(60) ?? .fps30)
    }

    @Test func `there are eight`() { #expect(Self.all.count == 8) }

    @Test(arguments: HandGestures.all)
    func `the stroke falls on the word after the mark`(gesture: GestureCue.Gesture) throws {
        let (text, timeline) = spoken("one two three four [\(gesture.rawValue)]five six")
        let cue = try #require(text.performance(isWhole: true).gestures.first)
        #expect(cue.gesture == gesture)
        let times = try #require(GestureTimes(cue))
        let word = timeline.words[4]
        #expect(word.text == "five")
        #expect(times.stroke >= word.start && times.stroke <= word.end)
        let order = [
            times.start, times.ready, times.strokeStart, times.stroke, times.strokeEnd, times.relax,
            times.end,
        ]
        #expect(order == order.sorted() && times.start < times.stroke && times.relax < times.end)
        // The hand is up at the stroke and at rest before and after.
        let face = track([cue])
        func weight(_ time: Double) -> Float {
            let body = face.frame(at: time).body
            return max(body.left.weight, body.right.weight)
        }
        #expect(weight(times.start) == 0 && weight(times.stroke) == 1 && weight(times.end + 0.02) == 0)
    }

    @Test(arguments: HandGestures.all)
    func `a hand never jumps`(gesture: GestureCue.Gesture) {
        // Also where another gesture, or the same, takes the hand on its way.
        for gap in [0.15, 0.5, 0.9, 1.6, 2.5] {
            let face = track([
                GestureCue(.wave, start: 0.5), GestureCue(gesture, start: 0.5 + gap, hand: .right),
                GestureCue(.handToChest, start: 0.5 + 2 * gap),
            ])
            for (a, b) in zip(face.frames, face.frames.dropFirst()) {
                let (from, to) = (a.body.right, b.body.right)
                #expect(abs(to.weight - from.weight) < 0.14)
                guard from.weight > 0, to.weight > 0 else { continue }
                // What an arm does that is nearly at rest cannot be seen.
                let seen = min(from.weight, to.weight)
                let step = (to.wrist - from.wrist) * seen
                #expect((step * step).sum().squareRoot() < 0.13, "\(gesture) after \(gap) s")
                let bend = (to.curl - from.curl) * seen
                #expect((bend * bend).max() < 0.04)
            }
        }
    }

    @Test func `the later gesture takes the hand`() throws {
        let late = GestureCue(.thumbsUp, start: 1.4)
        let face = track([GestureCue(.wave, start: 0.5), late])
        let alone = track([late])
        let stroke = try #require(GestureTimes(late)).stroke
        #expect(face.frame(at: stroke).body == alone.frame(at: stroke).body)
        #expect(face.frame(at: stroke + 0.5).body == alone.frame(at: stroke + 0.5).body)
    }

    @Test func `counts go on from each other, and numbers are kept`() {
        func fingers(_ cues: [GestureCue], at time: Double) -> Int {
            let curl = track(cues, seconds: 12).frame(at: time).body.right.curl
            return (0..<5).count { curl[$0] < 0.5 }
        }
        let cues = (0..<4).map { GestureCue(.count, start: 3 * Double($0)) }
        #expect([1.2, 4.2, 7.2, 10.2].map { fingers(cues, at: $0) } == [1, 2, 3, 4])
        #expect(
            (1...5).map { fingers([GestureCue(.count, start: 0, number: $0)], at: 1.2) } == [1, 2, 3, 4, 5])
    }

    @Test func `beats come with stressed words, off has none, and without idle nothing moves`() {
        let (_, timeline) = spoken("one two three four five six seven eight nine ten")
        func bodies(_ options: PerformanceOptions) -> [BodyFrame] {
            LipSync(options: options).faceTrack(
                for: timeline, durationSeconds: 5, frameRate: .fps30
            ).frames.map(\.body)
        }
        let auto = bodies(PerformanceOptions(seed: 3))
        #expect(auto.contains { $0.left.weight > 0.9 || $0.right.weight > 0.9 })
        #expect(auto == bodies(PerformanceOptions(seed: 3)))
        #expect(auto != bodies(PerformanceOptions(seed: 4)))
        let off = bodies(PerformanceOptions(seed: 3, gestureMode: .off))
        #expect(off.allSatisfy { $0.left == ArmPose() && $0.right == ArmPose() })
        #expect(off.map(\.breath) == auto.map(\.breath) && off.contains { $0.breath > 0.5 })
        #expect(bodies(PerformanceOptions(idle: false)).allSatisfy { $0 == BodyFrame() })
    }

    @Test func `who speaks breathes in at pauses`() {
        let timeline = timeline([
            ("", 0.3), ("t", 0.1), ("a", 1.6), ("t", 0.1), ("", 0.6), ("a", 1.5), ("t", 0.1),
        ])
        let frames = LipSync(options: PerformanceOptions()).faceTrack(
            for: timeline, durationSeconds: 5, frameRate: .fps30)
        let (before, after, spent) = (
            frames.frame(at: 2.05).body.breath, frames.frame(at: 2.68).body.breath,
            frames.frame(at: 4.1).body.breath
        )
        #expect(after > 0.9 && before < after - 0.2 && spent < after - 0.2)
        let depths = frames.frames.map(\.body.breath)
        #expect(depths.allSatisfy { (0...1).contains($0) })
        for (a, b) in zip(depths, depths.dropFirst()) { #expect(abs(a - b) < 0.25) }
    }

    @Test func `frames given early are those of the whole, with marks that come with their words`() {
        let written =
            "one [wave]two three [count]four five six [shrug]seven eight [thumbs up]nine ten eleven [open palm]twelve"
        let (whole, timeline) = spoken(written)
        func options(_ cues: PerformanceCues) -> PerformanceOptions {
            var options = PerformanceOptions(seed: 9)
            options.add(cues)
            return options
        }
        let end = timeline.endSeconds + 0.35
        let expected = LipSync(options: options(whole.performance(isWhole: true))).faceTrack(
            for: timeline, durationSeconds: end, frameRate: .fps30
        ).frames
        var text = SpokenText(ExpressionMarks.parse(written))
        var stream = FaceTrackStream(options: options(PerformanceCues()), frameRate: .fps30)
        var frames: [FaceFrame] = []
        for count in 1...timeline.words.count {
            var known = timeline
            known.words = Array(timeline.words.prefix(count))
            known.phones = timeline.phones.filter { $0.start < known.words[count - 1].end }
            text.append(known.words.suffix(1))
            stream.options = options(text.performance(isWhole: false))
            frames += stream.extend(to: known, durationSeconds: known.words[count - 1].end)
        }
        #expect(frames.count > expected.count / 2)
        stream.options = options(text.performance(isWhole: true))
        frames += stream.extend(to: timeline, durationSeconds: end, isWhole: true)
        #expect(frames.count == expected.count)
        let different = zip(frames, expected).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
        #expect(different.isEmpty, "frames \(different.prefix(5))")
    }

    @Test func `a gesture that becomes known late begins late and does not jump`() {
        let (_, timeline) = spoken("one two three four")
        var stream = FaceTrackStream(
            options: PerformanceOptions(idle: false), frameRate: .fps30, lookAheadSeconds: 0.12)
        var frames = stream.extend(to: timeline, durationSeconds: 1.6)
        let given = Double(frames.count) / 30
        stream.options.gestures = [GestureCue(.wave, start: given - 0.5, stroke: given + 0.1)]
        frames += stream.extend(to: timeline, durationSeconds: 4, isWhole: true)
        let weights = frames.map(\.body.right.weight)
        #expect(weights.contains(1))
        for (a, b) in zip(weights, weights.dropFirst()) { #expect(abs(a - b) < 0.25) }
    }
}

@Suite struct HandMarks {
    @Test(
        arguments: [
            ("[thumbs up]a", GestureCue.Gesture.thumbsUp, nil, nil), ("[thumbsUp]a", .thumbsUp, nil, nil),
            ("[Thumbs-Up] a", .thumbsUp, nil, nil), ("[hand to chest]a", .handToChest, nil, nil),
            ("[open_palm both]a", .openPalm, .both, nil), ("[wave left]a", .wave, .left, nil),
            ("[waves]a", .wave, nil, nil), ("[count 3]a", .count, nil, 3),
            ("[count 2 left]a", .count, .left, 2),
            ("[shrug 0.5]a", .shrug, nil, nil),
        ] as [(String, GestureCue.Gesture, GestureCue.Hand?, Int?)])
    func `are read as people write them`(
        text: String, gesture: GestureCue.Gesture, hand: GestureCue.Hand?, number: Int?
    ) {
        let marked = ExpressionMarks.parse(text)
        #expect(marked.text == "a" && marked.diagnostics.isEmpty)
        let strength: Float = text.contains("0.5") ? 0.5 : 1
        #expect(
            marked.cues.map(\.action) == [.hands(gesture, strength: strength, hand: hand, number: number)])
    }

    @Test(arguments: [
        ("[wavee]a", "[wave]"), ("[tumbs up]a", "[thumbs up]"), ("[shrugg]a", "[shrug]"),
        ("[hand to chst]a", "[hand to chest]"), ("[opn palm left]a", "[open palm]"),
        ("[waave 0.5]a", "[wave]"),
    ])
    func `misspelt are named`(text: String, near: String) {
        let marked = ExpressionMarks.parse(text)
        #expect(marked.text == "a" && marked.cues.isEmpty)
        #expect(marked.diagnostics.map(\.code) == ["MARK_UNKNOWN"])
        #expect(marked.diagnostics.first?.message.contains("did you mean \(near)?") == true)
    }

    @Test(arguments: [("[count 9]a", "1 to 5"), ("[wave sideways]a", "left"), ("[camera waist 90]a", "60")])
    func `wrong arguments are named`(text: String, says: String) {
        let marked = ExpressionMarks.parse(text)
        #expect(marked.text == "a" && marked.cues.isEmpty)
        #expect(marked.diagnostics.first?.code == "MARK_ARGUMENT")
        #expect(marked.diagnostics.first?.message.contains(says) == true)
    }

    @Test func `the camera moves in the seconds that are given`() {
        let marked = ExpressionMarks.parse("[camera waist]a [camera face 2.5]b")
        #expect(marked.cues.map(\.action) == [.camera(.waist, seconds: 0), .camera(.face, seconds: 2.5)])
    }

    @Test func `tracks name gestures in any spelling, with hand, number and stroke`() throws {
        let json = #"""
            {"gestures": [{"gesture": "thumbs_up", "stroke": 3}, {"gesture": "count", "start": 5, "number": 4, "hand": "left"}],
             "cameras": [{"camera": "waist", "start": 1, "seconds": 2}]}
            """#
        let cues = try PerformanceCues.read(Array(json.utf8))
        #expect(cues.gestures[0].gesture == .thumbsUp && cues.gestures[0].stroke == 3)
        #expect(cues.gestures[0].start > 2 && cues.gestures[0].start < 3)
        #expect(cues.gestures[1] == GestureCue(.count, start: 5, hand: .left, number: 4))
        #expect(cues.cameras == [CameraCue(.waist, start: 1, seconds: 2)])
        #expect(throws: AvatariumError.self) {
            try PerformanceCues.read(Array(#"{"gestures": [{"gesture": "wavee"}]}"#.utf8))
        }
    }
}
