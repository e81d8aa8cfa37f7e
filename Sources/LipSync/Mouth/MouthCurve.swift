import AvatariumCore
import Foundation

/// Step 3: the mouth over time, read forwards.
///
/// At every instant a pose is the mean of the sounds around it, weighted by their dominance and by a Gaussian
/// window: short sounds undershoot, weak ones take their neighbours' mouth, and the curve is smooth to every
/// order. It is read a little ahead, because lips are early. Contacts are laid over it exactly.
struct MouthCurve: Sendable {
    private let sounds: [Influence]
    private let contacts: [LipContact]
    private var firstSound = 0
    private var firstContact = 0

    /// Standard deviation of the window and how far ahead it looks, seconds.
    private struct Window: Sendable {
        var width: Double
        var lead: Double
        static let lips = Window(width: 0.035, lead: 0.03)
        /// Lips are pushed forward more slowly and from further ahead.
        static let rounding = Window(width: 0.05, lead: 0.05)
        /// Widths within which a sound counts.
        static let reach = 4.0
    }

    /// A sound and the time over which it pulls.
    struct Influence: Sendable {
        var start: Double
        var end: Double
        var pose: MouthPose
        var dominance: Float
        var visemeDominance: Float
    }

    init(sounds: [Influence], contacts: [LipContact]) {
        self.sounds = sounds
        self.contacts = contacts
    }

    /// The pose at a time that must not be before the last one asked for.
    mutating func pose(at time: Double) -> MouthPose {
        var pose = freePose(at: time)
        while firstContact < contacts.count, contacts[firstContact].end <= time { firstContact += 1 }
        for contact in contacts[firstContact...] {
            guard contact.begin < time else { break }
            let closeness = contact.closeness(at: time)
            if closeness > 0 { pose.touch(contact.kind, closeness) }
        }
        return pose
    }

    private mutating func freePose(at time: Double) -> MouthPose {
        let span = Window.reach * Window.rounding.width
        let centre = time + Window.rounding.lead
        while firstSound < sounds.count - 1, sounds[firstSound].end < centre - span { firstSound += 1 }
        guard firstSound < sounds.count else { return .rest }
        guard sounds[firstSound].end < centre + span else { return sounds[firstSound].pose }
        var sum = MouthPose()
        var channelTotal = SIMD8<Float>()
        var visemeTotal: Float = 0
        for sound in sounds[firstSound...] {
            guard sound.start < centre + span else { break }
            let lips = Self.share(of: sound, at: time, in: .lips)
            let rounding = Self.share(of: sound, at: time, in: .rounding)
            var weights = SIMD8<Float>(repeating: lips * sound.dominance)
            weights[MouthPose.Channel.round.rawValue] = rounding * sound.dominance
            weights[MouthPose.Channel.flare.rawValue] = rounding * sound.dominance
            weights[MouthPose.Channel.tongue.rawValue] = lips
            let visemeWeight = lips * sound.visemeDominance
            sum.channels += sound.pose.channels * weights
            sum.visemes += sound.pose.visemes * visemeWeight
            channelTotal += weights
            visemeTotal += visemeWeight
        }
        let least = SIMD8<Float>(repeating: 1e-6)
        sum.channels /= channelTotal.replacing(with: least, where: channelTotal .< least)
        sum.visemes /= max(visemeTotal, 1e-6)
        return sum
    }

    /// The share of the window that a sound fills.
    private static func share(of sound: Influence, at time: Double, in window: Window) -> Float {
        let scale = 1 / (window.width * 2.0.squareRoot())
        let centre = time + window.lead
        return Float(
            0.5
                * (erf((sound.end - centre) * scale) - erf((sound.start - centre) * scale))
        )
    }
}

extension MouthPose {
    /// Brings the lips together, or the lower lip to the teeth, by a share of the way.
    fileprivate mutating func touch(_ contact: Articulation.Contact, _ closeness: Float) {
        let viseme: OculusViseme
        let free = self[.aperture]
        switch contact {
        case .lips:
            viseme = .PP
            self[.aperture] = mix(free, Self.sealedAperture, closeness)
            self[.press] = max(self[.press], 0.8 * closeness)
            for channel in [Channel.flare, .labiodental, .tongue] { self[channel] *= 1 - closeness }
        case .teeth:
            viseme = .FF
            self[.aperture] = mix(free, min(free, Self.bittenAperture), closeness)
            self[.labiodental] = max(self[.labiodental], closeness)
            self[.round] *= 1 - 0.7 * closeness
            self[.tongue] *= 1 - closeness
        }
        // The jaw rises with the lips, but not all of the way.
        self[.jaw] += 0.3 * closeness * max(0, free - LipAperture.rest)
        visemes *= 1 - closeness
        visemes[viseme.rawValue] += closeness
    }

    /// Apertures of lips on lips (a gap of 0.5 mm: skin touches skin) and of the lower lip on the teeth.
    static let sealedAperture: Float = 0.02
    static let bittenAperture: Float = 0.15
}

/// The minimum-jerk path from 0 to 1 (Flash and Hogan 1985): 10x^3 - 15x^4 + 6x^5, still at both ends.
func minimumJerk(_ x: Float) -> Float {
    let x = min(max(x, 0), 1)
    return x * x * x * (10 + x * (6 * x - 15))
}
