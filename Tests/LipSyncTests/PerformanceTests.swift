import AvatariumCore
import LipSync
import Testing

@Suite struct Performances {
    private let speech = timeline([("h", 0.1), ("a", 0.2), ("", 0.5), ("m", 0.1), ("a", 3)])

    @Test func sameSeedSamePerformance() {
        func perform(_ seed: UInt64) -> FaceTrack {
            speak(speech, options: PerformanceOptions(seed: seed))
        }
        #expect(perform(7) == perform(7))
        #expect(perform(7) != perform(8))
    }

    @Test func blinksAsOftenAsPeople() {
        let track = speak(babble(seed: 1, seconds: 300), fps: 30, options: PerformanceOptions(seed: 1))
        let lids = track.frames.map { $0[.eyeBlinkLeft] }
        let blinks = zip(lids, lids.dropFirst()).count { $0 < 0.5 && $1 >= 0.5 }
        #expect((50...140).contains(blinks))
    }

    @Test func neverDriftsInAnHour() {
        let track = speak(
            PhoneTimeline(phones: [], source: "test"), fps: 5, seconds: 3600,
            options: PerformanceOptions(seed: 2))
        for frame in track.frames {
            for axis in 0..<3 { #expect(abs(frame.headRotation[axis]) < 0.1) }
            #expect(abs(frame.gaze.x) < 0.1 && abs(frame.gaze.y) < 0.2)
        }
    }

    @Test func nodsOnStressedWords() {
        var phones = speech.phones
        phones[1].stress = 1
        let stressed = PhoneTimeline(phones: phones, source: "test")
        let pitches = (0..<20 as Range<UInt64>).map { seed in
            let options = PerformanceOptions(seed: seed)
            return (speak(stressed, options: options).frames.map(\.headRotation.x).max() ?? 0)
        }
        #expect(pitches.contains { $0 > 0.03 })
    }

    @Test func raisesTheBrowsAtAQuestion() {
        var asked = speech
        asked.words = [Word(start: 1, end: 2, text: "really?")]
        let track = speak(asked, options: PerformanceOptions(seed: 1))
        #expect(track.frame(at: 1.2)[.browOuterUpLeft] > 0.2)
    }

    @Test func looksWhereACueSaysAndBack() {
        let options = PerformanceOptions(idle: false, gaze: [GazeCue(start: 1, end: 2, yaw: 20)])
        let track = speak(speech, options: options)
        #expect(track.frame(at: 0.9).gaze == .zero)
        #expect(abs(track.frame(at: 1.8).gaze.y - 0.349) < 0.001)
        #expect(track.frame(at: 1.8)[.eyeLookOutLeft] > 0.6)
        #expect(track.frame(at: 1.8).headRotation.y > 0.1)
        #expect(track.frame(at: 2.8).gaze == .zero)
    }

    @Test func makesTheGesturesAskedFor() {
        let options = PerformanceOptions(
            idle: false, gestures: [GestureCue(.nod, start: 1), GestureCue(.blink, start: 2)])
        let track = speak(speech, options: options)
        #expect(track.frame(at: 1.2).headRotation.x > 0.05)
        #expect(track.frame(at: 1.9).headRotation.x == 0)
        #expect(track.frame(at: 2.1)[.eyeBlinkLeft] > 0.95)
    }
}

@Suite struct Emotions {
    @Test(arguments: Emotion.allCases) func leaveClosuresClosed(emotion: Emotion) {
        let speech = babble(seed: 21, seconds: 20)
        let options = PerformanceOptions(
            idle: false, emotions: [EmotionCue(emotion: emotion), EmotionCue(emotion: .happy)])
        let track = speak(speech, options: options)
        for phone in speech.phones where ["p", "b", "m"].contains(phone.ipa) {
            #expect(track.gap(at: phone.start + 0.3 * phone.duration) < 1)
        }
    }

    @Test(arguments: Emotion.allCases) func leaveTheApertureToSpeech(emotion: Emotion) {
        let speech = timeline([("t", 0.1), ("a", 0.4), ("t", 0.1)])
        let plain = speak(speech)
        let felt = speak(
            speech, options: PerformanceOptions(idle: false, emotions: [EmotionCue(emotion: emotion)]))
        for time in [0.2, 0.3, 0.4] { #expect(abs(plain.gap(at: time) - felt.gap(at: time)) < 0.3) }
    }

    @Test(arguments: Emotion.allCases) func showOnASilentFace(emotion: Emotion) {
        let cue = EmotionCue(emotion: emotion, strength: 0.8, start: 1, end: 2)
        let track = speak(
            PhoneTimeline(phones: [], source: "test"), seconds: 3,
            options: PerformanceOptions(idle: false, emotions: [cue]))
        #expect(track.frame(at: 0.5).shapes.allSatisfy { $0 == 0 })
        #expect(track.frame(at: 1.5).shapes.reduce(0, +) > 0.3)
        #expect(track.frame(at: 1.5).emotions[emotion.rawValue] == 0.8)
        #expect(track.frame(at: 2.5).shapes.allSatisfy { $0 == 0 })
    }

    @Test func yieldTheMouthToRounding() {
        let smiling = PerformanceOptions(idle: false, emotions: [EmotionCue(emotion: .happy)])
        let rounded = speak(timeline([("u", 0.5)]), options: smiling).frame(at: 0.25)
        let open = speak(timeline([("a", 0.5)]), options: smiling).frame(at: 0.25)
        #expect(rounded[.mouthSmileLeft] < 0.5 * open[.mouthSmileLeft])
        #expect(rounded[.cheekSquintLeft] > 0.5)
    }

    @Test func mixRatherThanAddUp() {
        let options = PerformanceOptions(
            idle: false, emotions: [EmotionCue(emotion: .happy), EmotionCue(emotion: .surprised)])
        let frame = speak(timeline([("", 2)]), options: options).frame(at: 1)
        #expect(abs(frame.emotions.reduce(0, +) - 1) < 0.001)
    }
}
