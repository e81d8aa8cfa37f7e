import AvatariumCore
import LipSync
import Testing

/// Faces of live voices, whose phones become known one after another.
@Suite struct LookAheadTests {
    private let speech = timeline(
        [
            ("", 0.3), ("m", 0.09), ("aɪ", 0.18), ("m", 0.08), ("ʌ", 0.12), ("ð", 0.06), ("ɚ", 0.14),
            ("b", 0.08),
            ("aɪ", 0.2), ("z", 0.09), ("", 0.25), ("f", 0.1), ("u", 0.16), ("p", 0.09), ("i", 0.15),
            ("", 0.4), ("w", 0.09),
            ("ɑ", 0.2), ("m", 0.1),
        ] + (0..<40).flatMap { _ in [("t", 0.08), ("a", 0.15), ("p", 0.08), ("o", 0.15)] })

    /// Frames as they are given while the phones come in, and how much speech was known at each call.
    private func live(
        _ lookAhead: Double, _ options: PerformanceOptions
    ) -> (frames: [FaceFrame], delays: [Double]) {
        var stream = FaceTrackStream(options: options, frameRate: .fps30, lookAheadSeconds: lookAhead)
        var frames: [FaceFrame] = []
        var delays: [Double] = []
        for (index, phone) in speech.phones.enumerated() {
            let known = PhoneTimeline(phones: Array(speech.phones[...index]), source: "test")
            frames += stream.extend(to: known, durationSeconds: phone.end)
            if !phone.isSilence, index > 4 { delays.append(phone.end - Double(frames.count) / 30) }
        }
        frames += stream.extend(to: speech, durationSeconds: speech.endSeconds + 0.3, isWhole: true)
        return (frames, delays)
    }

    private func whole(_ options: PerformanceOptions) -> [FaceFrame] {
        LipSync(options: options).faceTrack(
            for: speech, durationSeconds: speech.endSeconds + 0.3, frameRate: .fps30
        ).frames
    }

    @Test func `half a second ahead gives the frames of the whole`() {
        let options = PerformanceOptions(seed: 3)
        let same = live(0.5, options).frames == whole(options)
        #expect(same)
    }

    @Test func `a short look-ahead gives frames earlier`() {
        let short = live(0.12, PerformanceOptions(seed: 3))
        let long = live(0.5, PerformanceOptions(seed: 3))
        #expect(short.frames.count == long.frames.count)
        // The look-ahead, a frame for contacts, and up to one more for the grid.
        #expect(short.delays.allSatisfy { $0 <= 0.12 + 2.1 / 30 }, "\(short.delays.max() ?? 0)")
        #expect(long.delays.allSatisfy { $0 > 0.4 })
    }

    @Test func `a short look-ahead keeps lips closed and mouths nearly the same`() {
        let options = PerformanceOptions(idle: false)
        let short = FaceTrack(frameRate: .fps30, frames: live(0.12, options).frames)
        let exact = FaceTrack(frameRate: .fps30, frames: whole(options))
        for phone in speech.phones where ["p", "b", "m"].contains(phone.ipa) {
            #expect(short.gap(at: phone.start + 0.3 * phone.duration) < 1, "\(phone)")
        }
        var difference: Float = 0
        for (a, b) in zip(short.frames, exact.frames) {
            difference += abs(
                ReferenceLips.gapOverNeutral(a.shapes) - ReferenceLips.gapOverNeutral(b.shapes))
        }
        // Millimetres of 24 at the widest, in the mean over all frames.
        #expect(difference / Float(exact.frames.count) < 0.6, "\(difference / Float(exact.frames.count))")
    }

    @Test func `a short look-ahead lets nothing jump`() {
        var options = PerformanceOptions(seed: 3)
        options.emotions = [EmotionCue(emotion: .happy, start: 0.5, end: 4)]
        let frames = live(0.12, options).frames
        let exact = whole(options)
        func largestStep(_ frames: [FaceFrame], _ value: (FaceFrame) -> Float) -> Float {
            zip(frames, frames.dropFirst()).map { abs(value($0) - value($1)) }.max() ?? 0
        }
        for value in [{ $0[.eyeBlinkLeft] }, { $0.gaze.y }, { $0.headRotation.x }, { $0[.cheekSquintLeft] }]
            as [(FaceFrame) -> Float]
        {
            #expect(largestStep(frames, value) <= 1.5 * largestStep(exact, value) + 0.01)
        }
    }

    @Test func `an emotion that is asked for late fades in`() {
        var stream = FaceTrackStream(
            options: PerformanceOptions(idle: false), frameRate: .fps30, lookAheadSeconds: 0.12)
        let first = PhoneTimeline(phones: Array(speech.phones[..<10]), source: "test")
        var frames = stream.extend(to: first, durationSeconds: first.endSeconds)
        stream.options.emotions = [EmotionCue(emotion: .happy, start: first.endSeconds - 0.6)]
        frames += stream.extend(to: speech, durationSeconds: speech.endSeconds)
        let steps = zip(frames, frames.dropFirst()).map { abs($0[.cheekSquintLeft] - $1[.cheekSquintLeft]) }
        #expect((steps.max() ?? 0) < 0.15)
        #expect((frames.last?[.cheekSquintLeft] ?? 0) > 0.3)
    }
}
