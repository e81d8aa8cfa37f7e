import GLTF

/// Recognises humanoid bones from node names: Mixamo, Ready Player Me, VRoid, Character Creator, Rigify,
/// Unreal, MikuMikuDance and plain words.
enum BoneNames {
    /// VRM humanoid bone name to node; the topmost node of a name wins. Nodes that are skin joints come before
    /// others, nodes with meshes last.
    static func recognise(in document: Document) -> [String: Int] {
        let joints = Set(document.skins.flatMap(\.joints))
        var found: [String: (node: Int, penalty: Int)] = [:]
        for (index, node) in document.nodes.enumerated() {
            guard let name = node.name, let bone = bone(of: name) else { continue }
            let penalty =
                (joints.contains(index) ? 0 : 1000) + (node.mesh == nil ? 0 : 2000) + depth(index, document)
            if found[bone].map({ penalty < $0.penalty }) ?? true { found[bone] = (index, penalty) }
        }
        var bones = found.mapValues(\.node)
        settleSpine(&bones, document)
        if document.skins.isEmpty { settleHead(&bones, document) }
        return bones
    }

    /// The steps from the root, at most 900.
    private static func depth(_ node: Int, _ document: Document) -> Int {
        var depth = 0
        var at = document.nodes[node].parent
        while let parent = at, depth < 900 {
            depth += 1
            at = document.nodes[parent].parent
        }
        return depth
    }

    /// Mixamo's Spine, Spine1, Spine2 are spine, chest, upperChest; a `head` must not be above its `neck`.
    private static func settleSpine(_ bones: inout [String: Int], _ document: Document) {
        if bones["chest"] == nil, let upper = bones["upperChest"] {
            bones["chest"] = upper
            bones["upperChest"] = nil
        }
        if let head = bones["head"], let neck = bones["neck"], isAncestor(head, of: neck, document) {
            bones["neck"] = nil
        }
    }

    /// Without a skeleton the head is the group that holds the eyes too, not the mesh called head alone.
    private static func settleHead(_ bones: inout [String: Int], _ document: Document) {
        guard var head = bones["head"] else { return }
        for part in ["leftEye", "rightEye", "jaw"] {
            guard let node = bones[part] else { continue }
            while node != head, !isAncestor(head, of: node, document) {
                guard let parent = document.nodes[head].parent else { return }
                head = parent
            }
        }
        bones["head"] = head
    }

    static func isAncestor(_ ancestor: Int, of node: Int, _ document: Document) -> Bool {
        var at = document.nodes[node].parent
        var steps = 0
        while let parent = at, steps < document.nodes.count {
            if parent == ancestor { return true }
            at = document.nodes[parent].parent
            steps += 1
        }
        return false
    }

    /// The VRM bone that a node's name means, if any.
    static func bone(of name: String) -> String? {
        if let japanese = japanese[name] { return japanese }
        let parsed = ShapeName(name)
        // Ends, helpers and controls are not bones.
        if parsed.words.contains(where: { ignored.contains($0) }) { return nil }
        let allSides = parsed.key(from: 0).sides
        var words = parsed.words.filter { $0 != "left" && $0 != "right" }
        while true {
            for start in words.indices.prefix(8) {
                let base = words[start...].joined()
                if let bone = sided[base], let side = allSides.first {
                    return (side == .left ? "left" : "right") + bone
                }
                if let bone = middle[base], allSides.isEmpty { return bone }
            }
            // `head_Armature`, `neck_joint_1`, `Head_06`.
            guard let last = words.last, Int(last) != nil || suffixes.contains(last) else { return nil }
            words.removeLast()
        }
    }

    private static let suffixes: Set<String> = [
        "jnt", "joint", "bone", "armature", "bn", "jt", "def", "skin", "skel",
    ]

    private static let ignored: Set<String> = [
        "end", "top", "target", "pole", "ik", "ctrl", "control", "roll", "helper", "mesh", "hair", "share",
        "leaf", "socket", "attach", "offset", "nub",
    ]

    private static let middle: [String: String] = [
        "hips": "hips", "hip": "hips", "pelvis": "hips", "waist": "spine", "spine": "spine",
        "abdomen": "spine",
        "spine01": "spine", "spine1": "chest", "chest": "chest", "spine02": "chest", "torso": "chest",
        "spine2": "upperChest", "spine03": "upperChest", "upperchest": "upperChest", "spine3": "upperChest",
        "neck": "neck", "neck01": "neck", "neck1": "neck", "necktwist01": "neck", "head": "head",
        "headbone": "head",
        "neckbone": "neck", "jaw": "jaw", "jawroot": "jaw", "jawbone": "jaw", "lowerjaw": "jaw",
        "hipsbone": "hips", "spinebone": "spine", "chestbone": "chest",
    ]

    private static let sided: [String: String] = [
        "eye": "Eye", "eyeball": "Eye", "faceeye": "Eye", "eyebone": "Eye", "eyesmplhf": "Eye",
        "shoulder": "Shoulder",
        "clavicle": "Shoulder", "collar": "Shoulder", "arm": "UpperArm", "upperarm": "UpperArm",
        "uparm": "UpperArm", "forearm": "LowerArm", "lowerarm": "LowerArm", "hand": "Hand", "wrist": "Hand",
        "upleg": "UpperLeg", "upperleg": "UpperLeg", "thigh": "UpperLeg", "leg": "LowerLeg",
        "lowerleg": "LowerLeg", "shin": "LowerLeg", "calf": "LowerLeg", "foot": "Foot", "ankle": "Foot",
        "toebase": "Toes", "toes": "Toes", "toe": "Toes",
    ]

    private static let japanese: [String: String] = [
        "頭": "head", "首": "neck", "上半身": "spine", "上半身2": "chest", "下半身": "hips", "左目": "leftEye",
        "右目": "rightEye", "左腕": "leftUpperArm", "右腕": "rightUpperArm", "左ひじ": "leftLowerArm",
        "右ひじ": "rightLowerArm", "左肩": "leftShoulder", "右肩": "rightShoulder", "左手首": "leftHand",
        "右手首": "rightHand", "左足": "leftUpperLeg", "右足": "rightUpperLeg", "左ひざ": "leftLowerLeg",
        "右ひざ": "rightLowerLeg", "左足首": "leftFoot", "右足首": "rightFoot", "あご": "jaw",
    ]
}
