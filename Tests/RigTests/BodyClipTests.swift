import AvatariumCore
import GLTF
import Rig
import Testing
import VRM

@Suite struct BodyClipTests {
    /// A VRMA made on a skeleton of its own axes: the left arm turns by `turn` about the character's axes.
    private func clip(turn: Quaternion, hips: SIMD3<Float> = SIMD3(0, 1, 0)) throws -> BodyClip {
        var document = Fixture.document(Fixture.human())
        func index(_ name: String) throws -> Int {
            try #require(document.nodes.firstIndex { $0.name == name })
        }
        let arm = try index("leftUpperArm")
        let hipsNode = try index("hips")
        let spineTurn = Fixture.human().first { $0.name == "spine" }?.turn ?? .identity
        let local = (spineTurn.inverse * turn * spineTurn * document.nodes[arm].rotation).vector
        let weightNode = document.nodes.count
        var node = Node()
        node.name = "happy"
        document.nodes.append(node)
        var animation = Animation()
        animation.samplers = [
            Animation.Sampler(
                times: [0], values: [local.x, local.y, local.z, local.w], interpolation: .linear),
            Animation.Sampler(times: [0], values: [hips.x, hips.y, hips.z], interpolation: .linear),
            Animation.Sampler(times: [0], values: [0.6, 0, 0], interpolation: .linear),
        ]
        animation.channels = [
            Animation.Channel(sampler: 0, node: arm, path: .rotation),
            Animation.Channel(sampler: 1, node: hipsNode, path: .translation),
            Animation.Channel(sampler: 2, node: weightNode, path: .translation),
        ]
        document.animations = [animation]
        document.json = try JSONParser.parse(
            """
            {"extensions": {"VRMC_vrm_animation": {"specVersion": "1.0", "humanoid": {"humanBones":
              {"hips": {"node": \(hipsNode)}, "leftUpperArm": {"node": \(arm)}, "head": {"node": 999}}},
              "expressions": {"preset": {"happy": {"node": \(weightNode)}}}}}}
            """)
        return try BodyClip(document)
    }

    private func avatar(facesMinusZ: Bool) -> AvatarModel {
        let document = Fixture.document(
            Fixture.human(facesMinusZ: facesMinusZ, wild: false), targets: ["smile"])
        var model = AvatarModel(document: document)
        for (i, node) in document.nodes.enumerated() where node.mesh == nil {
            if let bone = HumanBone(rawValue: node.name ?? "") { model.humanoid[bone] = i }
        }
        if facesMinusZ { model.facing = Quaternion(x: 0, y: 1, z: 0, w: 0) }
        var happy = Expression(.happy)
        happy.morphs = [MorphTarget(node: document.nodes.count - 1, target: 0)]
        model.expressions = [happy]
        return model
    }

    @Test(arguments: [false, true]) func movesAnySkeletonTheSameWay(facesMinusZ: Bool) throws {
        let model = avatar(facesMinusZ: facesMinusZ)
        var rig = AvatarRig(model: model)
        // The arm is raised by 50 degrees, hips go 10 cm up of 1 m.
        let turn = Quaternion(axis: SIMD3(0, 0, 1), angle: 0.87)
        rig.add(try clip(turn: turn, hips: SIMD3(0, 1.1, 0)), named: "raise")
        var overrides = PoseOverrides()
        overrides.clip = "raise"
        let pose = rig.pose(FaceFrame(), timeSeconds: 0, overrides: overrides)
        let upper = try #require(model.humanoid[.leftUpperArm])
        let lower = try #require(model.humanoid[.leftLowerArm])
        let arm = pose.nodeMatrices[lower].translation - pose.nodeMatrices[upper].translation
        #expect(length(arm - turn.rotate(SIMD3(0.3, 0, 0))) < 1e-4)
        let hips = try #require(model.humanoid[.hips])
        #expect(length(pose.nodeMatrices[hips].translation - SIMD3(0, 1.1, 0)) < 1e-4)
        #expect(abs((pose.morphWeights.last?.first ?? 0) - 0.6) < 1e-6)
    }

    /// The same file without what `keeps` does not name.
    private func partOfClip(_ keeps: String) throws -> BodyClip {
        var document = Fixture.document(Fixture.human())
        let hips = try #require(document.nodes.firstIndex { $0.name == "hips" })
        var node = Node()
        node.name = "gaze"
        document.nodes.append(node)
        var animation = Animation()
        animation.samplers = [
            Animation.Sampler(times: [0], values: [0.2, 1, 0], interpolation: .linear),
            Animation.Sampler(times: [0], values: [0, 0.2588, 0, 0.9659], interpolation: .linear),
        ]
        animation.channels = [
            Animation.Channel(sampler: 0, node: hips, path: .translation),
            Animation.Channel(sampler: 1, node: document.nodes.count - 1, path: .rotation),
        ]
        document.animations = [animation]
        let parts = [
            "hips": "\"humanoid\": {\"humanBones\": {\"hips\": {\"node\": \(hips)}}}",
            "gaze": "\"lookAt\": {\"node\": \(document.nodes.count - 1)}",
        ]
        document.json = try JSONParser.parse(
            "{\"extensions\": {\"VRMC_vrm_animation\": {\(parts[keeps] ?? "")}}}")
        return try BodyClip(document)
    }

    @Test func aClipMayMoveTheHipsAlone() throws {
        let model = avatar(facesMinusZ: false)
        var rig = AvatarRig(model: model)
        rig.add(try partOfClip("hips"), named: "step")
        var overrides = PoseOverrides()
        overrides.clip = "step"
        let pose = rig.pose(FaceFrame(), timeSeconds: 0, overrides: overrides)
        let hips = try #require(model.humanoid[.hips])
        #expect(length(pose.nodeMatrices[hips].translation - SIMD3(0.2, 1, 0)) < 1e-4)
    }

    @Test func aClipMayTurnTheEyesAlone() throws {
        var model = avatar(facesMinusZ: false)
        let range = LookAt.RangeMap(inputMaxValue: 90, outputScale: 1)
        model.lookAt = LookAt(kind: .expression, range: range)
        var left = Expression(.lookLeft)
        left.morphs = [MorphTarget(node: model.document.nodes.count - 1, target: 0)]
        model.expressions = [left]
        var rig = AvatarRig(model: model)
        rig.add(try partOfClip("gaze"), named: "look")
        var overrides = PoseOverrides()
        overrides.clip = "look"
        let pose = rig.pose(FaceFrame(), timeSeconds: 0, overrides: overrides)
        #expect((pose.morphWeights.last?.first ?? 0) > 0.1)
    }

    @Test func aClipThatMovesNothingIsRefused() {
        #expect(
            performing: { try partOfClip("nothing") },
            throws: { ($0 as? AvatariumError)?.code == .avatarModelInvalid })
    }

    @Test func theClipsExpressionsOverrideEachOther() throws {
        var document = Fixture.document(Fixture.human())
        let names = ["happy", "blink", "aa"]
        var animation = Animation()
        for (i, weight) in [Float(0.4), 1, 1].enumerated() {
            document.nodes.append(Node())
            animation.samplers.append(
                Animation.Sampler(times: [0], values: [weight, 0, 0], interpolation: .linear))
            animation.channels.append(
                Animation.Channel(sampler: i, node: document.nodes.count - 1, path: .translation))
        }
        document.animations = [animation]
        let first = document.nodes.count - 3
        let table = names.enumerated().map { "\"\($1)\": {\"node\": \(first + $0)}" }.joined(separator: ",")
        document.json = try JSONParser.parse(
            "{\"extensions\": {\"VRMC_vrm_animation\": {\"expressions\": {\"preset\": {\(table)}}}}}")

        var model = AvatarModel(document: Fixture.document([], targets: names))
        model.expressions = names.enumerated().map { i, name in
            var expression = Expression(name: name, role: ExpressionPreset(rawValue: name))
            expression.morphs = [MorphTarget(node: 0, target: i)]
            return expression
        }
        model.expressions[0].overrideBlink = .block
        model.expressions[0].overrideMouth = .blend
        var rig = AvatarRig(model: model)
        rig.add(try BodyClip(document), named: "smile")
        var overrides = PoseOverrides()
        overrides.clip = "smile"
        let found = rig.pose(FaceFrame(), timeSeconds: 0, overrides: overrides).morphWeights[0]
        for (a, b) in zip(found, [Float(0.4), 0, 0.6]) { #expect(abs(a - b) < 1e-5, "\(found)") }
    }

    @Test func refusesAFileThatIsNoVRMAnimation() {
        #expect(
            performing: {
                try BodyClip(Fixture.document(Fixture.human()))
            }, throws: { ($0 as? AvatariumError)?.code == .avatarModelInvalid })
    }
}
