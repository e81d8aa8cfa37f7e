import AvatariumCore

/// Lips on lips or on teeth: held at full for a while, reached and left on minimum-jerk paths.
///
/// Measured lips are closed at the phone's start, not at its middle, and half way there 40 ms before.
struct LipContact: Equatable, Sendable {
    var kind: Articulation.Contact
    /// Seconds.
    var holdStart: Double
    var holdEnd: Double
    /// Seconds that reaching and leaving it take.
    var attack: Double
    var release: Double

    var begin: Double { holdStart - attack }
    var end: Double { holdEnd + release }

    private enum Timing {
        /// Share of the phone that the lips stay together, and the least time in seconds.
        static let held = 0.7
        static let shortest = 0.055
        static let attack = 0.09
        static let release = 0.08
        static let fastest = 0.025
        /// Share of a vowel beside the contact within which the lips are on their way.
        static let vowelShare = 0.65
    }

    /// 0 apart ... 1 in full contact.
    func closeness(at time: Double) -> Float {
        minimumJerk(Float((time - begin) / attack)) * minimumJerk(Float((end - time) / release))
    }

    /// The contacts of a clip in order of time; each is seen on at least one frame.
    static func contacts(in segments: [SpeechSegment], frameRate: FrameRate) -> [LipContact] {
        var contacts: [LipContact] = []
        var previousSegment: SpeechSegment?
        for segment in segments {
            defer { if !segment.isHeldPause { previousSegment = segment } }
            if segment.sound.isVowel, previousSegment?.sound.contact != nil {
                contacts[contacts.count - 1].leave(before: segment)
            }
            guard let kind = segment.sound.contact else { continue }
            let length = max(Timing.held * segment.duration, Timing.shortest)
            var contact = LipContact(
                kind: kind, holdStart: segment.start, holdEnd: segment.start + length,
                attack: Timing.attack, release: Timing.release)
            if let previousSegment, previousSegment.sound.isVowel {
                contact.attack = min(
                    contact.attack, max(Timing.vowelShare * previousSegment.duration, Timing.fastest))
            }
            if let last = contacts.indices.last {
                if previousSegment?.sound.contact == kind {
                    contacts[last].holdEnd = max(contact.holdEnd, contacts[last].holdEnd)
                    continue
                }
                contact.makeRoom(after: &contacts[last])
            }
            contacts.append(contact)
        }
        for index in contacts.indices { contacts[index].cover(frameRate) }
        return contacts
    }

    /// Lets a short vowel open before it is half over.
    private mutating func leave(before vowel: SpeechSegment) {
        let open = vowel.start + Timing.vowelShare * vowel.duration
        release = min(release, max(open - holdEnd, Timing.fastest))
    }

    /// Shares the time between two contacts out so that the mouth opens fully between them.
    private mutating func makeRoom(after previous: inout LipContact) {
        previous.holdEnd = max(previous.holdStart, min(previous.holdEnd, holdStart - 2 * Timing.fastest))
        let room = holdStart - previous.holdEnd
        guard room < previous.release + attack else { return }
        let release = max(room * 0.45, Timing.fastest)
        previous.release = min(previous.release, release)
        attack = min(attack, max(room - release, Timing.fastest))
    }

    /// Widens the hold to take in at least one frame time.
    private mutating func cover(_ frameRate: FrameRate) {
        let rate = frameRate.framesPerSecond
        let after = (holdStart * rate).rounded(.up) / rate
        guard after > holdEnd else { return }
        let before = (holdStart * rate).rounded(.down) / rate
        if holdStart - before < after - holdEnd { holdStart = before } else { holdEnd = after }
    }
}
