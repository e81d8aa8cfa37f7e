import AvatariumCore

extension ShapeNames {
    /// Apple's names in lower case without sides, to the one shape or the pair.
    static let arkit: [String: [ARKitShape]] = {
        var table: [String: [ARKitShape]] = [:]
        for shape in ARKitShape.allCases {
            table[ShapeName(shape.name).key(from: 0).base, default: []].append(shape)
        }
        return table
    }()

    /// Other tools' words for ARKit's shapes, lower case, without sides.
    static let aliases: [String: [ARKitShape]] = [
        // Ready Player Me's extras and words that many artists use.
        "mouthopen": [.jawOpen], "openmouth": [.jawOpen], "jawdrop": [.jawOpen], "jawdown": [.jawOpen],
        "mouthjawopen": [.jawOpen], "jawfwd": [.jawForward], "jawforwards": [.jawForward],
        "eyesclosed": [.eyeBlinkLeft, .eyeBlinkRight], "eyeclosed": [.eyeBlinkLeft, .eyeBlinkRight],
        "eyeupperclose": [.eyeBlinkLeft, .eyeBlinkRight], "eyelowerclose": [.eyeBlinkLeft, .eyeBlinkRight],
        "eyeclose": [.eyeBlinkLeft, .eyeBlinkRight], "eyesclose": [.eyeBlinkLeft, .eyeBlinkRight],
        "eyesblink": [.eyeBlinkLeft, .eyeBlinkRight], "blink": [.eyeBlinkLeft, .eyeBlinkRight],
        "wink": [.eyeBlinkLeft, .eyeBlinkRight], "blinkeye": [.eyeBlinkLeft, .eyeBlinkRight],
        "eyewink": [.eyeBlinkLeft, .eyeBlinkRight],
        "eyeswide": [.eyeWideLeft, .eyeWideRight], "eyesquinting": [.eyeSquintLeft, .eyeSquintRight],
        "eyessquint": [.eyeSquintLeft, .eyeSquintRight],
        "eyeslookup": [.eyeLookUpLeft, .eyeLookUpRight], "lookup": [.eyeLookUpLeft, .eyeLookUpRight],
        "eyeslookdown": [.eyeLookDownLeft, .eyeLookDownRight],
        "lookdown": [.eyeLookDownLeft, .eyeLookDownRight],
        "browsdown": [.browDownLeft, .browDownRight], "browlowerer": [.browDownLeft, .browDownRight],
        "browup": [.browOuterUpLeft, .browOuterUpRight], "browsup": [.browInnerUp],
        "browraise": [.browOuterUpLeft, .browOuterUpRight], "browsinnerup": [.browInnerUp],
        "smile": [.mouthSmileLeft, .mouthSmileRight], "frown": [.mouthFrownLeft, .mouthFrownRight],
        "pucker": [.mouthPucker], "mouthkiss": [.mouthPucker], "funnel": [.mouthFunnel],
        "lipsfunnel": [.mouthFunnel], "lipspucker": [.mouthPucker], "lipfunnel": [.mouthFunnel],
        "lippucker": [.mouthPucker], "lipsclose": [.mouthClose], "lipclose": [.mouthClose],
        "mouthclosed": [.mouthClose], "mouthlipsclosed": [.mouthClose], "lipstogether": [.mouthClose],
        "mouthrolllowerlip": [.mouthRollLower], "mouthrollupperlip": [.mouthRollUpper],
        "lowerlipdown": [.mouthLowerDownLeft, .mouthLowerDownRight],
        "upperlipup": [.mouthUpperUpLeft, .mouthUpperUpRight],
        "lipupperup": [.mouthUpperUpLeft, .mouthUpperUpRight],
        "liplowerdown": [.mouthLowerDownLeft, .mouthLowerDownRight],
        "cheekspuff": [.cheekPuff], "puff": [.cheekPuff], "sneer": [.noseSneerLeft, .noseSneerRight],
        "nosewrinkle": [.noseSneerLeft, .noseSneerRight], "tongue": [.tongueOut],
        "tonguestickout": [.tongueOut],
        // Character Creator 4 (extended) and 3+.
        "browraiseinner": [.browInnerUp], "browraiseouter": [.browOuterUpLeft, .browOuterUpRight],
        "browdrop": [.browDownLeft, .browDownRight],
        "eyelookup": [.eyeLookUpLeft, .eyeLookUpRight], "eyelookdown": [.eyeLookDownLeft, .eyeLookDownRight],
        "eyeup": [.eyeLookUpLeft, .eyeLookUpRight], "eyedown": [.eyeLookDownLeft, .eyeLookDownRight],
        "cheekraise": [.cheekSquintLeft, .cheekSquintRight],
        "nosescrunch": [.noseSneerLeft, .noseSneerRight],
        "noseflankraise": [.noseSneerLeft, .noseSneerRight],
        "noseflanksraise": [.noseSneerLeft, .noseSneerRight],
        "mouthrollin": [.mouthRollLower, .mouthRollUpper],
        "mouthrollinupper": [.mouthRollUpper], "mouthrollinlower": [.mouthRollLower],
        "mouthlipstuck": [.mouthRollLower, .mouthRollUpper],
        "mouthlipstight": [.mouthPressLeft, .mouthPressRight],
        "mouthupupper": [.mouthUpperUpLeft, .mouthUpperUpRight],
        "mouthtoplipup": [.mouthUpperUpLeft, .mouthUpperUpRight],
        "mouthdownlower": [.mouthLowerDownLeft, .mouthLowerDownRight],
        "mouthbottomlipdown": [.mouthLowerDownLeft, .mouthLowerDownRight],
        "mouthwiden": [.mouthStretchLeft, .mouthStretchRight],
        "mouthpuckerup": [.mouthPucker], "mouthpuckerdown": [.mouthPucker],
        "mouthfunnelup": [.mouthFunnel], "mouthfunneldown": [.mouthFunnel],
        "mouthblow": [.cheekPuff], "cheekblow": [.cheekPuff],
        // Unreal's and Faceit's longer forms.
        "mouthlowerlipdown": [.mouthLowerDownLeft, .mouthLowerDownRight],
        "mouthupperlipup": [.mouthUpperUpLeft, .mouthUpperUpRight],
        "mouthcornerpull": [.mouthSmileLeft, .mouthSmileRight],
        "mouthcornerdepress": [.mouthFrownLeft, .mouthFrownRight],
        "browlower": [.browDownLeft, .browDownRight], "innerbrowraiser": [.browInnerUp],
        "browinnerraise": [.browInnerUp], "browouterraise": [.browOuterUpLeft, .browOuterUpRight],
        "outerbrowraiser": [.browOuterUpLeft, .browOuterUpRight],
        // Action units by their full names, as in Meta's face tracking: `LipCornerPullerL`, `LipFunnelerRB`.
        "cheekraiser": [.cheekSquintLeft, .cheekSquintRight], "chinraiser": [.mouthShrugLower],
        "chinraiserb": [.mouthShrugLower], "chinraisert": [.mouthShrugUpper],
        "dimpler": [.mouthDimpleLeft, .mouthDimpleRight], "jawsideways": [.jawLeft, .jawRight],
        "jawthrust": [.jawForward], "lidtightener": [.eyeSquintLeft, .eyeSquintRight],
        "lipcornerdepressor": [.mouthFrownLeft, .mouthFrownRight],
        "lipcornerpuller": [.mouthSmileLeft, .mouthSmileRight], "lipfunneler": [.mouthFunnel],
        "lippuckerer": [.mouthPucker], "lippressor": [.mouthPressLeft, .mouthPressRight],
        "lipstretcher": [.mouthStretchLeft, .mouthStretchRight],
        "lipsuck": [.mouthRollLower, .mouthRollUpper], "lipstoward": [.mouthClose],
        "liptightener": [.mouthPressLeft, .mouthPressRight],
        "lowerlipdepressor": [.mouthLowerDownLeft, .mouthLowerDownRight],
        "nosewrinkler": [.noseSneerLeft, .noseSneerRight],
        "upperlidraiser": [.eyeWideLeft, .eyeWideRight],
        "upperlipraiser": [.mouthUpperUpLeft, .mouthUpperUpRight], "cheekpuffer": [.cheekPuff],
        "tongueshow": [.tongueOut],
        // VRCFaceTracking's unified expressions and HTC's lip tracker.
        "browpinch": [.browDownLeft, .browDownRight], "lipsuckupper": [.mouthRollUpper],
        "lipsucklower": [.mouthRollLower], "lipfunnelupper": [.mouthFunnel],
        "lipfunnellower": [.mouthFunnel], "lippuckerupper": [.mouthPucker],
        "lippuckerlower": [.mouthPucker], "mouthraiserupper": [.mouthShrugUpper],
        "mouthraiserlower": [.mouthShrugLower], "mouthtightener": [.mouthPressLeft, .mouthPressRight],
        "mouthsad": [.mouthFrownLeft, .mouthFrownRight], "mouthpout": [.mouthPucker],
        "mouthupperinside": [.mouthRollUpper], "mouthlowerinside": [.mouthRollLower],
        "mouthloweroverlay": [.mouthShrugLower], "tonguelongstep1": [.tongueOut],
        // MetaHuman's expression controls.
        "eyewiden": [.eyeWideLeft, .eyeWideRight], "browraisein": [.browInnerUp],
        "eyecheekraise": [.cheekSquintLeft, .cheekSquintRight],
        "eyesquintinner": [.eyeSquintLeft, .eyeSquintRight],
        "mouthlowerlipdepress": [.mouthLowerDownLeft, .mouthLowerDownRight],
        "mouthupperlipraise": [.mouthUpperUpLeft, .mouthUpperUpRight], "mouthlipspurse": [.mouthPucker],
        "mouthlipstogether": [.mouthClose], "mouthlipspress": [.mouthPressLeft, .mouthPressRight],
        "jawchinraise": [.mouthShrugLower], "mouthcheekblow": [.cheekPuff],
        // MB-Lab, of whose pairs `_max` is the shape and `_min` its opposite.
        "jawout": [.jawForward], "mouthinflated": [.cheekPuff],
    ]

    /// FACS action units. 25 (lips part) is left out: ARKit has no shape of its own for it.
    static let actionUnits: [Int: [ARKitShape]] = [
        1: [.browInnerUp], 2: [.browOuterUpLeft, .browOuterUpRight], 4: [.browDownLeft, .browDownRight],
        5: [.eyeWideLeft, .eyeWideRight], 6: [.cheekSquintLeft, .cheekSquintRight],
        7: [.eyeSquintLeft, .eyeSquintRight], 9: [.noseSneerLeft, .noseSneerRight],
        10: [.mouthUpperUpLeft, .mouthUpperUpRight], 12: [.mouthSmileLeft, .mouthSmileRight],
        14: [.mouthDimpleLeft, .mouthDimpleRight], 15: [.mouthFrownLeft, .mouthFrownRight],
        16: [.mouthLowerDownLeft, .mouthLowerDownRight], 17: [.mouthShrugLower], 18: [.mouthPucker],
        19: [.tongueOut], 20: [.mouthStretchLeft, .mouthStretchRight], 22: [.mouthFunnel],
        24: [.mouthPressLeft, .mouthPressRight], 26: [.jawOpen], 28: [.mouthRollLower, .mouthRollUpper],
        29: [.jawForward], 33: [.cheekPuff], 34: [.cheekPuff], 43: [.eyeBlinkLeft, .eyeBlinkRight],
        45: [.eyeBlinkLeft, .eyeBlinkRight],
    ]

    static let visemeMarks: Set<String> = [
        "viseme", "visemes", "vis", "v", "phoneme", "phonemes", "lipsync", "ovr", "oculus",
    ]

    /// Oculus names, VRChat's spellings and the classic animators' alphabet (Preston Blair).
    static let oculus: [String: OculusViseme] = [
        "sil": .sil, "silence": .sil, "rest": .sil, "pp": .PP, "p": .PP, "mbp": .PP, "bmp": .PP, "pbm": .PP,
        "ff": .FF, "f": .FF, "fv": .FF, "th": .TH, "dd": .DD, "d": .DD, "kk": .kk, "k": .kk, "ch": .CH,
        "chj": .CH, "ss": .SS, "s": .SS, "nn": .nn, "n": .nn, "l": .nn, "rr": .RR, "aa": .aa, "ah": .aa,
        "a": .aa, "ai": .aa, "e": .E, "eh": .E, "i": .I, "ih": .I, "ee": .I, "o": .O, "oh": .O, "u": .U,
        "ou": .U, "oo": .U, "uu": .U, "wq": .U, "w": .U,
    ]

    /// Character Creator's eight mouth visemes, mixed into Oculus' fifteen.
    static let characterCreator: [String: [(OculusViseme, Float)]] = [
        "open": [(.aa, 0.9), (.E, 0.35), (.O, 0.4), (.kk, 0.25), (.RR, 0.1)],
        "explosive": [(.PP, 1)],
        "dentallip": [(.FF, 1)],
        "tighto": [(.U, 0.9), (.O, 0.65), (.RR, 0.35)],
        "tight": [(.SS, 0.25)],
        "wide": [(.I, 0.7), (.E, 0.5), (.SS, 0.3)],
        "affricate": [(.CH, 1), (.RR, 0.3)],
        "lipopen": [(.I, 0.45), (.DD, 0.5), (.nn, 0.5), (.TH, 0.5), (.kk, 0.3), (.SS, 0.4)],
        "tongueup": [(.DD, 0.8), (.nn, 0.8)],
        "tongueraise": [(.kk, 0.6)],
        "tongueout": [(.TH, 0.6)],
        "tonguecurlu": [(.RR, 0.6)],
    ]

    /// Daz Studio's visemes; those of its vowels that Oculus lacks serve where the nearest is missing.
    static let dazVisemes: [String: ShapeMeaning] = {
        let own: [String: OculusViseme] = [
            "aa": .aa, "eh": .E, "iy": .I, "ow": .O, "uw": .U, "m": .PP, "f": .FF, "th": .TH, "s": .SS,
            "sh": .CH,
            "t": .DD, "k": .kk, "l": .nn, "er": .RR,
        ]
        let near: [String: OculusViseme] = ["ee": .I, "ih": .I, "w": .U]
        return own.mapValues { ShapeMeaning(visemes: [($0, 1)], rank: .alias) }
            .merging(near.mapValues { ShapeMeaning(visemes: [($0, 1)], rank: .combined) }) { a, _ in a }
    }()

    /// Microsoft's visemes 0 to 21 by the phones they stand for (Azure Speech, "Map phonemes to visemes").
    static let azurePhones: [Set<String>] = [
        ["sil", "silence"], ["ae", "ax", "ah", "aa"], ["aa"], ["ao"], ["ey", "eh", "uh"], ["er"],
        ["y", "iy", "ih", "ix"], ["w", "uw"], ["ow"], ["aw"], ["oy"], ["ay"], ["h"], ["r"], ["l"],
        ["s", "z"],
        ["sh", "ch", "jh", "zh"], ["th", "dh"], ["f", "v"], ["d", "t", "n"], ["k", "g", "ng"],
        ["p", "b", "m"],
    ]

    /// What they are among Oculus'; the second choice for one serves where the first is missing.
    static let azureVisemes: [ShapeMeaning] = {
        func first(_ viseme: OculusViseme) -> ShapeMeaning {
            ShapeMeaning(visemes: [(viseme, 1)], rank: .alias)
        }
        func second(_ viseme: OculusViseme) -> ShapeMeaning {
            ShapeMeaning(visemes: [(viseme, 1)], rank: .combined)
        }
        return [
            first(.sil), second(.aa), first(.aa), second(.O), first(.E), second(.RR), first(.I), first(.U),
            first(.O),
            ShapeMeaning(), ShapeMeaning(), ShapeMeaning(), ShapeMeaning(), first(.RR), first(.nn),
            first(.SS),
            first(.CH), first(.TH), first(.FF), first(.DD), first(.kk), first(.PP),
        ]
    }()

    static let mouthWords: Set<String> = [
        "mouth", "mth", "lip", "lips", "vrm", "kuchi", "vowel", "shape", "shapes", "blendshape",
        "blendshapes",
        "morph", "morpher",
    ]

    /// What tools put behind a name.
    static let trailingWords: Set<String> = [
        "c", "ctrl", "control", "center", "centre", "mid", "middle", "bs", "copy", "max", "ncl",
    ]

    /// Rhubarb's mouths (its README, "Mouth shapes"): B serves most consonants.
    static let rhubarbMouths: [String: [OculusViseme]] = [
        "a": [.PP], "b": [.SS, .DD, .kk, .CH, .I], "c": [.E], "d": [.aa], "e": [.O, .RR], "f": [.U],
        "g": [.FF],
        "h": [.nn, .TH], "x": [.sil],
    ]

    /// Papagayo's: `etc` serves the consonants that have no mouth of their own.
    static let papagayoMouths: [String: [OculusViseme]] = [
        "ai": [.aa], "e": [.E, .I], "o": [.O], "u": [.U], "etc": etcetera, "cdgknrsthyz": etcetera,
        "fv": [.FF], "l": [.nn], "mbp": [.PP], "bmp": [.PP], "wq": [], "rest": [.sil],
    ]
    private static let etcetera: [OculusViseme] = [.DD, .SS, .kk, .CH, .RR, .TH]

    /// Preston Blair's mouths, as Papagayo and others name them; the vowels are among the others.
    static let prestonBlair: [String: OculusViseme] = [
        "ai": .aa, "mbp": .PP, "bmp": .PP, "fv": .FF, "wq": .U, "rest": .sil, "etc": .DD, "cdgknrsthyz": .DD,
    ]

    static let vowels: [String: OculusViseme] = [
        "a": .aa, "aa": .aa, "ah": .aa, "i": .I, "ih": .I, "u": .U, "ou": .U, "uu": .U, "oo": .U, "e": .E,
        "ee": .E, "eh": .E, "o": .O, "oh": .O,
    ]

    static let vroidMouth: [String: OculusViseme] = [
        "mtha": .aa, "mthi": .I, "mthu": .U, "mthe": .E, "mtho": .O,
    ]

    static let vroidFace: [String: [ARKitShape]] = [
        "eyeclose": [.eyeBlinkLeft, .eyeBlinkRight], "eyesurprised": [.eyeWideLeft, .eyeWideRight],
        "mthup": [.mouthSmileLeft, .mouthSmileRight], "mthdown": [.mouthFrownLeft, .mouthFrownRight],
        "brwsurprised": [.browInnerUp], "brwangry": [.browDownLeft, .browDownRight],
    ]

    /// MikuMikuDance's usual names.
    static let japanese: [String: ShapeMeaning] = {
        func both(_ left: ARKitShape) -> ShapeMeaning {
            ShapeMeaning(arkit: [(left, 0.5), (left.mirrored, 0.5)], rank: .combined)
        }
        func one(_ shape: ARKitShape) -> ShapeMeaning { ShapeMeaning(arkit: [(shape, 1)], rank: .alias) }
        func mouth(_ viseme: OculusViseme) -> ShapeMeaning {
            ShapeMeaning(visemes: [(viseme, 1)], rank: .alias)
        }
        return [
            "あ": mouth(.aa), "い": mouth(.I), "う": mouth(.U), "え": mouth(.E), "お": mouth(.O),
            "ア": mouth(.aa), "イ": mouth(.I), "ウ": mouth(.U), "エ": mouth(.E), "オ": mouth(.O),
            "ん": mouth(.PP), "まばたき": both(.eyeBlinkLeft), "瞬き": both(.eyeBlinkLeft),
            "ウィンク２": one(.eyeBlinkLeft), "ウィンク2": one(.eyeBlinkLeft), "ｳｨﾝｸ２右": one(.eyeBlinkRight),
            "ウィンク２右": one(.eyeBlinkRight), "ウィンク2右": one(.eyeBlinkRight), "ウィンク": one(.eyeBlinkLeft),
            "ウィンク右": one(.eyeBlinkRight), "びっくり": both(.eyeWideLeft), "じと目": both(.eyeSquintLeft),
            "上": both(.browOuterUpLeft), "怒り": both(.browDownLeft), "困る": one(.browInnerUp),
            "にやり": both(.mouthSmileLeft), "口角上げ": both(.mouthSmileLeft), "口角下げ": both(.mouthFrownLeft),
            "ぺろっ": one(.tongueOut), "べー": one(.tongueOut), "口すぼめ": one(.mouthPucker),
            "ぷくー": one(.cheekPuff),
        ]
    }()
}
