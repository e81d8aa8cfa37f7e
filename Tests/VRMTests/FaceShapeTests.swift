import AvatariumCore
import Testing
import VRM

@Suite struct FaceShapeTests {
    private func arkit(_ names: [String]) throws -> [ARKitShape: [MorphTarget]] {
        try AvatarReader.read(Fixture.document(targets: names)).face.arkit
    }

    private func visemes(_ names: [String]) throws -> [OculusViseme: [MorphTarget]] {
        try AvatarReader.read(Fixture.document(targets: names)).face.visemes
    }

    @Test(arguments: [
        "jawOpen", "JawOpen", "jaw_open", "JAW_OPEN", "Jaw_Open", "face_shapes.jawOpen",
        "blendShape1.jawOpen",
        "Face.M_F00_000_00_JawOpen", "A25_Jaw_Open", "head:jawOpen", "AU26", "AU_26_JawDrop", "Mouth_Open",
        "jawOpen_ncl1_1", "Head.jawOpen", "face_jawOpen", "blendShape2.jawOpen_ncl1_12", "jawopen",
        "jaw open",
        "jawOpen.001", "jawOpen_01", "Jaw-Open (1)", "jawOpen_C", "jawOpen_ctrl", "ｊａｗＯｐｅｎ",
    ])
    func findsTheJawByAnySpelling(name: String) throws {
        #expect(try arkit([name]) == [.jawOpen: [MorphTarget(node: 0, target: 0)]])
    }

    @Test(arguments: [
        "eyeBlinkLeft", "eyeBlink_L", "EyeBlink_Left", "eye_blink_left", "Eye_Blink_L", "leftEyeBlink",
        "eyeblinkleft", "EYEBLINKLEFT", "Head.eyeBlink_L_ncl1_3", "vrc.blink_left", "Fcl_EYE_Close_L",
        "AU_45_L", "eyeBlink.L", "ウィンク２",
    ])
    func findsTheLeftBlinkByAnySpelling(name: String) throws {
        #expect(try arkit([name]) == [.eyeBlinkLeft: [MorphTarget(node: 0, target: 0)]])
    }

    @Test func findsEveryShapeInEverySpelling() throws {
        for shape in ARKitShape.allCases {
            let words = shape.name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : "\($1)" }
            let short = shape.name.replacing("Left", with: "_L").replacing("Right", with: "_R")
            let spellings = [
                shape.name, words, short, shape.name.prefix(1).uppercased() + shape.name.dropFirst(),
                "Head.\(shape.name)",
            ]
            for name in spellings {
                #expect(try arkit([name]) == [shape: [MorphTarget(node: 0, target: 0)]], "\(name)")
            }
        }
    }

    @Test(arguments: [
        ("viseme_PP", OculusViseme.PP), ("vrc.v_pp", .PP), ("v_PP", .PP), ("Viseme_aa", .aa),
        ("viseme_E", .E),
        ("vrc.v_ou", .U), ("viseme_RR", .RR), ("v_l", .nn), ("Fcl_MTH_O", .O), ("あ", .aa),
        ("viseme_sil", .sil),
        ("Face.viseme_kk", .kk), ("vrc.v_ih", .I), ("phoneme_MBP", .PP),
    ])
    func findsVisemesByAnySpelling(name: String, viseme: OculusViseme) throws {
        #expect(try visemes([name]) == [viseme: [MorphTarget(node: 0, target: 0)]])
    }

    @Test func readsPrestonBlairsMouthsAndNumberedCopies() throws {
        let blair = try visemes(["rest", "AI", "E", "O", "U", "MBP", "FV", "L", "WQ", "CDGKNRSThYZ"])
        #expect(Set(blair.keys).isSuperset(of: [.sil, .aa, .E, .O, .U, .PP, .FF, .DD]))
        #expect(
            try visemes(["BlendShape.A", "BlendShape.I", "BlendShape.U", "BlendShape.E", "BlendShape.O"])
                .count == 5)
        // The one without a number is the one that is meant.
        #expect(try arkit(["jawOpen.001", "jawOpen"])[.jawOpen] == [MorphTarget(node: 0, target: 1)])
    }

    @Test func sharesOneBlinkBetweenBothEyes() throws {
        let found = try arkit(["eyeBlink"])
        #expect(found[.eyeBlinkLeft] == [MorphTarget(node: 0, target: 0, scale: 0.5)])
        #expect(found[.eyeBlinkRight] == [MorphTarget(node: 0, target: 0, scale: 0.5)])
    }

    @Test func drivesBothHalvesOfASplitMiddleShape() throws {
        let found = try arkit(["browInnerUp_L", "browInnerUp_R"])
        #expect(
            found == [.browInnerUp: [MorphTarget(node: 0, target: 0), MorphTarget(node: 0, target: 1)]])
    }

    @Test func prefersExactNamesToAliasesAndCombinedShapes() throws {
        let found = try arkit(["mouthOpen", "jawOpen", "mouthSmile", "mouthSmileLeft", "mouthSmileRight"])
        #expect(found[.jawOpen] == [MorphTarget(node: 0, target: 1)])
        #expect(found[.mouthSmileLeft] == [MorphTarget(node: 0, target: 3)])
        #expect(found[.mouthSmileRight] == [MorphTarget(node: 0, target: 4)])
    }

    @Test func drivesEveryMeshThatHasTheTarget() throws {
        let document = Fixture.document(meshes: [
            ("Head", ["jawOpen", "mouthClose"]), ("Teeth", ["mouthOpen"]), ("Beard", ["JawOpen"]),
        ])
        let found = try AvatarReader.read(document).face.arkit
        #expect(found[.jawOpen]?.map(\.node) == [0, 1, 2])
    }

    @Test func drivesAMeshOnEveryNodeThatShowsIt() throws {
        var document = Fixture.document(targets: ["jawOpen"])
        document.nodes.append(document.nodes[0])
        let found = try AvatarReader.read(document).face.arkit
        #expect(found[.jawOpen]?.map(\.node) == [0, 1])
    }

    @Test func readsCharacterCreatorsGaze() throws {
        let found = try arkit(["Eye_L_Look_L", "Eye_L_Look_R", "Eye_R_Look_L", "Eye_R_Look_R"])
        #expect(found[.eyeLookOutLeft]?.first?.target == 0)
        #expect(found[.eyeLookInLeft]?.first?.target == 1)
        #expect(found[.eyeLookInRight]?.first?.target == 2)
        #expect(found[.eyeLookOutRight]?.first?.target == 3)
    }

    /// Meta's, VRCFaceTracking's, HTC's and MetaHuman's names, none of which say ARKit's words.
    @Test(arguments: [
        ("LipCornerPullerL", ARKitShape.mouthSmileLeft), ("LipCornerDepressorR", .mouthFrownRight),
        ("JawDrop", .jawOpen), ("JawSidewaysLeft", .jawLeft), ("JawThrust", .jawForward),
        ("LidTightenerR", .eyeSquintRight), ("UpperLidRaiserL", .eyeWideLeft), ("EyesClosedL", .eyeBlinkLeft),
        ("BrowLowererR", .browDownRight), ("NoseWrinklerL", .noseSneerLeft), ("DimplerL", .mouthDimpleLeft),
        ("UpperLipRaiserR", .mouthUpperUpRight), ("LowerLipDepressorL", .mouthLowerDownLeft),
        ("ChinRaiserB", .mouthShrugLower), ("LipPuckerR", .mouthPucker), ("CheekRaiserL", .cheekSquintLeft),
        ("EyesLookRightL", .eyeLookInLeft), ("EyesLookRightR", .eyeLookOutRight),
        ("EyesLookUpL", .eyeLookUpLeft), ("Mouth_Sad_Right", .mouthFrownRight),
        ("Mouth_Upper_UpLeft", .mouthUpperUpLeft), ("MouthCornerPullLeft", .mouthSmileLeft),
        ("LipSuckLowerRight", .mouthRollLower), ("CTRL_expressions_eyeLookLeftR", .eyeLookInRight),
        ("CTRL_expressions_mouthCornerPullL", .mouthSmileLeft), ("eyeWidenR", .eyeWideRight),
        ("Mouth_Smile_L", .mouthSmileLeft), ("Jaw_Open", .jawOpen), ("Merged_Open_Mouth", .jawOpen),
        ("Brow_Raise_Outer_R", .browOuterUpRight), ("Nose_Scrunch_L", .noseSneerLeft),
    ])
    func knowsTheWordsOfOtherTrackers(name: String, shape: ARKitShape) throws {
        #expect(try arkit([name]) == [shape: [MorphTarget(node: 0, target: 0)]])
    }

    @Test func drivesAllFourQuartersOfAFunnel() throws {
        let found = try arkit(["LipFunnelerLB", "LipFunnelerLT", "LipFunnelerRB", "LipFunnelerRT"])
        #expect(found[.mouthFunnel]?.map(\.target) == [0, 1, 2, 3])
    }

    @Test func mixesCharacterCreatorsVisemes() throws {
        let found = try visemes([
            "V_Open", "V_Explosive", "V_Dental_Lip", "V_Tight_O", "V_Wide", "V_Affricate",
        ])
        #expect(found[.PP] == [MorphTarget(node: 0, target: 1)])
        #expect(found[.FF] == [MorphTarget(node: 0, target: 2)])
        #expect(found[.aa]?.contains(MorphTarget(node: 0, target: 0, scale: 0.9)) == true)
        #expect(found[.U]?.map(\.target) == [3])
    }

    @Test func believesBareVowelsOnlyInCompany() throws {
        #expect(try visemes(["A", "shirt"]).isEmpty)
        #expect(Set(try visemes(["A", "I", "U", "E", "O"]).keys) == [.aa, .I, .U, .E, .O])
    }

    @Test(arguments: ["Hat", "ribbon_L", "Angry", "HideHairBalls", "left", "", "__", "v", "Fcl_HA_Short"])
    func leavesOtherTargetsAlone(name: String) throws {
        let face = try AvatarReader.read(Fixture.document(targets: [name])).face
        #expect(face.arkit.isEmpty && face.visemes.isEmpty)
    }

    @Test func warnsThatTheMouthStaysStill() throws {
        let mute = try AvatarReader.read(Fixture.document(targets: ["Hat"]))
        #expect(mute.diagnostics.map(\.code) == ["AVATAR_NO_FACE_SHAPES"])
        #expect(mute.diagnostics.first?.severity == .warning)
        #expect(try AvatarReader.read(Fixture.document(targets: ["jawOpen"])).diagnostics.isEmpty)
    }

    @Test(arguments: [(SIMD3<Float>(0, 1, 0.2), nil), (SIMD3(0, 0.1, 1), "+z"), (SIMD3(0, -1, 0), "-y")])
    func warnsThatAnAvatarLies(head: SIMD3<Float>, points: String?) throws {
        var document = Fixture.document(meshes: [("Face", ["jawOpen"])], bones: ["Hips", "Head"])
        let bones = document.nodes.count - 2
        // The whole is moved, and the head hangs below the hips in the tree.
        document.nodes[bones].translation = SIMD3(5, 5, 5)
        document.nodes[bones].children = [bones + 1]
        document.nodes[bones + 1].parent = bones
        document.nodes[bones + 1].translation = head
        document.sceneRoots.removeAll { $0 == bones + 1 }
        let found = try AvatarReader.read(document).diagnostics
        #expect(found.map(\.code) == (points == nil ? [] : ["AVATAR_NOT_UPRIGHT"]))
        #expect(points == nil || found.first?.message.contains("points along \(points ?? "")") == true)
    }

    @Test func anAnimalOnItsLegsDoesNotLie() throws {
        var document = Fixture.document(
            meshes: [("Face", ["jawOpen"])], bones: ["Hips", "Head", "LeftFoot"])
        let hips = document.nodes.count - 3
        document.nodes[hips].translation = SIMD3(0, 1, 0)
        document.nodes[hips + 1].translation = SIMD3(0, 1, 1)
        #expect(try AvatarReader.read(document).diagnostics.isEmpty)
        document.nodes[hips + 2].translation = SIMD3(0, 1, -1)
        #expect(try AvatarReader.read(document).diagnostics.map(\.code) == ["AVATAR_NOT_UPRIGHT"])
    }

    @Test func refusesAModelWithoutMeshes() throws {
        #expect(
            performing: {
                try AvatarReader.read(Fixture.document(meshes: [], bones: ["Head"]))
            }, throws: { ($0 as? AvatariumError)?.code == .avatarModelInvalid })
    }

    // MARK: Charts of mouths

    private static let papagayo = ["AI", "E", "O", "U", "etc", "FV", "L", "MBP", "WQ", "rest"]
    private static let rhubarb = ["A", "B", "C", "D", "E", "F", "G", "H", "X"]

    @Test(arguments: ["Mouth_", "mouth ", "", "Head.Mouth_", "blendShape1.", "phoneme_", "lips.", "viseme_"])
    func `Papagayo's mouths are known by their company`(prefix: String) throws {
        let found = try visemes(Self.papagayo.map { prefix + $0 })
        let names = [
            OculusViseme.aa: "AI", .E: "E", .I: "E", .O: "O", .U: "U", .FF: "FV", .nn: "L", .PP: "MBP",
            .SS: "etc",
        ]
        for (viseme, name) in names {
            #expect(
                found[viseme]?.map(\.target) == Self.papagayo.firstIndex(of: name).map { [$0] },
                "\(viseme) of \(prefix)"
            )
        }
    }

    @Test(arguments: [
        ("mouth_", ""), ("Mouth", ""), ("", ""), ("Face.mouth_", "_ncl1_1"), ("lipsync_", ".001"),
        ("viseme_", ""),
    ])
    func `Rhubarb's letters are no vowels`(prefix: String, suffix: String) throws {
        let found = try visemes(Self.rhubarb.map { prefix + $0 + suffix })
        let names = [
            OculusViseme.PP: "A", .SS: "B", .I: "B", .E: "C", .aa: "D", .O: "E", .U: "F", .FF: "G", .nn: "H",
        ]
        for (viseme, name) in names {
            #expect(
                found[viseme]?.map(\.target) == Self.rhubarb.firstIndex(of: name).map { [$0] },
                "\(viseme) of \(prefix)")
        }
        // The vowels of a VRM stay what they are, and letters of something else mean nothing.
        #expect(try visemes(["A", "I", "U", "E", "O"])[.aa]?.map(\.target) == [0])
        #expect(try visemes(Self.rhubarb.map { "Tooth_" + $0 }).isEmpty)
    }
}
