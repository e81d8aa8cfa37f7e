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

    private static let opening: [(name: String, opens: Float)] = [
        ("viseme_aa", 20), ("viseme_E", 12), ("viseme_O", 14), ("viseme_PP", 0.1), ("viseme_FF", 2),
        ("viseme_TH", 4),
    ]

    @Test func `the mouth that opens the lips speaks`() throws {
        func rig(jaw: Float) throws -> AvatarRig {
            AvatarRig(model: try AvatarReader.read(Fixture.awkwardFace(jaw: jaw, more: Self.opening)))
        }
        #expect(try rig(jaw: 30).mouth == .arkit)
        #expect(try rig(jaw: 10).mouth == .arkit)
        // A slit, beside visemes that open well.
        #expect(try rig(jaw: 2).mouth == .visemes)
        #expect(try rig(jaw: 2).calibration != nil)
    }

    @Test func `a jaw joint turns where shapes hardly open the lips`() throws {
        let dead = AvatarRig(model: try AvatarReader.read(Fixture.awkwardFace(jaw: 0, isSkinned: true)))
        #expect(dead.mouth == .arkit && dead.turnsJaw)
        let good = AvatarRig(model: try AvatarReader.read(Fixture.awkwardFace(jaw: 30, isSkinned: true)))
        #expect(good.mouth == .arkit && !good.turnsJaw)
        var frame = FaceFrame()
        frame[.jawOpen] = 1
        var (a, b) = (dead, good)
        let lip = SIMD3<Float>(0, -0.02, 0.1)
        let rest = dead.restPose().nodeMatrices[2].transformPoint(lip)
        #expect(a.pose(frame, timeSeconds: 0).nodeMatrices[2].transformPoint(lip).y < rest.y - 0.02)
        #expect(b.pose(frame, timeSeconds: 0).nodeMatrices[2].transformPoint(lip) == rest)
    }

    @Test func `a jaw joint that carries nothing is none`() throws {
        var document = Fixture.awkwardFace(jaw: 30, isSkinned: true)
        let joints = try #require(document.meshes[0].primitives[0].attributes["JOINTS_0"])
        document.accessors[joints].bytes = document.accessors[joints].bytes.map { _ in 0 }
        #expect(try AvatarReader.read(document).humanoid[.jaw] == nil)
    }

    @Test func `the file's own pose keeps its weights`() throws {
        var document = Fixture.document([], targets: ["jawOpen", "eyeBlink_L", "Chubby"])
        document.meshes[0].weights = [0.3, 0.2, 0.7]
        let model = try AvatarReader.read(document)
        #expect(
            model.diagnostics.contains { $0.code == "AVATAR_DEFAULT_WEIGHTS" && $0.severity == .information })
        var rig = AvatarRig(model: model)
        rig.keepsFilePose = true
        #expect(rig.pose(FaceFrame(), timeSeconds: 0).morphWeights[0] == [0.3, 0.2, 0.7])
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
