import AvatariumCore
import GLTF
import Rig
import Testing
import VRM

@Suite(.enabled(if: RealAvatars.available, "needs AVATARIUM_TEST_DATA")) struct AnimationBakerTests {
    /// Bakes a short performance and plays it back from the copy.
    @Test(arguments: [
        "avatars/facecap.glb", "avatars/rpm_brunette-t_67.glb", "avatars/Godette_vrm0.vrm",
        "avatars/rpm_visemes15_646d.glb",
    ])
    func theCopyPlaysBackTheSamePoses(file: String) throws {
        let model = try RealAvatars.model(file)
        var rig = AvatarRig(model: model)
        var baker = AnimationBaker(rig: rig, frameRate: .fps30, name: "talk")
        var poses: [FramePose] = []
        for i in 0..<6 {
            var frame = FaceFrame()
            frame.headRotation = SIMD3(0.1, 0.2, 0.05) * sine(Float(i))
            frame[.jawOpen] = Float(i) * 0.1
            frame[.aa] = Float(i) * 0.15
            frame[.eyeBlinkLeft] = Float(i % 2)
            frame[.eyeBlinkRight] = Float(i % 2)
            poses.append(rig.pose(frame, timeSeconds: Double(i) / 30))
            baker.append(poses[i])
        }
        let copy = try Loader().load(bytes: try baker.glb(), name: "copy.glb")
        let errors = copy.diagnostics.filter { $0.severity == .error }
        #expect(errors.isEmpty)
        #expect(copy.animations.first?.name == "talk")
        #expect(copy.images.map(\.bytes.count) == model.document.images.map(\.bytes.count))
        #expect(
            copy.accessors.prefix(model.document.accessors.count).map(\.count)
                == model.document.accessors.map(\.count))
        // Played as any glTF viewer would: without our rig's face, springs or arms.
        var plain = AvatarModel(document: copy)
        plain.facing = model.facing
        var player = AvatarRig(model: plain)
        for i in [0, 3, 5] {
            var overrides = PoseOverrides()
            overrides.clip = "talk"
            overrides.clipSeconds = min(Double(i) / 30, 4.999 / 30)
            let played = player.pose(FaceFrame(), timeSeconds: 0, overrides: overrides)
            for (a, b) in zip(played.nodeMatrices, poses[i].nodeMatrices) {
                let scale = max(length(b.translation), 1)
                #expect(length(a.translation - b.translation) < scale * 2e-3)
                #expect(
                    length(a.transformDirection(SIMD3(0, 0, 1)) - b.transformDirection(SIMD3(0, 0, 1))) < 2e-3
                )
            }
            for (a, b) in zip(played.morphWeights, poses[i].morphWeights) {
                #expect(zip(a, b).allSatisfy { abs($0 - $1) < 2e-3 })
            }
        }
    }
}
