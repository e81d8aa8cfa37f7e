import AvatariumCore
import Phonetics

extension Articulation {
    /// The mouth of a consonant, from where and how it is made and then from its second articulations.
    static func consonant(_ features: IPAFeatures) -> Articulation {
        var sound = primary(features)
        if features.labialized, sound.contact == nil {
            sound.pose[.round] = max(sound.pose[.round], 0.8)
            sound.pose[.aperture] = min(sound.pose[.aperture], 0.35)
            sound.dominance = max(sound.dominance, 0.65)
        }
        if features.palatalized {
            sound.pose[.spread] = min(1, sound.pose[.spread] + 0.3)
            sound.dominance = max(sound.dominance, 0.35)
        }
        if features.pharyngealized {
            sound.pose[.aperture] += 0.04
            sound.pose[.round] = max(sound.pose[.round], 0.2)
            sound.dominance = max(sound.dominance, 0.3)
        }
        if features.syllabic { sound.dominance = max(sound.dominance, 0.4) }
        return sound
    }

    private static func primary(_ features: IPAFeatures) -> Articulation {
        switch features.place {
        case .bilabial:
            if features.closesLips || features.manner == .trill {
                return make(0.24, 0.8, [.PP: 1], contact: .lips)
            }
            return make(0.22, 0.9, round: 0.15, [.PP: 0.5, .FF: 0.5])
        case .labiodental:
            if features.manner == .approximant || features.manner == .tap {
                return make(0.26, 0.8, labiodental: 0.6, [.FF: 0.7, .sil: 0.3])
            }
            return make(0.24, 0.8, [.FF: 1], contact: .teeth)
        case .labialVelar:
            return make(0.27, 0.8, round: 1, [.U: 1])
        case .labialPalatal:
            return make(0.28, 0.8, round: 0.9, [.U: 0.8, .I: 0.2])
        case .dental where isNoise(features):
            return make(0.4, 0.4, tongue: 1, [.TH: 1])
        case .alveolar where isNoise(features) && features.manner != .lateral:
            return make(0.39, 0.55, spread: 0.45, [.SS: 1])
        case .postalveolar where isNoise(features), .retroflex where isNoise(features):
            return make(0.42, 0.65, flare: 0.8, [.CH: 1])
        case .alveoloPalatal where isNoise(features):
            return make(0.41, 0.55, spread: 0.25, flare: 0.35, [.CH: 0.7, .I: 0.3])
        case .dental, .alveolar, .postalveolar, .alveoloPalatal:
            return tongueTip(features)
        case .retroflex:
            if features.manner == .approximant { return make(0.41, 0.45, round: 0.3, flare: 0.3, [.RR: 1]) }
            var sound = tongueTip(features)
            sound.pose[.flare] = 0.2
            return sound
        case .palatal:
            return make(0.38, 0.4, spread: 0.5, [.I: 0.8, .kk: 0.2])
        case .velar:
            return make(0.5, 0.15, [.kk: 1])
        case .uvular:
            return make(0.52, 0.2, [.kk: 0.7, .aa: 0.3])
        case .pharyngeal:
            return make(0.6, 0.3, [.aa: 0.6, .kk: 0.4])
        case .glottal, nil:
            return make(0.6, 0.05, [.kk: 0.3, .sil: 0.7])
        }
    }

    /// Stops, nasals, laterals and r-sounds of the tongue's tip: the lips are almost free.
    private static func tongueTip(_ features: IPAFeatures) -> Articulation {
        switch features.manner {
        case .nasal: make(0.42, 0.25, [.nn: 1])
        case .lateral: make(0.47, 0.25, tongue: 0.15, [.nn: 1])
        case .approximant: make(0.41, 0.4, round: 0.35, flare: 0.2, [.RR: 1])
        case .trill, .tap: make(0.42, 0.25, [.RR: 0.7, .DD: 0.3])
        case .click: make(0.45, 0.35, spread: 0.25, [.DD: 0.7, .kk: 0.3])
        default: make(0.42, 0.25, [.DD: 1])
        }
    }

    private static func isNoise(_ features: IPAFeatures) -> Bool {
        features.manner == .fricative || features.manner == .affricate
    }

    private static func make(
        _ aperture: Float, _ dominance: Float, spread: Float = 0, round: Float = 0,
        flare: Float = 0, labiodental: Float = 0, tongue: Float = 0, _ visemes: [OculusViseme: Float],
        contact: Contact? = nil
    ) -> Articulation {
        Articulation(
            pose: MouthPose(
                aperture: aperture, spread: spread, round: round, flare: flare,
                labiodental: labiodental, tongue: tongue, visemes),
            dominance: dominance, visemeDominance: max(dominance, 0.5), contact: contact, isVowel: false)
    }
}
