import AvatariumCore
import LipSync

/// Phones one after another, each `(ipa, seconds)`; "" is silence.
func timeline(_ phones: [(String, Double)]) -> PhoneTimeline {
    var time = 0.0
    return PhoneTimeline(
        phones: phones.map { ipa, seconds in
            defer { time += seconds }
            return Phone(start: time, end: time + seconds, ipa: ipa)
        }, source: "test")
}

/// The face track of a timeline.
func speak(
    _ timeline: PhoneTimeline, fps: Int = 60, options: PerformanceOptions = PerformanceOptions(idle: false)
) -> FaceTrack {
    LipSync(options: options).faceTrack(
        for: timeline, durationSeconds: timeline.endSeconds + 0.3, frameRate: FrameRate(fps) ?? .fps30)
}
