import Avatarium
import Foundation
import Testing

/// The face and the voice of an avatar that is there all the time.
@Suite struct LiveStageTests {
    /// A turn whose mouth is open in every frame, and whose samples count up.
    private func speak(_ stage: inout LiveStage, turn: Int, frames: Int, isWhole: Bool = true) {
        var faces: [FaceFrame] = []
        for _ in 0..<frames {
            var face = FaceFrame()
            face[.jawOpen] = 0.8
            faces.append(face)
        }
        let samples = (0..<frames * 800).map { Float($0) / 1_000_000 }
        let audio = ClipAudio(AudioBuffer(sampleRate: 24_000, samples: samples))
        let timeline = PhoneTimeline(
            phones: [Phone(start: 0.1, end: 0.2, ipa: "a", wordIndex: 0)],
            words: [Word(start: 0.1, end: 0.2, text: "one"), Word(start: 0.3, end: 0.4, text: "two")],
            source: "test")
        stage.begin(turn)
        stage.add(
            Performance.Part(audio: audio, faces: faces), timeline: timeline, sentence: "one two", to: turn)
        if isWhole { stage.end(turn) }
    }

    @Test func `sound leaves two frames before its face, whole and in order`() throws {
        var stage = LiveStage()
        for _ in 0..<10 { #expect(stage.tick().sound == nil) }
        speak(&stage, turn: 1, frames: 15)
        var heard: [Float] = []
        var firstSound: Int?
        var firstFace: Int?
        for _ in 0..<30 {
            let moment = stage.tick()
            if let sound = moment.sound {
                #expect(sound.frame == moment.index + 2)
                firstSound = firstSound ?? moment.index
                heard += sound.samples
            }
            if moment.turn == 1 { firstFace = firstFace ?? moment.index }
        }
        #expect(try #require(firstFace) - (try #require(firstSound)) == 2)
        #expect(heard == (0..<15 * 800).map { Float($0) / 1_000_000 })
        #expect(stage.turnCount == 0 && stage.tick().turn == nil)
    }

    @Test func `events come with the frame that they begin in`() throws {
        var stage = LiveStage()
        speak(&stage, turn: 7, frames: 15)
        var told: [(kind: LiveStage.Event.Kind, seconds: Double, frame: Int)] = []
        for _ in 0..<20 {
            let moment = stage.tick()
            told += moment.events.map { ($0.kind, $0.seconds, moment.index) }
        }
        #expect(
            told.map { $0.kind } == [
                .started, .sentence("one two"), .word("one"), .phone("a"), .word("two"), .finished,
            ])
        for event in told where event.kind != .finished {
            #expect(Int(event.seconds * 30 + 1e-6) == event.frame)
        }
        let word = try #require(told.first { $0.kind == .word("two") })
        #expect(abs(word.seconds - 0.3) < 0.001)
    }

    @Test func `an interruption closes the mouth within 100 ms and says what was heard`() throws {
        var stage = LiveStage()
        speak(&stage, turn: 3, frames: 90)
        for _ in 0..<12 { _ = stage.tick() }
        #expect(stage.tick().face[.jawOpen] == 0.8)
        let interrupted = stage.interrupt()
        let heard = try #require(interrupted)
        #expect(heard.turn == 3)
        #expect(heard.word == "two")
        #expect(abs(heard.seconds - 12.0 / 30) < 0.001)
        let after = (0..<3).map { _ in stage.tick() }
        #expect(after.allSatisfy { $0.turn == nil && $0.sound == nil })
        #expect(after[2].face[.jawOpen] < 0.01)
        #expect(stage.interrupt() == nil)
    }

    @Test func `no joint of turns and rest moves anything but the mouth by a jump`() {
        var stage = LiveStage()
        var last = stage.tick().face
        var largest: Float = 0
        for index in 1..<900 {
            if index == 100 { stage.mood.emotion = EmotionCue(emotion: .happy) }
            if index == 300 { speak(&stage, turn: 1, frames: 60) }
            if index == 500 { stage.mood.isListening = true }
            if index == 700 { stage.mood.emotion = nil }
            let face = stage.tick().face
            let turn = (face.headRotation - last.headRotation)
            largest = max(largest, (turn * turn).sum().squareRoot())
            for emotion in face.emotions.indices {
                #expect(abs(face.emotions[emotion] - last.emotions[emotion]) < 0.25)
            }
            last = face
        }
        // Degrees a frame: a quick nod has about one.
        #expect(largest * 180 / .pi < 2)
    }

    @Test func `a listener nods, and a mood stays`() {
        var stage = LiveStage()
        stage.mood.isListening = true
        stage.mood.emotion = EmotionCue(emotion: .happy, strength: 0.7)
        let faces = (0..<300).map { _ in stage.tick().face }
        let pitch = faces.map(\.headRotation.x)
        #expect((pitch.max() ?? 0) - (pitch.min() ?? 0) > 0.01)
        #expect(faces[100...].allSatisfy { $0.emotions[Emotion.happy.rawValue] > 0.6 })
        #expect(faces.contains { $0[.eyeBlinkLeft] > 0.5 })
    }

    @Test func `speech that stalls rests and goes on where it was`() {
        var stage = LiveStage()
        speak(&stage, turn: 1, frames: 5, isWhole: false)
        var turns = (0..<20).map { _ in stage.tick().turn }
        #expect(turns.count { $0 == 1 } == 5)
        stage.add(
            Performance.Part(audio: nil, faces: [FaceFrame](repeating: FaceFrame(), count: 4)),
            timeline: PhoneTimeline(phones: [], source: "test"), sentence: nil, to: 1)
        stage.end(1)
        turns = (0..<20).map { _ in stage.tick().turn }
        #expect(turns.count { $0 == 1 } == 4)
        #expect(stage.turnCount == 0 && stage.tick().turn == nil)
    }

    @Test func `what was lost with a connection is said again`() {
        var stage = LiveStage()
        speak(&stage, turn: 1, frames: 60)
        var heard: [Float] = []
        for _ in 0..<20 { heard += stage.tick().sound?.samples ?? [] }
        // The client had seen frame 9.
        stage.rewind(to: 9)
        var again: [Float] = []
        var faces = 0
        for _ in 0..<80 {
            let moment = stage.tick()
            again += moment.sound?.samples ?? []
            if moment.turn == 1 { faces += 1 }
        }
        #expect(faces == 50)
        #expect(again.first == Float(10 * 800) / 1_000_000)
        #expect(again.last == Float(60 * 800 - 1) / 1_000_000)
    }

    @Test func `a turn that says nothing is passed over`() {
        var stage = LiveStage()
        stage.begin(1)
        stage.end(1)
        speak(&stage, turn: 2, frames: 3)
        #expect((0..<6).compactMap { _ in stage.tick().turn } == [2, 2, 2])
    }

    @Test func `a voice is packets at the times of its samples`() throws {
        var stage = LiveStage()
        var voice = LiveVoice(frameRate: .fps30)
        for _ in 0..<30 { _ = stage.tick() }
        speak(&stage, turn: 4, frames: 30)
        var packets: [LiveVoice.Packet] = []
        for _ in 0..<50 {
            let moment = stage.tick()
            packets += try voice.take(moment.sound, planned: moment.index + 2)
        }
        #expect(packets.first?.isFirst == true)
        #expect(packets.dropFirst().allSatisfy { !$0.isFirst && $0.turn == 4 })
        // The first face is frame 32, the encoder's delay is 2.5 ms before it.
        #expect(abs((packets.first?.seconds ?? 0) - (32.0 / 30 - 0.0025)) < 0.002)
        for (a, b) in zip(packets, packets.dropFirst()) { #expect(abs(b.seconds - a.seconds - 0.02) < 1e-6) }
        #expect(abs((packets.last?.seconds ?? 0) - (32.0 / 30 + 1)) < 0.06)
    }
}
