import AvatariumCore

/// A pose held for a while: the curve passes from one to the next by minimum-jerk blends.
struct ArticulatoryKey: Equatable, Sendable {
    /// Seconds in which the pose is held.
    var holdStart: Double
    var holdEnd: Double
    /// How long before `holdStart` the movement towards it may begin, seconds.
    var lead: Double
    var pose: MouthPose
    var isClosure: Bool

    /// Step 2: the target of each segment, scaled by stress and loudness (vowels only).
    static func targets(
        for segments: [SpeechSegment], loudness: VowelLoudness?, options: PerformanceOptions
    ) -> [MouthPose] {
        let strength = min(max(options.mouthStrength, 0), 2)
        return segments.indices.map { index in
            let segment = segments[index]
            var pose = segment.sound.pose
            guard !segment.sound.isSilence else { return pose }
            var scale = strength
            if segment.sound.isVowel {
                scale *= segment.stress == 1 ? 1.08 : (segment.stress == 2 ? 1.03 : 1)
                scale *= loudness?.scale(ofSegment: index) ?? 1
            }
            for channel in [MouthPose.Channel.aperture, .jaw] {
                let opening = pose[channel] - LipGeometry.restAperture
                if opening > 0 { pose[channel] = LipGeometry.restAperture + opening * scale }
            }
            return pose
        }
    }

    /// Step 3: pulls each target towards its neighbours by dominance and distance, and times it.
    static func coarticulated(
        _ targets: [MouthPose], segments: [SpeechSegment], frameRate: FrameRate
    ) -> [ArticulatoryKey] {
        var keys: [ArticulatoryKey] = []
        keys.reserveCapacity(segments.count)
        for index in segments.indices {
            let segment = segments[index]
            let isShortPause =
                segment.sound.isSilence && segment.duration < Timing.heldPause && index > 0
                && index < segments.count - 1
            if isShortPause { continue }
            let pose = pulled(targets, segments, index)
            keys.append(timed(segment, pose: pose, isFirst: index == 0, isLast: index == segments.count - 1))
        }
        resolve(&keys)
        for index in keys.indices where keys[index].isClosure { keys[index].cover(frameRate) }
        return keys
    }

    /// Seconds.
    enum Timing {
        static let heldPause = 0.12
        static let globalLead = 0.03
        static let relax = 0.15
        static let reopen = 0.13
        static let lead = 0.13
        static let longLead = 0.17
        static let neighbourhood = 0.12
        static let shortestSeal = 0.055
        static let shortestMove = 0.02
    }

    private static func pulled(
        _ targets: [MouthPose], _ segments: [SpeechSegment], _ index: Int
    ) -> MouthPose {
        let own = segments[index].sound.dominance
        let segment = segments[index]
        guard own < 1, !segment.sound.isSilence else { return targets[index] }
        var sum = targets[index] * own
        var total = own
        func add(_ neighbour: Int, bias: Float) {
            guard segments.indices.contains(neighbour) else { return }
            let other = segments[neighbour]
            let gap = max(0, neighbour > index ? other.start - segment.end : segment.start - other.end)
            let weight =
                (1 - own) * other.sound.dominance * bias * Float(exponential(-gap / Timing.neighbourhood))
            sum = sum + targets[neighbour] * weight
            total += weight
        }
        add(index + 1, bias: 1.15)
        add(index - 1, bias: 0.85)
        add(index + 2, bias: 1.15)
        add(index - 2, bias: 0.85)
        guard total > 0 else { return targets[index] }
        return sum * (1 / total)
    }

    private static func timed(
        _ segment: SpeechSegment, pose: MouthPose, isFirst: Bool, isLast: Bool
    ) -> ArticulatoryKey {
        let (start, duration) = (segment.start, segment.duration)
        func key(_ from: Double, _ to: Double, _ lead: Double, shift: Double = Timing.globalLead)
            -> ArticulatoryKey
        {
            ArticulatoryKey(
                holdStart: from - shift, holdEnd: to - shift, lead: lead, pose: pose,
                isClosure: segment.sound.isClosure)
        }
        switch segment.sound.timing {
        case .closure:
            let held = max(0.75 * duration, Timing.shortestSeal)
            return key(start, start + held, Timing.lead, shift: 0)
        case .labiodental:
            return key(start + 0.15 * duration, start + 0.75 * duration, Timing.longLead)
        case .rounded:
            return key(start + 0.25 * duration, start + 0.65 * duration, Timing.longLead)
        case .plain:
            return key(start + 0.35 * duration, start + 0.6 * duration, Timing.lead)
        case .silence:
            let from = isFirst ? start : min(start + Timing.relax, start + duration / 2)
            let to = isLast ? segment.end : max(segment.end - Timing.reopen, from)
            return key(from, to, Timing.relax, shift: 0)
        }
    }

    /// Makes holds follow one another with room to move between them; closures give way to nothing.
    private static func resolve(_ keys: inout [ArticulatoryKey]) {
        for index in keys.indices {
            if index + 1 < keys.count, keys[index + 1].isClosure, !keys[index].isClosure {
                let latest = keys[index + 1].holdStart - Timing.shortestMove
                keys[index].holdEnd = min(keys[index].holdEnd, latest)
                keys[index].holdStart = min(keys[index].holdStart, keys[index].holdEnd)
            }
            guard index > 0 else { continue }
            let earliest = keys[index - 1].holdEnd + Timing.shortestMove
            if keys[index].holdStart < earliest, !keys[index].isClosure {
                keys[index].holdStart = earliest
                keys[index].holdEnd = max(keys[index].holdEnd, earliest)
            } else if keys[index].holdStart < keys[index - 1].holdEnd {
                keys[index - 1].holdEnd = max(keys[index].holdStart, keys[index - 1].holdStart)
            }
        }
    }

    /// Widens the hold to take in at least one frame time.
    private mutating func cover(_ frameRate: FrameRate) {
        let rate = frameRate.framesPerSecond
        let before = (holdStart * rate).rounded(.down) / rate
        let after = (holdStart * rate).rounded(.up) / rate
        if after <= holdEnd { return }
        if holdStart - before < after - holdEnd { holdStart = before } else { holdEnd = after }
    }
}
