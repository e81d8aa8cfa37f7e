import AvatariumCore
import GLTF
import Rig
import Testing
import VRM

@Suite struct ConstraintTests {
    /// A source that the head turns, and a free node beside it.
    private func model(_ kind: NodeConstraint.Kind, weight: Float = 1) -> AvatarModel {
        let bones = [
            Fixture.Bone(name: "head", parent: nil, place: SIMD3(0, 1, 0)),
            Fixture.Bone(name: "follower", parent: nil, place: SIMD3(1, 1, 0)),
            Fixture.Bone(name: "ball", parent: "head", place: SIMD3(0, 1, 1)),
        ]
        var model = AvatarModel(document: Fixture.document(bones), humanoid: [.head: 0])
        let source = if case .aim = kind { 2 } else { 0 }
        model.constraints = [NodeConstraint(node: 1, source: source, kind: kind, weight: weight)]
        return model
    }

    private func follower(_ model: AvatarModel, _ rotation: SIMD3<Float>) -> Matrix4 {
        var rig = AvatarRig(model: model)
        rig.relaxesArms = false
        var frame = FaceFrame()
        frame.headRotation = rotation
        return rig.pose(frame, timeSeconds: 0).nodeMatrices[1]
    }

    @Test func rotationCopiesTheTurn() {
        let x = follower(model(.rotation), SIMD3(0, 0.5, 0)).transformDirection(SIMD3(0, 0, 1)).x
        #expect(abs(x - sine(0.5)) < 1e-5)
    }

    @Test func weightSharesTheTurn() {
        let x = follower(model(.rotation, weight: 0.5), SIMD3(0, 0.5, 0)).transformDirection(SIMD3(0, 0, 1)).x
        #expect(abs(x - sine(0.25)) < 1e-5)
    }

    @Test func rollTakesOneAxisOnly() {
        let roll = model(.roll(axis: SIMD3(0, 0, 1)))
        let yawed = follower(roll, SIMD3(0, 0.5, 0)).transformDirection(SIMD3(0, 0, 1))
        #expect(length(yawed - SIMD3(0, 0, 1)) < 1e-5)
        let rolled = follower(roll, SIMD3(0, 0, 0.5)).transformDirection(SIMD3(1, 0, 0))
        #expect(abs(rolled.y - sine(0.5)) < 1e-5)
    }

    @Test func aimPointsItsAxisAtTheSource() {
        // From (1, 1, 0) to the ball at (0, 1, 1), carried round by the head.
        let aim = follower(model(.aim(axis: SIMD3(0, 0, 1))), SIMD3(0, 0.3, 0))
        let wanted = normalize(SIMD3(sine(0.3) - 1, 0, cosine(0.3)))
        #expect(length(aim.transformDirection(SIMD3(0, 0, 1)) - wanted) < 1e-5)
    }
}
