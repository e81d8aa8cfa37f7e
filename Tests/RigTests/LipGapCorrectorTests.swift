import AvatariumCore
import GLTF
import Rig
import Testing
import VRM

/// Lips are measured on the posed mesh, not on coefficients.
@Suite struct LipGapCorrectorTests {
    /// Frames whose lips the reference face closes, from plain ones to closures under a full smile.
    private static func closures() -> [FaceFrame] {
        var random = SeededGenerator(seed: 7)
        return (0..<300).map { _ in
            var frame = FaceFrame()
            frame[.jawOpen] = random.uniform(0, 0.5)
            for shape in [ARKitShape.mouthFunnel, .mouthPucker] { frame[shape] = random.uniform(0, 0.5) }
            for shape in [ARKitShape.mouthRollLower, .mouthRollUpper, .mouthPressLeft, .mouthPressRight] {
                frame[shape] = random.uniform(0, 0.3)
            }
            let smile = random.unit() < 0.3 ? Float(1) : random.uniform(0, 0.4)
            frame[.mouthSmileLeft] = smile
            frame[.mouthSmileRight] = smile
            // mouthClose from the reference equation, to a gap of zero.
            var gap = 40.3 * frame[.jawOpen] + 13.3 * frame[.mouthFunnel] + 4.4 * frame[.mouthPucker]
            gap -= 5.9 * frame[.mouthRollLower] + 6.2 * frame[.mouthRollUpper]
            gap -= 1.7 * (frame[.mouthPressLeft] + frame[.mouthPressRight])
            frame[.mouthClose] = clamp(gap / 40.3, 0, 1)
            frame[.PP] = 0.9
            frame[.aa] = random.uniform(0, 0.3)
            frame[.O] = random.uniform(0, 0.2)
            return frame
        }
    }

    private func checkClosures(_ model: AvatarModel, _ lips: PosedLips) {
        var rig = AvatarRig(model: model)
        var widest: Float = -100
        var deepest: Float = 100
        for (i, frame) in LipGapCorrectorTests.closures().enumerated() {
            let gap = lips.gap(rig.pose(frame, timeSeconds: Double(i) / 30))
            widest = max(widest, gap)
            deepest = min(deepest, gap)
        }
        #expect(widest < 1, "lips stay \(widest) mm apart")
        // A face whose lips are apart at rest may close that far too.
        deepest += max(0, rig.calibration?.neutralGap ?? 0)
        #expect(deepest > -1, "lips go \(-deepest) mm through each other")
    }

    @Test func closesAFaceUnlikeTheReference() throws {
        let document = Fixture.awkwardFace()
        let measured = PosedLips(document, opening: "jawOpen", rounding: "mouthPucker", headUnits: 0.225)
        let lips = try #require(measured)
        checkClosures(try AvatarReader.read(document), lips)
    }

    @Test(.enabled(if: RealAvatars.available, "needs AVATARIUM_TEST_DATA")) func closesFacecap() throws {
        let model = try RealAvatars.model("avatars/facecap.glb")
        // The mesh is quantised and lies on its back.
        let measured = PosedLips(
            model.document, opening: "jawOpen", rounding: "mouthPucker", up: SIMD3(0, 0, -1),
            headUnits: 11991)
        let lips = try #require(measured)
        checkClosures(model, lips)
    }

    @Test(.enabled(if: RealAvatars.available, "needs AVATARIUM_TEST_DATA"))
    func closesReadyPlayerMeWithARKit() throws {
        let model = try RealAvatars.model("avatars/rpm_brunette-t_67.glb")
        let measured = PosedLips(
            model.document, opening: "jawOpen", rounding: "mouthPucker", headUnits: 0.222)
        let lips = try #require(measured)
        checkClosures(model, lips)
    }

    @Test(.enabled(if: RealAvatars.available, "needs AVATARIUM_TEST_DATA"))
    func closesReadyPlayerMeWithVisemesOnly() throws {
        let model = try RealAvatars.model("avatars/rpm_visemes15_646d.glb")
        let measured = PosedLips(model.document, opening: "viseme_aa", rounding: "viseme_U", headUnits: 0.231)
        let lips = try #require(measured)
        checkClosures(model, lips)
    }

    @Test(.enabled(if: RealAvatars.available, "needs AVATARIUM_TEST_DATA")) func closesAVRMWithFiveVowels()
        throws
    {
        let model = try RealAvatars.model("avatars/Godette_vrm0.vrm")
        let measured = PosedLips(model.document, opening: "ah", rounding: "uu", headUnits: 0.53)
        let lips = try #require(measured)
        checkClosures(model, lips)
    }

    @Test func leavesOpenMouthsAsTheyAre() throws {
        var rig = AvatarRig(model: try AvatarReader.read(Fixture.awkwardFace()))
        var frame = FaceFrame()
        frame[.jawOpen] = 0.6
        frame[.mouthFunnel] = 0.2
        let weights = rig.pose(frame, timeSeconds: 0).morphWeights[0]
        #expect(weights[0] == 0.6 && weights[1] == 0 && weights[3] == 0.2)
    }

    @Test func measuresTheGapInMillimetresAtHumanScale() throws {
        let measured = AvatarRig(model: try AvatarReader.read(Fixture.awkwardFace())).calibration
        let calibration = try #require(measured)
        #expect(abs(calibration.millimetresPerUnit - 1000) < 1)
        #expect(abs(calibration.neutralGap - 0.5) < 0.01)
        #expect(abs((calibration.arkit["jawOpen"] ?? 0) - 30) < 0.1)
        #expect(abs((calibration.arkit["mouthClose"] ?? 0) + 20) < 0.1)
    }

    @Test(.enabled(if: RealAvatars.available, "needs AVATARIUM_TEST_DATA"))
    func measuresARKitsReferenceFaceAsPublished() throws {
        let measured = AvatarRig(model: try RealAvatars.model("avatars/facecap.glb")).calibration
        let calibration = try #require(measured)
        #expect(abs((calibration.arkit["jawOpen"] ?? 0) - 40.3) < 2)
        #expect(abs((calibration.arkit["mouthClose"] ?? 0) + 40.3) < 3)
    }
}
