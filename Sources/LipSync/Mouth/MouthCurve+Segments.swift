import AvatariumCore

extension MouthCurve {
    /// Steps 2 and 3: the targets of the segments, scaled by stress and loudness (vowels only), and the time
    /// over which each pulls.
    init(
        segments: [SpeechSegment], loudness: VowelLoudness, mouthStrength: Float, frameRate: FrameRate
    ) {
        let strength = mouthStrength.isFinite ? clamp(mouthStrength, 0, 2) : 1
        var sounds: [Influence] = []
        sounds.reserveCapacity(segments.count)
        for (index, segment) in segments.enumerated() where !segment.isHeldPause {
            var pose = segment.sound.pose
            if !segment.sound.isSilence {
                var scale = strength
                if segment.sound.isVowel {
                    scale *= segment.stress == 1 ? 1.06 : (segment.stress == 2 ? 1.03 : 1)
                    scale *= loudness.scale(ofSegment: index)
                }
                pose.open(by: scale)
            }
            sounds.append(
                Influence(
                    start: segment.start, end: segment.end, pose: pose, dominance: segment.sound.dominance,
                    visemeDominance: segment.sound.visemeDominance))
            let last = sounds.count - 1
            if last > 0 { Self.anticipate(&sounds, segments, index) }
        }
        if let last = sounds.indices.last {
            sounds[0].start -= 1
            sounds[last].end += 1
        }
        self.init(
            sounds: sounds, contacts: LipContact.contacts(in: segments, frameRate: frameRate))
    }

    /// A mouth begins to open about 130 ms before it speaks, and to close within the last sound.
    private static func anticipate(
        _ sounds: inout [Influence], _ segments: [SpeechSegment], _ index: Int
    ) {
        let last = sounds.count - 1
        let segment = segments[index]
        if segment.sound.isSilence {
            let early = min(0.06, 0.4 * (sounds[last - 1].end - sounds[last - 1].start))
            sounds[last].start -= early
            sounds[last - 1].end -= early
        } else if segments[index - 1].sound.isSilence, !segments[index - 1].isHeldPause {
            let early = min(0.13, 0.4 * segments[index - 1].duration)
            sounds[last].start -= early
            sounds[last - 1].end -= early
        }
    }
}

extension MouthPose {
    /// Scales how far the mouth is open beyond rest; what is closer than rest stays.
    fileprivate mutating func open(by scale: Float) {
        let opening = self[.aperture] - LipAperture.rest
        if opening > 0 { self[.aperture] = LipAperture.rest + opening * scale }
    }
}
