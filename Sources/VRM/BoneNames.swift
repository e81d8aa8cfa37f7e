import GLTF

/// Recognises humanoid bones from node names: Mixamo, Ready Player Me, VRoid, Character Creator, Rigify, Auto-Rig Pro,
/// AdvancedSkeleton, Unreal, MikuMikuDance and plain words.
enum BoneNames {
    /// The topmost node of a name wins. Nodes that are skin joints come before others, nodes with meshes last; where
    /// there are skins, a node that carries neither joints nor rigid meshes is not a bone.
    static func recognise(in document: Document) -> [HumanBone: Int] {
        let joints = Set(document.skins.flatMap(\.joints))
        let depths = Self.depths(document)
        let carriers = document.skins.isEmpty ? nil : carriers(document, joints)
        var found: [HumanBone: (node: Int, penalty: Int)] = [:]
        for (index, node) in document.nodes.enumerated() where carriers?[index] ?? true {
            guard let name = node.name, let bone = bone(of: name) else { continue }
            let penalty =
                (joints.contains(index) ? 0 : 1000) + (node.mesh == nil ? 0 : 2000) + min(depths[index], 900)
            if found[bone].map({ penalty < $0.penalty }) ?? true { found[bone] = (index, penalty) }
        }
        var bones = found.mapValues(\.node)
        settleSpine(&bones, document)
        settleArms(&bones, document)
        settleFingers(&bones, document)
        if document.skins.isEmpty { settleHead(&bones, document) }
        return bones
    }

    /// Steps from the root, for each node.
    private static func depths(_ document: Document) -> [Int] {
        var depths = [Int](repeating: 0, count: document.nodes.count)
        var pending = document.nodes.indices.filter { document.nodes[$0].parent == nil }
        while let node = pending.popLast() {
            for child in document.nodes[node].children {
                depths[child] = depths[node] + 1
                pending.append(child)
            }
        }
        return depths
    }

    /// Whether each node moves something: a joint, or a mesh without a skin, at or below it. The transform of a
    /// skinned mesh's own node moves nothing (glTF 2.0, section 3.7.3.3).
    private static func carriers(_ document: Document, _ joints: Set<Int>) -> [Bool] {
        var carries = document.nodes.enumerated().map { i, node in
            joints.contains(i) || (node.mesh != nil && node.skin == nil)
        }
        for start in carries.indices where carries[start] {
            var parent = document.nodes[start].parent
            while let node = parent, !carries[node] {
                carries[node] = true
                parent = document.nodes[node].parent
            }
        }
        return carries
    }

    /// Mixamo's Spine, Spine1, Spine2 are spine, chest, upperChest; a `head` must not be above its `neck`.
    private static func settleSpine(_ bones: inout [HumanBone: Int], _ document: Document) {
        if bones[.chest] == nil, let upper = bones[.upperChest] {
            bones[.chest] = upper
            bones[.upperChest] = nil
        }
        if let head = bones[.head], let neck = bones[.neck], document.isAncestor(head, of: neck) {
            bones[.neck] = nil
        }
    }

    /// AdvancedSkeleton calls the upper arm `Shoulder` and has the elbow below it.
    private static func settleArms(_ bones: inout [HumanBone: Int], _ document: Document) {
        for (shoulder, upper, lower) in [
            (HumanBone.leftShoulder, HumanBone.leftUpperArm, HumanBone.leftLowerArm),
            (.rightShoulder, .rightUpperArm, .rightLowerArm),
        ] where bones[upper] == nil {
            guard let elbow = bones[lower], let arm = bones[shoulder], document.isAncestor(arm, of: elbow)
            else {
                continue
            }
            bones[upper] = arm
            bones[shoulder] = nil
        }
    }

    /// A ring or an index that is not below a hand is not a finger.
    private static func settleFingers(_ bones: inout [HumanBone: Int], _ document: Document) {
        for (hand, side) in [(HumanBone.leftHand, "left"), (.rightHand, "right")] {
            for (finger, _) in fingers {
                for part in Set(fingerJoints + thumbJoints) {
                    guard let bone = HumanBone(rawValue: side + finger + part), let node = bones[bone] else {
                        continue
                    }
                    let isBelow = bones[hand].map { document.isAncestor($0, of: node) } ?? false
                    if !isBelow { bones[bone] = nil }
                }
            }
        }
    }

    /// Without a skeleton the head is the group that holds the eyes too, not the mesh called head alone.
    private static func settleHead(_ bones: inout [HumanBone: Int], _ document: Document) {
        guard var head = bones[.head] else { return }
        for part in [HumanBone.leftEye, .rightEye, .jaw] {
            guard let node = bones[part] else { continue }
            while node != head, !document.isAncestor(head, of: node) {
                guard let parent = document.nodes[head].parent else { return }
                head = parent
            }
        }
        bones[.head] = head
    }

    /// The bone that a node's name means, if any.
    static func bone(of name: String) -> HumanBone? {
        if let japanese = japanese[name] { return japanese }
        let parsed = ShapeName(name)
        guard parsed.words.count <= 24 else { return nil }
        // Ends, helpers and controls are not bones.
        if parsed.words.contains(where: { ignored.contains($0) }) { return nil }
        let allSides = parsed.key(from: 0).sides
        var words = parsed.words.filter { $0 != "left" && $0 != "right" }
        while true {
            for start in words.indices.prefix(8) {
                let base = words[start...].joined()
                if let pair = sided[base], let side = allSides.first {
                    return side == .left ? pair.left : pair.right
                }
                if let bone = middle[base], allSides.isEmpty { return bone }
            }
            // `head_Armature`, `neck_joint_1`, `Head_06`, `head_bind_JNT`, `head.x`, `neckA`.
            guard let last = words.last, Int(last) != nil || suffixes.contains(last) else { return nil }
            words.removeLast()
        }
    }

    private static let suffixes: Set<String> = [
        "jnt", "joint", "bone", "armature", "bn", "jt", "def", "skin", "skel", "bind", "deform", "sk",
        // The middle of a body, between left and right.
        "x", "m", "c", "mid", "center", "centre",
        // Numbered by letters.
        "a", "b", "d",
    ]

    private static let ignored: Set<String> = [
        "end", "top", "target", "pole", "ik", "ctrl", "control", "roll", "helper", "mesh", "hair", "share",
        "leaf", "socket", "attach", "offset", "nub",
    ]

    private static let middle: [String: HumanBone] = [
        "hips": .hips, "hip": .hips, "pelvis": .hips, "rootx": .hips, "rootm": .hips, "waist": .spine,
        "spine": .spine, "abdomen": .spine, "spine01": .spine, "spine1": .chest, "chest": .chest,
        "spine02": .chest, "torso": .chest, "spine2": .upperChest, "spine03": .upperChest,
        "upperchest": .upperChest, "spine3": .upperChest, "neck": .neck, "neck01": .neck, "neck1": .neck,
        "necktwist01": .neck, "head": .head, "headbone": .head, "neckbone": .neck, "jaw": .jaw,
        "jawroot": .jaw, "jawbone": .jaw, "jawmaster": .jaw, "lowerjaw": .jaw, "jawlower": .jaw,
        "mandible": .jaw, "hipsbone": .hips, "spinebone": .spine, "chestbone": .chest,
    ]

    private static let sided: [String: (left: HumanBone, right: HumanBone)] = {
        let names: [(left: HumanBone, right: HumanBone, words: [String])] = [
            (.leftEye, .rightEye, ["eye", "eyeball", "faceeye", "eyebone", "eyesmplhf"]),
            (.leftShoulder, .rightShoulder, ["shoulder", "clavicle", "collar", "scapula"]),
            (.leftUpperArm, .rightUpperArm, ["arm", "upperarm", "uparm", "armstretch"]),
            (.leftLowerArm, .rightLowerArm, ["forearm", "lowerarm", "forearmstretch", "elbow"]),
            (.leftHand, .rightHand, ["hand", "wrist"]),
            (.leftUpperLeg, .rightUpperLeg, ["upleg", "upperleg", "thigh", "thighstretch", "hip"]),
            (.leftLowerLeg, .rightLowerLeg, ["leg", "lowerleg", "shin", "calf", "legstretch", "knee"]),
            (.leftFoot, .rightFoot, ["foot", "ankle"]),
            (.leftToes, .rightToes, ["toebase", "toes", "toe"]),
        ]
        var table: [String: (left: HumanBone, right: HumanBone)] = [:]
        for (left, right, words) in names { for word in words { table[word] = (left, right) } }
        for (finger, words) in fingers {
            for (number, part) in ["1", "2", "3"].enumerated() {
                let bone = { (side: String) in
                    HumanBone(
                        rawValue: side + finger
                            + (finger == "Thumb" ? thumbJoints : fingerJoints)[number])
                }
                guard let left = bone("left"), let right = bone("right") else { continue }
                for word in words {
                    // `LeftHandIndex1` (Mixamo), `index_01_l` (Unreal), `f_index.01.L` (Rigify), `J_Bip_L_Index1` (VRoid).
                    for name in [
                        word + part, "hand" + word + part, word + "0" + part, "f" + word + "0" + part,
                    ] {
                        table[name] = (left, right)
                    }
                }
            }
        }
        return table
    }()

    private static let fingers = [
        ("Thumb", ["thumb"]), ("Index", ["index", "indexfinger"]),
        ("Middle", ["middle", "middlefinger"]),
        ("Ring", ["ring", "ringfinger"]), ("Little", ["pinky", "little", "littlefinger", "pinkyfinger"]),
    ]
    private static let fingerJoints = ["Proximal", "Intermediate", "Distal"]
    private static let thumbJoints = ["Metacarpal", "Proximal", "Distal"]

    private static let japanese: [String: HumanBone] = [
        "頭": .head, "首": .neck, "上半身": .spine, "上半身2": .chest, "下半身": .hips, "左目": .leftEye,
        "右目": .rightEye, "左腕": .leftUpperArm, "右腕": .rightUpperArm, "左ひじ": .leftLowerArm,
        "右ひじ": .rightLowerArm, "左肩": .leftShoulder, "右肩": .rightShoulder, "左手首": .leftHand,
        "右手首": .rightHand, "左足": .leftUpperLeg, "右足": .rightUpperLeg, "左ひざ": .leftLowerLeg,
        "右ひざ": .rightLowerLeg, "左足首": .leftFoot, "右足首": .rightFoot, "あご": .jaw,
    ]
}

extension Document {
    /// Whether one node is above another.
    package func isAncestor(_ ancestor: Int, of node: Int) -> Bool {
        var at = nodes[node].parent
        while let parent = at {
            if parent == ancestor { return true }
            at = nodes[parent].parent
        }
        return false
    }
}
