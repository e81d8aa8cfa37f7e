import AvatariumCore
import GLTF
import Testing
import VRM

/// Names that other tools give to shapes, expressions and bones.
@Suite struct StrangerNamesTests {
    private func visemes(_ names: [String]) throws -> [OculusViseme: [Int]] {
        try AvatarReader.read(Fixture.document(targets: names)).face.visemes.mapValues { $0.map(\.target) }
    }

    @Test(arguments: ["", "Genesis8Female__", "head__"]) func `Daz Genesis`(prefix: String) throws {
        let names = [
            "AA", "EE", "EH", "ER", "F", "IH", "IY", "K", "L", "M", "OW", "S", "SH", "T", "TH", "UW", "W",
        ]
        let found = try visemes(names.map { prefix + "eCTRLv" + $0 })
        let wanted: [OculusViseme: String] = [
            .aa: "AA", .I: "IY", .U: "UW", .O: "OW", .E: "EH", .PP: "M", .FF: "F", .TH: "TH", .SS: "S",
            .CH: "SH",
            .DD: "T", .kk: "K", .nn: "L", .RR: "ER",
        ]
        #expect(found == wanted.mapValues { [names.firstIndex(of: $0) ?? -1] })
    }

    private static let mpfb = [
        "aa_02", "aa_ah_ax_01", "ao_03", "aw_09", "ay_11", "d_t_n_19", "er_05", "ey_eh_uh_04", "f_v_18",
        "h_12",
        "k_g_ng_20", "l_14", "ow_08", "oy_10", "p_b_m_21", "r_13", "s_z_15", "sh_ch_jh_zh_16", "th_dh_17",
        "w_uw_07", "y_iy_ih_ix_06",
    ]
    private static let azure: [OculusViseme: Int] = [
        .aa: 2, .E: 4, .I: 6, .U: 7, .O: 8, .RR: 13, .nn: 14, .SS: 15, .CH: 16, .TH: 17, .FF: 18, .DD: 19,
        .kk: 20,
        .PP: 21,
    ]

    @Test func `MakeHuman and MPFB`() throws {
        let found = try visemes(Self.mpfb).mapValues { $0.map { Int(Self.mpfb[$0].suffix(2)) } }
        #expect(found == Self.azure.mapValues { [$0] })
    }

    @Test func `Azure's numbers`() throws {
        let names = (0...21).map { "viseme_\($0)" }
        #expect(try visemes(names) == Self.azure.merging([.sil: 0]) { a, _ in a }.mapValues { [$0] })
        // Fifteen of them are Oculus' own.
        let oculus = try visemes((0..<15).map { "viseme_\($0)" })
        #expect(oculus == Dictionary(uniqueKeysWithValues: OculusViseme.allCases.map { ($0, [$0.rawValue]) }))
        #expect(try visemes(["viseme_1", "viseme_2"]).isEmpty)
    }

    @Test func `a prefix of Oculus' tools and a mesh's name behind every shape`() throws {
        #expect(try visemes(["OVR.aa", "OVR.E", "Oculus_ou"]) == [.aa: [0], .E: [1], .U: [2]])
        let face = try AvatarReader.read(
            Fixture.document(targets: ["jawOpen_Head", "mouthSmileLeft_Head", "eyeBlinkLeft_Head"])
        ).face.arkit.mapValues { $0.map(\.target) }
        #expect(face == [.jawOpen: [0], .mouthSmileLeft: [1], .eyeBlinkLeft: [2]])
        // Behind one name alone it may mean another thing.
        #expect(
            try AvatarReader.read(Fixture.document(targets: ["jawOpen_Hat", "Tail", "Ears"])).face.arkit
                .isEmpty)
    }

    @Test func `lids that close are no mouth`() throws {
        let lids = try AvatarReader.read(Fixture.document(targets: ["eyeBlinkLeft", "browInnerUp"]))
        #expect(lids.diagnostics.contains { $0.code == "AVATAR_NO_FACE_SHAPES" && $0.severity == .warning })
        let speaks = try AvatarReader.read(Fixture.document(targets: ["eyeBlinkLeft", "viseme_aa"]))
        #expect(!speaks.diagnostics.contains { $0.code == "AVATAR_NO_FACE_SHAPES" })
    }

    @Test func `Character Creator 3 without V_`() throws {
        let names = ["Open", "Explosive", "Dental_Lip", "Tight-O", "Tight", "Wide", "Affricate", "Lip_Open"]
        let found = try visemes(names)
        #expect(found[.PP] == [1] && found[.FF] == [2] && found[.CH] == [6])
        // Alone, the words are those of anything.
        #expect(try visemes(["Open", "Wide", "Tight"]).isEmpty)
    }

    @Test func `MB-Lab and the halves of a blink`() throws {
        let face = try AvatarReader.read(
            Fixture.document(targets: [
                "Expressions_mouthOpen_max", "Expressions_mouthSmileL_max", "Expressions_jawOut_min",
                "eyeUpperClose_L", "eyeLowerClose_L",
            ])
        ).face.arkit.mapValues { $0.map(\.target) }
        #expect(face == [.jawOpen: [0], .mouthSmileLeft: [1], .eyeBlinkLeft: [3, 4]])
    }

    private func vrm0(_ groups: String, targets: Int) throws -> AvatarModel {
        try AvatarReader.read(
            Fixture.document(
                targets: (0..<targets).map { "shape_\($0)" },
                extensions: "{\"VRM\": {\"blendShapeMaster\": {\"blendShapeGroups\": [\(groups)]}}}"))
    }

    private func group(_ name: String, _ target: Int, preset: String?) -> String {
        let presetName = preset.map { ", \"presetName\": \"\($0)\"" } ?? ""
        return
            "{\"name\": \"\(name)\"\(presetName), \"binds\": [{\"mesh\": 0, \"index\": \(target), \"weight\": 100}]}"
    }

    @Test(arguments: [
        ["A", "I", "U", "E", "O"], ["あ", "い", "う", "え", "お"], ["aa", "ih", "ou", "ee", "oh"],
    ])
    func `vowels under unknown presets speak`(names: [String]) throws {
        for preset in ["unknown", nil] {
            let model = try vrm0(
                names.enumerated().map { group($1, $0, preset: preset) }.joined(separator: ","), targets: 5)
            #expect(model.expressions.map(\.role) == [.aa, .ih, .ou, .ee, .oh])
            #expect(model.expressions.allSatisfy { !$0.isPreset })
            #expect(!model.diagnostics.contains { $0.code == "AVATAR_NO_FACE_SHAPES" })
        }
    }

    @Test func `one letter alone is no vowel, and a preset keeps its role`() throws {
        #expect(try vrm0(group("A", 0, preset: nil), targets: 1).expressions.map(\.role) == [nil])
        let model = try vrm0(
            [
                group("Joy", 0, preset: "joy"), group("JOY", 1, preset: "unknown"),
                group("BLINK_L", 1, preset: nil),
            ]
            .joined(separator: ","), targets: 2)
        #expect(model.expressions.map(\.role) == [.happy, nil, .blinkLeft])
    }

    @Test func `a user's own names of VRM 0 are names of the migrated expressions`() throws {
        let model = try vrm0(
            [
                group("Joy", 0, preset: "joy"), group("Sorrow!", 1, preset: "sorrow"),
                group("Wink", 1, preset: "unknown"),
            ]
            .joined(separator: ","), targets: 2)
        for (name, index) in [
            ("happy", 0), ("Joy", 0), ("joy", 0), ("JOY", 0), ("Sorrow!", 1), ("sorrow", 1), ("sad", 1),
            ("wink", 2),
        ] { #expect(model.expression(named: name) == index, "\(name)") }
        #expect(model.expression(named: "nobody") == nil)
    }

    @Test func `unknown bones and presets of a file are said`() throws {
        let document = try Fixture.document(
            targets: ["a"], bones: ["b"],
            extensions: """
                {"VRMC_vrm": {"humanoid": {"humanBones": {"haed": {"node": 1}, "head": {"node": 1}}},
                 "expressions": {"preset": {"hapy": {}}}}}
                """)
        let model = try AvatarReader.read(document)
        #expect(model.humanoid == [.head: 1])
        let bone = model.diagnostics.first { $0.code == "VRM_UNKNOWN_BONE" }
        #expect(
            bone?.pointer == "/extensions/VRMC_vrm/humanoid/humanBones/haed"
                && bone?.message.contains("head") == true)
        #expect(model.diagnostics.contains { $0.code == "VRM_UNKNOWN_PRESET" })
    }

    @Test func `meshes that only the wearer sees are hidden`() throws {
        let one = try Fixture.document(
            targets: ["a"], bones: ["b"],
            extensions: """
                {"VRMC_vrm": {"firstPerson": {"meshAnnotations": [{"node": 0, "type": "firstPersonOnly"},
                 {"node": 1, "type": "thirdPersonOnly"}]}}}
                """)
        #expect(try AvatarReader.read(one).document.nodes.map(\.hidesMesh) == [true, false])
        let zero = try Fixture.document(
            targets: ["a"], bones: ["b"],
            extensions: """
                {"VRM": {"firstPerson": {"meshAnnotations": [{"mesh": 0, "firstPersonFlag": "FirstPersonOnly"}]}}}
                """)
        #expect(try AvatarReader.read(zero).document.nodes.map(\.hidesMesh) == [true, false])
    }

    @Test func `extended colliders are read before the plain ones beside them`() throws {
        let document = try Fixture.document(
            targets: [], bones: ["a", "b"],
            extensions: """
                {"VRMC_vrm": {}, "VRMC_springBone": {
                 "colliders": [
                  {"node": 1, "extensions": {"VRMC_springBone_extended_collider": {"shape":
                   {"plane": {"offset": [0, 1, 0], "normal": [0, 2, 0]}}}}},
                  {"node": 1, "shape": {"sphere": {"radius": 9}}, "extensions": {"VRMC_springBone_extended_collider":
                   {"shape": {"sphere": {"radius": 0.3, "inside": true}}}}},
                  {"node": 1}],
                 "colliderGroups": [{"colliders": [0, 1, 2]}],
                 "springs": [{"joints": [{"node": 1}, {"node": 2}], "colliderGroups": [0]}]}}
                """)
        let model = try AvatarReader.read(document)
        let shapes = model.springs[0].colliders.map(\.shape)
        #expect(shapes.count == 2)
        guard case .plane(let offset, let normal) = shapes[0],
            case .sphere(_, let radius, let isInside) = shapes[1]
        else {
            Issue.record("\(shapes)")
            return
        }
        #expect(offset == SIMD3(0, 1, 0) && normal == SIMD3(0, 1, 0) && radius == 0.3 && isInside)
        #expect(
            model.diagnostics.filter { $0.code == "VRM_COLLIDER_WITHOUT_SHAPE" }.map(\.pointer) == [
                "/extensions/VRMC_springBone/colliders/2"
            ])
    }

    @Test func `movement of toon textures is read in the units of 1.0`() throws {
        func toon(_ extensions: String, material: String) throws -> ToonMaterial {
            var document = try Fixture.document(targets: [], extensions: extensions)
            document.materials = [Material()]
            document.json = try JSONParser.parse(
                "{\"extensions\": \(extensions), \"materials\": [\(material)]}")
            return try #require(try AvatarReader.read(document).toonMaterials[0])
        }
        let one = try toon(
            "{\"VRMC_vrm\": {}}",
            material: """
                {"extensions": {"VRMC_materials_mtoon": {"uvAnimationScrollXSpeedFactor": 0.5,
                 "uvAnimationScrollYSpeedFactor": -0.25, "uvAnimationRotationSpeedFactor": 2}}}
                """)
        #expect(one.uvScrollSpeed == SIMD2(0.5, -0.25) && one.uvRotationSpeed == 2)
        // In 0.x v points up, and a turn is 1.
        let zero = try toon(
            """
            {"VRM": {"materialProperties": [{"shader": "VRM/MToon", "floatProperties": {"_UvAnimScrollX": 0.5,
             "_UvAnimScrollY": 0.25, "_UvAnimRotation": 0.5}}]}}
            """, material: "{}")
        #expect(zero.uvScrollSpeed == SIMD2(0.5, -0.25) && abs(zero.uvRotationSpeed - .pi) < 1e-6)
    }
}
