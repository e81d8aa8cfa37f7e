import AvatariumCore
import GLTF
import Rig
import Testing
import VRM

@Suite struct MouthDriverTests {
    private static let visemes = OculusViseme.allCases.map { "viseme_\($0.name)" }

    private func driver(_ targets: [String], bones: [Fixture.Bone] = []) throws -> MouthDriver {
        AvatarRig(model: try AvatarReader.read(Fixture.document(bones, targets: targets))).mouth
    }

    @Test func prefersARKitToVisemesToVowelsToTheJaw() throws {
        #expect(try driver(ARKitShape.names + MouthDriverTests.visemes) == .arkit)
        #expect(try driver(MouthDriverTests.visemes + ["mouthSmile", "mouthOpen"]) == .visemes)
        #expect(try driver(["A", "I", "U", "E", "O"]) == .vowelShapes)
        #expect(try driver(["jawOpen"]) == .jawShape)
        #expect(try driver([], bones: Fixture.human()) == .jawBone)
        #expect(try driver(["Hat"]) == .none)
    }

    @Test func aRecordedFaceStartsNeutral() throws {
        // The file opens with the first frame of a performance; other targets are the artist's choice.
        var document = Fixture.document([], targets: ["jawOpen", "eyeBlink_L", "Chubby"])
        document.meshes[0].weights = [0.3, 0.2, 0.7]
        var rig = AvatarRig(model: try AvatarReader.read(document))
        #expect(rig.pose(FaceFrame(), timeSeconds: 0).morphWeights[0] == [0, 0, 0.7])
        #expect(rig.restPose().morphWeights[0] == [0.3, 0.2, 0.7])
    }

    @Test func neverMovesOneMouthTwice() throws {
        let names = ARKitShape.names + MouthDriverTests.visemes
        var rig = AvatarRig(model: try AvatarReader.read(Fixture.document([], targets: names)))
        var frame = FaceFrame()
        for shape in ARKitShape.allCases { frame[shape] = 0.3 }
        for viseme in OculusViseme.allCases { frame[viseme] = 0.1 }
        let weights = rig.pose(frame, timeSeconds: 0).morphWeights[0]
        #expect(weights[ARKitShape.count...].allSatisfy { $0 == 0 })
        #expect(weights[ARKitShape.jawOpen.rawValue] == 0.3)
    }

    @Test func aTrackOfCurvesAloneSpeaksThroughVisemes() throws {
        var rig = AvatarRig(
            model: try AvatarReader.read(Fixture.document([], targets: MouthDriverTests.visemes)))
        func strongest(_ frame: FaceFrame) -> OculusViseme? {
            let weights = rig.pose(frame, timeSeconds: 0).morphWeights[0]
            return weights.indices.max { weights[$0] < weights[$1] }.flatMap(OculusViseme.init(rawValue:))
        }
        var open = FaceFrame()
        open[.jawOpen] = 0.5
        #expect(strongest(open) == .aa)
        var round = FaceFrame()
        round[.jawOpen] = 0.15
        round[.mouthPucker] = 0.8
        #expect(strongest(round) == .U)
        var closed = FaceFrame()
        closed[.jawOpen] = 0.1
        closed[.mouthClose] = 0.12
        #expect(strongest(closed) == .PP)
    }

    @Test func aVisemeAskedForIsTheAvatarsOwn() throws {
        let names = ARKitShape.names + MouthDriverTests.visemes
        var rig = AvatarRig(model: try AvatarReader.read(Fixture.document([], targets: names)))
        var overrides = PoseOverrides()
        overrides.viseme = .FF
        let weights = rig.pose(FaceFrame(), timeSeconds: 0, overrides: overrides).morphWeights[0]
        #expect(weights[ARKitShape.count + OculusViseme.FF.rawValue] == 1)
        #expect(weights[..<ARKitShape.count].allSatisfy { $0 == 0 })
    }

    @Test func aVisemeAskedForOfARKitIsBuiltFromShapes() throws {
        var rig = AvatarRig(model: try AvatarReader.read(Fixture.document([], targets: ARKitShape.names)))
        var overrides = PoseOverrides()
        overrides.viseme = .U
        let weights = rig.pose(FaceFrame(), timeSeconds: 0, overrides: overrides).morphWeights[0]
        #expect(weights[ARKitShape.mouthPucker.rawValue] > 0.5)
    }
}
