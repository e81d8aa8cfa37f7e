import AvatariumCore

/// A stretch of one mouth target: a phone, half a diphthong, or silence. Segments cover the clip without gaps.
struct SpeechSegment: Equatable, Sendable {
    var start: Double
    var end: Double
    var sound: Articulation
    var stress: Int
    var wordIndex: Int?
    /// Whether it is a later part of the phone whose first part is the segment before: the glide of a diphthong.
    var continuesPhone = false

    var duration: Double { end - start }

    /// A pause too short to relax in: the mouth goes from the sound before it to the sound after it.
    var isHeldPause: Bool { sound.isSilence && duration < 0.12 }

    /// Step 1: repairs the timeline (order, overlaps, gaps, ends) and splits diphthongs 60/40, or 55/45 where
    /// they glide towards a rounded vowel.
    static func segments(of timeline: PhoneTimeline, durationSeconds: Double) -> [SpeechSegment] {
        var segments: [SpeechSegment] = []
        segments.reserveCapacity(timeline.phones.count * 2 + 1)
        var known: [String: [Articulation]] = [:]
        var cursor = 0.0
        for phone in timeline.phones where phone.start.isFinite && phone.end.isFinite {
            let start = min(max(phone.start, cursor), durationSeconds)
            let end = min(max(phone.end, start), durationSeconds)
            let sounds = known[phone.ipa] ?? Articulation.sequence(forIPA: phone.ipa)
            known[phone.ipa] = sounds
            guard let first = sounds.first, !first.isSilence else { continue }
            guard end > start || (first.contact != nil && start < durationSeconds) else { continue }
            append(silenceFrom: cursor, to: start, &segments)
            var from = start
            for (index, sound) in sounds.enumerated() {
                let isLast = index == sounds.count - 1
                let share = isLast ? 1 : (sounds[index + 1].pose[.round] > 0.5 ? 0.55 : 0.6)
                let to = isLast ? end : from + (end - from) * share
                segments.append(
                    SpeechSegment(
                        start: from, end: to, sound: sound, stress: phone.stress, wordIndex: phone.wordIndex,
                        continuesPhone: index > 0))
                from = to
            }
            cursor = end
        }
        append(silenceFrom: cursor, to: durationSeconds, &segments)
        return segments
    }

    private static func append(
        silenceFrom start: Double, to end: Double, _ segments: inout [SpeechSegment]
    ) {
        guard end - start > 1e-6 else { return }
        segments.append(SpeechSegment(start: start, end: end, sound: .silence, stress: 0, wordIndex: nil))
    }
}
