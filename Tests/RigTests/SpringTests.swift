import AvatariumCore
import GLTF
import Rig
import Testing
import VRM

@Suite struct SpringTests {
    /// A head and a strand of two bones that stick out sideways from it.
    private func strand(_ change: (inout SpringChain) -> Void = { _ in }) -> AvatarModel {
        let bones = [
            Fixture.Bone(name: "head", parent: nil, place: SIMD3(0, 1.5, 0)),
            Fixture.Bone(name: "hair1", parent: "head", place: SIMD3(0.1, 1.6, 0)),
            Fixture.Bone(name: "hair2", parent: "hair1", place: SIMD3(0.3, 1.6, 0)),
            Fixture.Bone(name: "tip", parent: "hair2", place: SIMD3(0.5, 1.6, 0)),
        ]
        var model = AvatarModel(document: Fixture.document(bones), humanoid: [.head: 0])
        var chain = SpringChain()
        chain.joints = [1, 2, 3].map {
            var joint = SpringChain.Joint(node: $0)
            joint.stiffness = 0
            joint.gravityPower = 1
            joint.dragForce = 0.4
            return joint
        }
        change(&chain)
        model.springs = [chain]
        return model
    }

    private func tip(_ rig: inout AvatarRig, _ frame: FaceFrame = FaceFrame(), at seconds: Double) -> SIMD3<
        Float
    > {
        rig.pose(frame, timeSeconds: seconds).nodeMatrices[3].translation
    }

    @Test func hangsStillFromTheFirstFrame() {
        var rig = AvatarRig(model: strand())
        let first = tip(&rig, at: 0)
        // Straight down, 0.4 m of hair.
        #expect(length(first - SIMD3(0.1, 1.2, 0)) < 0.03)
        #expect(length(tip(&rig, at: 0.5) - first) < 0.02)
    }

    @Test func stiffnessHoldsItsPlace() {
        var rig = AvatarRig(
            model: strand { chain in
                for i in chain.joints.indices {
                    chain.joints[i].stiffness = 4
                    chain.joints[i].gravityPower = 0
                }
            })
        #expect(length(tip(&rig, at: 0) - SIMD3(0.5, 1.6, 0)) < 1e-3)
    }

    @Test func swingsBehindATurningHeadAndComesToRest() {
        var rig = AvatarRig(model: strand())
        _ = tip(&rig, at: 0)
        var turned = FaceFrame()
        turned.headRotation.y = 1
        let soon = tip(&rig, turned, at: 1.0 / 30)
        var later = soon
        for i in 2...300 { later = tip(&rig, turned, at: Double(i) / 30) }
        let rest = Quaternion(axis: SIMD3(0, 1, 0), angle: 1).rotate(SIMD3(0.1, 0, 0)) + SIMD3(0, 1.2, 0)
        #expect(length(soon - rest) > 0.03)
        #expect(length(later - rest) < 0.03)
    }

    @Test(arguments: [24.0, 25, 60, 120]) func moveAlikeAtEveryFrameRate(rate: Double) {
        func frame(_ seconds: Double) -> FaceFrame {
            var frame = FaceFrame()
            frame.headRotation.z = sine(Float(seconds) * 3) * 0.5
            return frame
        }
        func run(_ rate: Double) -> SIMD3<Float> {
            var rig = AvatarRig(model: strand())
            var last = SIMD3<Float>.zero
            for i in 0...Int(rate * 2) { last = tip(&rig, frame(Double(i) / rate), at: Double(i) / rate) }
            return last
        }
        #expect(length(run(rate) - run(30)) < 0.012)
    }

    @Test func isTheSameEveryTime() {
        var a = AvatarRig(model: strand())
        var b = a
        var frame = FaceFrame()
        for i in 0..<60 {
            frame.headRotation.x = sine(Float(i) * 0.3) * 0.4
            #expect(tip(&a, frame, at: Double(i) / 30) == tip(&b, frame, at: Double(i) / 30))
        }
    }

    @Test func collidersPushTailsOut() {
        let centre = SIMD3<Float>(0, -0.15, 0)
        var rig = AvatarRig(
            model: strand { chain in
                chain.colliders = [SpringChain.Collider(node: 0, shape: .sphere(offset: centre, radius: 0.2))]
                for i in chain.joints.indices { chain.joints[i].hitRadius = 0.02 }
            })
        let pose = rig.pose(FaceFrame(), timeSeconds: 0).nodeMatrices
        for node in [2, 3] {
            #expect(length(pose[node].translation - SIMD3(0, 1.35, 0)) > 0.215)
        }
    }

    @Test func capsulesPushAlongTheirWholeLength() {
        var rig = AvatarRig(
            model: strand { chain in
                chain.colliders = [
                    SpringChain.Collider(
                        node: 0,
                        shape: .capsule(
                            offset: SIMD3(-0.3, -0.1, 0), tail: SIMD3(0.3, -0.1, 0), radius: 0.1))
                ]
            })
        let tip = tip(&rig, at: 0)
        #expect(abs(tip.x) > 0.3 || length(SIMD3(0, tip.y, tip.z) - SIMD3(0, 1.4, 0)) > 0.099)
    }

    @Test func `a sphere can hold its springs inside, and a plane lets none through`() {
        let inside = SpringChain.Collider(
            node: 0, shape: .sphere(offset: SIMD3(0.1, 0.1, 0), radius: 0.25, isInside: true))
        var held = AvatarRig(model: strand { $0.colliders = [inside] })
        #expect(length(tip(&held, at: 0) - SIMD3(0.1, 1.6, 0)) < 0.26)
        let floor = SpringChain.Collider(
            node: 0, shape: .plane(offset: SIMD3(0, 0, 0), normal: SIMD3(0, 1, 0)))
        var laid = AvatarRig(model: strand { $0.colliders = [floor] })
        #expect(tip(&laid, at: 0).y > 1.49)
    }

    @Test func `chains that hang on long paths end at the limit`() {
        var model = strand()
        let first = model.document.nodes.count
        // Two bones below a long path of plain nodes below the strand's first bone.
        for i in 0..<100 {
            var node = Node()
            node.parent = i == 0 ? 1 : first + i - 1
            node.translation = SIMD3(0.01, 0, 0)
            model.document.nodes.append(node)
            model.document.nodes[i == 0 ? 1 : first + i - 1].children.append(first + i)
        }
        var chain = SpringChain()
        chain.joints = [first + 98, first + 99].map { SpringChain.Joint(node: $0) }
        model.springs.append(chain)
        model.document.limits.springNodes = 10
        var rig = AvatarRig(model: model)
        #expect(rig.pose(FaceFrame(), timeSeconds: 0).nodeMatrices.count == model.document.nodes.count)
    }

    @Test func aCentreCarriesItsSpringsAlong() {
        // With the head as centre a turn of the head leaves no trace in the hair.
        var rig = AvatarRig(
            model: strand { chain in
                chain.center = 0
                for i in chain.joints.indices {
                    chain.joints[i].stiffness = 4
                    chain.joints[i].gravityPower = 0
                }
            })
        _ = tip(&rig, at: 0)
        var turned = FaceFrame()
        turned.headRotation.y = 1
        let wanted = Quaternion(axis: SIMD3(0, 1, 0), angle: 1).rotate(SIMD3(0.5, 0, 0)) + SIMD3(0, 1.6, 0)
        #expect(length(tip(&rig, turned, at: 1.0 / 30) - wanted) < 1e-3)
    }

    @Test func bonesKeepTheirLength() {
        var rig = AvatarRig(model: strand())
        var frame = FaceFrame()
        for i in 0..<30 {
            frame.headRotation.z = sine(Float(i)) * 0.5
            let pose = rig.pose(frame, timeSeconds: Double(i) / 30).nodeMatrices
            #expect(abs(length(pose[3].translation - pose[2].translation) - 0.2) < 1e-4)
        }
    }
}
