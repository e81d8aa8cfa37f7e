import AvatariumCore
import LipSync
import Testing

/// Phones one after another from `start`, each `(ipa, seconds)`; "" is silence.
func timeline(_ phones: [(String, Double)], from start: Double = 0) -> PhoneTimeline {
    var time = start
    return PhoneTimeline(
        phones: phones.map { ipa, seconds in
            defer { time += seconds }
            return Phone(start: time, end: time + seconds, ipa: ipa)
        }, source: "test")
}

func still(_ timeline: PhoneTimeline, seconds: Double, fps: Int = 60) -> FaceTrack {
    LipSync(options: PerformanceOptions(idle: false)).faceTrack(
        for: timeline, durationSeconds: seconds, frameRate: FrameRate(fps) ?? .fps30)
}

@Suite struct MouthRules {
    @Test func staysNeutralInSilenceWithoutIdle() {
        let track = still(PhoneTimeline(phones: [], source: "test"), seconds: 1)
        #expect(track.frames.count == 60)
        for frame in track.frames {
            #expect(frame.shapes.allSatisfy { $0 == 0 })
            #expect(frame.visemes[0] == 1)
            #expect(frame.headRotation == .zero)
        }
    }

    @Test(arguments: ["p", "b", "m"]) func sealsBilabialsAtTheirStart(ipa: String) {
        let track = still(timeline([("", 0.3), ("a", 0.15), (ipa, 0.1), ("a", 0.15), ("", 0.3)]), seconds: 1)
        for (index, frame) in track.frames.enumerated() {
            let time = track.frameRate.seconds(atFrame: index)
            if time >= 0.45, time <= 0.45 + 0.06 { #expect(LipGeometry.gapOverNeutral(frame) < 0.5) }
            #expect(LipGeometry.gapOverNeutral(frame) > -4.2)
        }
    }

    @Test(arguments: [24, 25, 30, 60]) func showsClosuresShorterThanAFrame(fps: Int) {
        for offset in stride(from: 0.0, to: 0.05, by: 0.007) {
            let track = still(
                timeline([("a", 0.3 + offset), ("p", 0.005), ("a", 0.3)]), seconds: 0.8, fps: fps)
            let open = track.frames[2...(fps / 2)].map { LipGeometry.gapOverNeutral($0) }
            #expect((open.min() ?? 9) < 0.5)
        }
    }

    @Test func neverShutsAVowel() {
        let track = still(
            timeline([("p", 0.08), ("a", 0.12), ("p", 0.08), ("i", 0.12), ("p", 0.08)]), seconds: 0.5)
        for time in [0.14, 0.34] {
            #expect(LipGeometry.gapOverNeutral(track.frames[Int(time * 60)]) > 1)
        }
    }

    @Test func survivesAnyTimeline() {
        var phones = timeline([("a", 0.1), ("p", 0), ("", 0.2), ("☃", 0.1), ("m", 0.1)]).phones
        phones.append(Phone(start: .nan, end: 1, ipa: "a"))
        phones.append(Phone(start: 0.2, end: -4, ipa: "b"))
        phones.append(Phone(start: 5, end: .infinity, ipa: "u"))
        let track = LipSync(options: PerformanceOptions(seed: 3)).faceTrack(
            for: PhoneTimeline(phones: phones, source: "test"), durationSeconds: 2,
            frameRate: .fps30)
        for frame in track.frames {
            #expect(frame.shapes.allSatisfy { (0...1).contains($0) })
            #expect(frame.visemes.allSatisfy { (0...1).contains($0) })
        }
    }

    @Test func sameSeedSamePerformance() {
        let speech = timeline([("h", 0.1), ("a", 0.2), ("", 0.5), ("m", 0.1), ("a", 3)])
        func perform(_ seed: UInt64) -> FaceTrack {
            LipSync(options: PerformanceOptions(seed: seed)).faceTrack(
                for: speech, durationSeconds: 4, frameRate: .fps30)
        }
        #expect(perform(7) == perform(7))
        #expect(perform(7) != perform(8))
    }
}
