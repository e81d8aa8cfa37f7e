import AvatariumCore
import Foundation
import LipSync
import Testing

@Suite struct MarksInText {
    @Test func takesMarksOutOfTheText() {
        let marked = ExpressionMarks.parse("[happy]Good morning![/happy] It is [nod] me. [sad 0.4]Bye")
        #expect(marked.text == "Good morning! It is me. Bye")
        #expect(
            marked.cues == [
                .init(action: .emotion(.happy, strength: 1), words: 0..<2),
                .init(action: .gesture(.nod, strength: 1), words: 4..<5),
                .init(action: .emotion(.sad, strength: 0.4), words: 5..<6),
            ])
    }

    @Test func leavesOtherBracketsAlone() {
        for text in ["a [b] c", "[", "]", "x [happy", "[/] a", "[]", "array[0] = [1, 2]"] {
            #expect(ExpressionMarks.parse(text).text == text)
        }
    }

    @Test func nestsAndClosesTheLastWithASlash() {
        let marked = ExpressionMarks.parse("[angry]one [look left]two[/] three[/]")
        #expect(marked.text == "one two three")
        #expect(
            marked.cues == [
                .init(action: .emotion(.angry, strength: 1), words: 0..<3),
                .init(action: .look(pitch: 0, yaw: 20), words: 1..<2),
            ])
    }

    @Test func timesCuesByTheirWordsHoweverTheEngineCutsThem() {
        let marked = ExpressionMarks.parse("It's well-known, [happy]isn't it[/happy] now?")
        let spoken = ["It's", "well", "known", "isn't", "it", "now"].enumerated().map {
            Word(start: Double($0), end: Double($0) + 1, text: $1)
        }
        var text = SpokenText(marked)
        text.append(spoken)
        #expect(
            text.performance(isWhole: true).emotions
                == [EmotionCue(emotion: .happy, strength: 1, start: 2.9, end: 5)])
    }

    @Test func givesWordsTheirPunctuationBack() {
        let text = "“Are you sure?” It's well-known, in 1984."
        let spoken = ["Are", "you", "sure", "It's", "well", "known", "in", "nineteen", "eighty-four"].map {
            Word(start: 0, end: 1, text: $0)
        }
        let wanted = [
            "“Are", "you", "sure?”", "It's", "well", "known,", "in", "nineteen", "eighty-four",
        ]
        for cut in 0...spoken.count {
            var speech = SpokenText(ExpressionMarks.parse(text))
            speech.append(spoken[..<cut])
            speech.append(spoken[cut...])
            #expect(speech.words.map(\.text) == wanted)
        }
    }

    @Test func `punctuation comes back that stands alone, or within a text without spaces`() {
        func words(_ text: String, _ spoken: [String]) -> [String] {
            var speech = SpokenText(ExpressionMarks.parse(text))
            for word in spoken { speech.append([Word(start: 0, end: 1, text: word)]) }
            return speech.words.map(\.text)
        }
        #expect(
            words("Il dit : « Bonjour ! Ça va ? » — Oui.", ["Il", "dit", "Bonjour", "Ça", "va", "Oui"])
                == ["Il", "dit :", "« Bonjour !", "Ça", "va ? » —", "Oui."])
        #expect(words("“ Yes ” !", ["Yes"]) == ["“ Yes ” !"])
        #expect(
            words("你好，世界。好吗？", ["你", "好", "世", "界", "好", "吗"])
                == ["你", "好，", "世", "界。", "好", "吗？"])
        #expect(
            words("Wait—what? A & B", ["Wait", "what", "A", "&", "B"]) == ["Wait—", "what?", "A", "&", "B"])
    }

    @Test func putsAnEmphasisedWordInTheHeadAndBrows() {
        var text = SpokenText(ExpressionMarks.parse("I [emphasis]really[/emphasis] mean it"))
        text.append((0..<4).map { Word(start: Double($0), end: Double($0) + 1, text: "w") })
        #expect(text.performance(isWhole: true).gestures.map(\.gesture) == [.nod, .browRaise])
    }
}

@Suite struct PerformanceTracks {
    @Test func readsATrack() throws {
        let text = """
            {"emotions": [{"emotion": "happy", "strength": 0.5, "start": 1, "end": 2}, {"emotion": "sad"}],
             "gaze": [{"start": 0.5, "yaw": -10}], "gestures": [{"gesture": "nod", "start": 3}]}
            """
        let cues = try PerformanceCues.read(Array(text.utf8))
        #expect(
            cues
                == PerformanceCues(
                    emotions: [
                        EmotionCue(emotion: .happy, strength: 0.5, start: 1, end: 2),
                        EmotionCue(emotion: .sad),
                    ], gaze: [GazeCue(start: 0.5, yaw: -10)], gestures: [GestureCue(.nod, start: 3)]))
    }

    @Test(
        arguments: [
            ("{", nil), ("[]", ""), (#"{"emotion": []}"#, "/emotion"),
            (#"{"emotions": [{"emotion": "bored"}]}"#, "/emotions/0/emotion"),
            (#"{"emotions": [{"emotion": "sad", "strength": 2}]}"#, "/emotions/0/strength"),
            (#"{"gaze": [{"start": -1}]}"#, "/gaze/0/start"), (#"{"gestures": {}}"#, "/gestures"),
            (#"{"gaze": [{"yaw": 0}, {"yaw": 41}]}"#, "/gaze/1/yaw"),
            (#"{"gaze": [{"start": 2, "end": 1}]}"#, "/gaze/0/end"),
            (#"{"gestures": [{"gesture": "wave", "hand": "third"}]}"#, "/gestures/0/hand"),
            (#"{"gestures": [{"gesture": "count", "number": 6}]}"#, "/gestures/0/number"),
            (#"{"gestures": [{"start": 1}]}"#, "/gestures/0/gesture"),
            (#"{"cameras": [{"camera": "bust", "start": 1e9}]}"#, "/cameras/0/start"),
            (#"{"animations": [{"name": ""}]}"#, "/animations/0/name"),
        ] as [(String, String?)])
    func namesThePlaceOfAFault(text: String, field: String?) {
        do {
            _ = try PerformanceCues.read(Array(text.utf8))
            Issue.record("was read")
        } catch let error as AvatariumError {
            #expect(error.code == .validationError)
            #expect(error.context["field"] == field)
        } catch { Issue.record("another error: \(error)") }
    }

    @Test func optionsMayLeaveEveryKeyOut() throws {
        let options = try JSONDecoder().decode(PerformanceOptions.self, from: Data("{\"seed\": 4}".utf8))
        #expect(options == PerformanceOptions(seed: 4))
        let again = try JSONDecoder().decode(
            PerformanceOptions.self, from: JSONEncoder().encode(options))
        #expect(again == options)
    }
}
