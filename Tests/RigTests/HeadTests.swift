import AvatariumCore
import GLTF
import Rig
import Testing
import VRM

/// Angles mean the same on every skeleton: about the character's own axes, whatever the bones' local ones are.
@Suite struct HeadTests {
    private func avatar(facesMinusZ: Bool, targets: [String] = []) -> AvatarModel {
        let document = Fixture.document(Fixture.human(facesMinusZ: facesMinusZ), targets: targets)
        var model = AvatarModel(document: document)
        for (i, node) in document.nodes.enumerated() where node.mesh == nil {
            if let bone = HumanBone(rawValue: node.name ?? "") { model.humanoid[bone] = i }
        }
        if facesMinusZ { model.facing = Quaternion(x: 0, y: 1, z: 0, w: 0) }
        return model
    }

    /// Where a point fixed to a bone goes, relative to the bone's own place.
    private func moved(
        _ point: SIMD3<Float>, on bone: HumanBone, _ frame: FaceFrame, facesMinusZ: Bool
    ) throws -> SIMD3<Float> {
        let model = avatar(facesMinusZ: facesMinusZ)
        var rig = AvatarRig(model: model)
        let node = try #require(model.humanoid[bone])
        let rest = rig.restPose().nodeMatrices[node]
        let inverse = try #require(rest.inverse)
        let posed = rig.pose(frame, timeSeconds: 0).nodeMatrices[node]
        return posed.transformPoint(inverse.transformPoint(rest.translation + point)) - posed.translation
    }

    @Test(arguments: [false, true]) func yawTurnsTheNoseToTheCharactersLeft(facesMinusZ: Bool) throws {
        var frame = FaceFrame()
        frame.headRotation.y = 0.4
        let nose = try moved(SIMD3(0, 0, 1), on: .head, frame, facesMinusZ: facesMinusZ)
        #expect(abs(nose.x - sine(0.4)) < 1e-4 && abs(nose.z - cosine(0.4)) < 1e-4)
    }

    @Test(arguments: [false, true]) func pitchNodsDown(facesMinusZ: Bool) throws {
        var frame = FaceFrame()
        frame.headRotation.x = 0.3
        let nose = try moved(SIMD3(0, 0, 1), on: .head, frame, facesMinusZ: facesMinusZ)
        #expect(abs(nose.y + sine(0.3)) < 1e-4)
    }

    @Test(arguments: [false, true]) func rollTiltsToTheCharactersRight(facesMinusZ: Bool) throws {
        var frame = FaceFrame()
        frame.headRotation.z = 0.2
        let crown = try moved(SIMD3(0, 1, 0), on: .head, frame, facesMinusZ: facesMinusZ)
        #expect(abs(crown.x + sine(0.2)) < 1e-4)
    }

    @Test func theNeckTakesAShareOfTheTurn() throws {
        var frame = FaceFrame()
        frame.headRotation.y = 0.4
        let forward = try moved(SIMD3(0, 0, 1), on: .neck, frame, facesMinusZ: false)
        #expect(forward.x > sine(0.4 * 0.2) && forward.x < sine(0.4 * 0.5))
        let hips = try moved(SIMD3(0, 0, 1), on: .hips, frame, facesMinusZ: false)
        #expect(abs(hips.x) < 1e-5)
    }

    @Test(arguments: [HumanBone.leftEye, .rightEye]) func eyesTurnWithTheGaze(eye: HumanBone) throws {
        var frame = FaceFrame()
        frame.gaze = SIMD2(0.1, 0.2)
        let pupil = try moved(SIMD3(0, 0, 1), on: eye, frame, facesMinusZ: false)
        #expect(abs(pupil.x - sine(0.2)) < 1e-3 && abs(pupil.y + sine(0.1)) < 5e-3)
    }

    @Test func eyesFollowEyeLookCoefficientsWhereATrackHasNoGaze() throws {
        var frame = FaceFrame()
        frame[.eyeLookOutLeft] = 0.5
        frame[.eyeLookInRight] = 0.5
        let pupil = try moved(SIMD3(0, 0, 1), on: .leftEye, frame, facesMinusZ: false)
        #expect(pupil.x > 0.2)
    }

    @Test func aJawBoneOpensWhereThereIsNothingElse() throws {
        var frame = FaceFrame()
        frame[.jawOpen] = 0.5
        let chin = try moved(SIMD3(0, 0, 1), on: .jaw, frame, facesMinusZ: false)
        #expect(chin.y < -0.1)
        frame[.mouthClose] = 0.5
        let closed = try moved(SIMD3(0, 0, 1), on: .jaw, frame, facesMinusZ: false)
        #expect(abs(closed.y) < 1e-5)
    }

    @Test(arguments: [false, true]) func armsOfATPoseHangDown(facesMinusZ: Bool) throws {
        let model = avatar(facesMinusZ: facesMinusZ)
        var rig = AvatarRig(model: model)
        for (upperArm, lowerArm) in [
            (HumanBone.leftUpperArm, HumanBone.leftLowerArm), (.rightUpperArm, .rightLowerArm),
        ] {
            let upper = try #require(model.humanoid[upperArm])
            let lower = try #require(model.humanoid[lowerArm])
            let pose = rig.pose(FaceFrame(), timeSeconds: 0).nodeMatrices
            let arm = pose[lower].translation - pose[upper].translation
            #expect(arm.y < -0.28 && abs(length(arm) - 0.3) < 1e-4)
            #expect((arm.x > 0) == (upperArm == .leftUpperArm))
            let rest = rig.restPose().nodeMatrices
            #expect(abs((rest[lower].translation - rest[upper].translation).y) < 1e-4)
        }
        var authored = rig
        authored.keepsFilePose = true
        #expect(authored.pose(FaceFrame(), timeSeconds: 0).nodeMatrices == rig.restPose().nodeMatrices)
        rig.relaxesArms = false
        #expect(rig.pose(FaceFrame(), timeSeconds: 0).nodeMatrices == rig.restPose().nodeMatrices)
    }

    @Test func eyeBonesStandStillWhereShapesTurnTheEyeballs() throws {
        var document = Fixture.document(Fixture.human())
        Fixture.addMesh(
            &document, name: "EyeLeft", positions: [.zero, SIMD3(0, 1, 0), SIMD3(1, 0, 0)],
            targets: [("eyeLookOutLeft", [SIMD3(0.01, 0, 0), .zero, .zero])])
        let model = try AvatarReader.read(document)
        var rig = AvatarRig(model: model)
        var frame = FaceFrame()
        frame.gaze.y = 0.3
        let pose = rig.pose(frame, timeSeconds: 0)
        let eye = try #require(model.humanoid[.leftEye])
        #expect(pose.nodeMatrices[eye] == rig.restPose().nodeMatrices[eye])
        #expect(pose.morphWeights[document.nodes.count - 1][0] > 0.3)
    }

    @Test func aHeadWithoutANeckTurnsAboutItsLowerPart() throws {
        let model = try AvatarReader.read(Fixture.awkwardFace())
        var rig = AvatarRig(model: model)
        var frame = FaceFrame()
        frame.headRotation.z = 0.3
        let matrix = rig.pose(frame, timeSeconds: 0).nodeMatrices[0]
        let crown = matrix.transformPoint(SIMD3(0, 0.135, 0))
        let neck = matrix.transformPoint(SIMD3(0, -0.045, -0.0))
        #expect(crown.x < -0.04)
        #expect(length(neck - SIMD3(0, -0.045, 0)) < 0.002)
    }
}
