import AvatariumCore
import GLTF
import Rig
import Testing
import VRM

@Suite struct ClipTests {
    private func place(
        _ interpolation: Animation.Interpolation, _ values: [Float], at seconds: Double,
        path: Animation.Path = .translation
    ) -> FramePose {
        var document = Fixture.document([], targets: ["a", "b"])
        var animation = Animation()
        animation.name = "move"
        animation.samplers = [
            Animation.Sampler(times: [0, 1, 2], values: values, interpolation: interpolation)
        ]
        animation.channels = [Animation.Channel(sampler: 0, node: 0, path: path)]
        document.animations = [animation]
        var rig = AvatarRig(model: AvatarModel(document: document))
        var overrides = PoseOverrides()
        overrides.clip = "move"
        overrides.clipSeconds = seconds
        return rig.pose(FaceFrame(), timeSeconds: 0, overrides: overrides)
    }

    @Test func interpolatesLinearly() {
        let values: [Float] = [0, 0, 0, 2, 0, 0, 2, 4, 0]
        #expect(place(.linear, values, at: 0.25).nodeMatrices[0].translation == SIMD3(0.5, 0, 0))
        #expect(place(.linear, values, at: 1.5).nodeMatrices[0].translation == SIMD3(2, 2, 0))
    }

    @Test func repeatsAfterItsEnd() {
        let values: [Float] = [0, 0, 0, 2, 0, 0, 2, 4, 0]
        #expect(place(.linear, values, at: 2.25).nodeMatrices[0].translation == SIMD3(0.5, 0, 0))
    }

    @Test func itsEndIsItsLastKey() {
        #expect(place(.linear, [0, 0, 0, 2, 0, 0, 4, 0, 0], at: 2).nodeMatrices[0].translation.x == 4)
    }

    @Test func stepsHoldTheirValue() {
        let values: [Float] = [0, 0, 0, 2, 0, 0, 2, 4, 0]
        #expect(place(.step, values, at: 0.99).nodeMatrices[0].translation == .zero)
        #expect(place(.step, values, at: 1).nodeMatrices[0].translation == SIMD3(2, 0, 0))
    }

    @Test func cubicSplinesFollowTheirTangents() {
        // Value 0 to 1 with level tangents: Hermite's smooth step; then tangents of 1: a straight line.
        let level: [Float] = [
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
        ]
        let x = place(.cubicSpline, level, at: 0.25).nodeMatrices[0].translation.x
        #expect(abs(x - 0.15625) < 1e-6)
        let straight: [Float] = [
            1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 2, 0, 0, 1, 0, 0,
        ]
        #expect(abs(place(.cubicSpline, straight, at: 0.3).nodeMatrices[0].translation.x - 0.3) < 1e-6)
    }

    @Test func rotationsTakeTheShorterArc() {
        let half = Quaternion(axis: SIMD3(0, 1, 0), angle: 1).vector
        // The second key is the same turn, written with the opposite sign.
        let values: [Float] = [0, 0, 0, 1, -half.x, -half.y, -half.z, -half.w, 0, 0, 0, 1]
        let matrix = place(.linear, values, at: 0.5, path: .rotation).nodeMatrices[0]
        let forward = matrix.transformDirection(SIMD3(0, 0, 1))
        #expect(abs(forward.x - sine(0.5)) < 1e-5)
    }

    @Test func animatesWeights() {
        let pose = place(.linear, [0, 1, 1, 0, 1, 0], at: 0.5, path: .weights)
        #expect(pose.morphWeights[0] == [0.5, 0.5])
    }

    @Test func survivesASamplerWithTooFewValues() {
        #expect(place(.cubicSpline, [1, 2, 3], at: 0.5).nodeMatrices[0].translation == .zero)
        #expect(place(.linear, [], at: 0.5, path: .rotation).nodeMatrices[0] == .identity)
    }

    @Test func aClipThatMovesArmsKeepsThem() throws {
        var document = Fixture.document(Fixture.human())
        let arm = try #require(document.nodes.firstIndex { $0.name == "leftUpperArm" })
        var animation = Animation()
        animation.name = "wave"
        let q = document.nodes[arm].rotation.vector
        animation.samplers = [
            Animation.Sampler(times: [0], values: [q.x, q.y, q.z, q.w], interpolation: .linear)
        ]
        animation.channels = [Animation.Channel(sampler: 0, node: arm, path: .rotation)]
        document.animations = [animation]
        var rig = AvatarRig(model: try AvatarReader.read(document))
        var overrides = PoseOverrides()
        overrides.clip = "wave"
        let pose = rig.pose(FaceFrame(), timeSeconds: 0, overrides: overrides)
        let hand = try #require(document.nodes.firstIndex { $0.name == "leftLowerArm" })
        #expect(abs(pose.nodeMatrices[hand].translation.y - 1.45) < 1e-4)
    }
}
