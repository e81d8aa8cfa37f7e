import AvatariumCore
import GLTF
import Geometry
import Rig
import Testing
import VRM

@Suite struct FramingTests {
    /// Where a point of the world lies in the picture: x and y from -1 to 1.
    private func project(_ p: SIMD3<Float>, _ camera: ViewCamera, _ aspect: Float) -> SIMD2<Float> {
        let clip = camera.projectionMatrix(aspect: aspect) * (camera.viewMatrix * SIMD4(p.x, p.y, p.z, 1))
        return SIMD2(clip.x, clip.y) / clip.w
    }

    private static let heads = [
        "avatars/facecap.glb", "avatars/rpm_brunette-t_67.glb", "avatars/rpm_visemes15_646d.glb",
        "avatars/Godette_vrm0.vrm", "avatars/RobotExpressive.glb", "vrm-addon/bone_child_mesh.vrm",
    ]

    @Test(.enabled(if: RealAvatars.available, "needs AVATARIUM_TEST_DATA"), arguments: heads)
    func theFaceFillsThePictureAndLooksAtUs(file: String) throws {
        let rig = AvatarRig(model: try RealAvatars.model(file))
        let head = try #require(rig.headBounds())
        for aspect in [Float(16) / 9, 1] {
            let camera = rig.camera(.face, aspect: aspect)
            let plane = head.center.z
            let top = project(SIMD3(head.center.x, head.high.y, plane), camera, aspect)
            let bottom = project(SIMD3(head.center.x, head.low.y, plane), camera, aspect)
            let share = (top.y - bottom.y) / 2
            // A head wider than the picture is fitted by its width.
            let breadth = head.size.x / head.size.y / aspect * share
            #expect(share < 0.65 && (share > 0.55 || breadth > 0.75), "\(file): \(share)")
            #expect(top.y < 0.9 && top.y > 0.4 && bottom.y < -0.2 && abs(top.x) < 1e-3)
            #expect(camera.eye.z > head.high.z && camera.eye.x == camera.target.x)
            #expect(camera.near > 0 && camera.near < camera.eye.z - head.high.z)
        }
    }

    @Test(.enabled(if: RealAvatars.available, "needs AVATARIUM_TEST_DATA"), arguments: heads)
    func theBodyIsShownWhole(file: String) throws {
        let rig = AvatarRig(model: try RealAvatars.model(file))
        let box = try #require(rig.bounds())
        for aspect in [Float(16) / 9, 1, 0.5625] {
            let camera = rig.camera(.body, aspect: aspect)
            for corner in [box.low, box.high] {
                let p = project(SIMD3(corner.x, corner.y, box.high.z), camera, aspect)
                #expect(abs(p.x) <= 1 && abs(p.y) <= 1, "\(file)")
            }
        }
    }

    @Test(.enabled(if: RealAvatars.available, "needs AVATARIUM_TEST_DATA"), arguments: heads)
    func theBustShowsHeadAndMore(file: String) throws {
        let rig = AvatarRig(model: try RealAvatars.model(file))
        let head = try #require(rig.headBounds())
        let camera = rig.camera(.bust, aspect: 16.0 / 9)
        let top = project(SIMD3(0, head.high.y, head.center.z), camera, 16.0 / 9)
        let bottom = project(SIMD3(0, head.low.y, head.center.z), camera, 16.0 / 9)
        #expect(top.y < 1 && bottom.y < 0.5 && (top.y - bottom.y) / 2 < 0.8)
    }

    @Test func aModelWithoutAFaceIsShownWhole() throws {
        let rig = AvatarRig(model: try AvatarReader.read(Fixture.document([], targets: [])))
        #expect(rig.headBounds() == nil)
        #expect(rig.camera(.face, aspect: 1) == rig.camera(.body, aspect: 1))
    }

    /// A square that its file moves and a shape of the face that performances put to 0.
    @Test func whatTheFilesOwnWeightsMoveIsInThePicture() throws {
        var document = Document()
        let square = [SIMD3<Float>(-1, -1, 0), SIMD3(1, -1, 0), SIMD3(1, 1, 0), SIMD3(-1, 1, 0)]
        Fixture.addMesh(
            &document, positions: square,
            targets: [
                ("Tall", square.map { SIMD3(0, $0.y > 0 ? 4 : 0, 0) }),
                ("jawOpen", square.map { SIMD3(0, $0.y < 0 ? -4 : 0, 0) }),
            ])
        document.meshes[0].weights = [0.5, 1]
        var rig = AvatarRig(model: try AvatarReader.read(document))
        #expect(rig.bounds() == Bounds(low: SIMD3(-1, -1, 0), high: SIMD3(1, 3, 0)))
        let camera = rig.camera(.body, aspect: 1)
        #expect(abs(camera.target.y - 1) < 1e-5)
        for corner in [SIMD3<Float>(-1, -1, 0), SIMD3(1, 3, 0)] {
            #expect(abs(project(corner, camera, 1).y) < 1)
        }
        // As under --no-idle: the face's shapes as the file has them too.
        rig.keepsFilePose = true
        #expect(rig.bounds() == Bounds(low: SIMD3(-1, -5, 0), high: SIMD3(1, 3, 0)))
        // Node weights come before the mesh's.
        document.nodes[document.nodes.count - 1].weights = [1, 0]
        #expect(AvatarRig(model: try AvatarReader.read(document)).bounds()?.high.y == 5)
    }

    @Test func aFaceWithoutBonesIsFoundByItsShapes() throws {
        var document = Fixture.awkwardFace()
        // A plinth of no interest, far larger.
        Fixture.addMesh(
            &document, name: "Plinth", positions: [SIMD3(-1, -2, 0), SIMD3(1, -2, 0), SIMD3(0, -0.2, 0)],
            targets: [])
        let head = AvatarRig(model: try AvatarReader.read(document)).headBounds()
        let box = try #require(head)
        #expect(abs(box.low.y + 0.09) < 1e-4 && abs(box.high.y - 0.135) < 1e-4)
    }

    @Test func aHeadBoneThatCarriesNothingIsNoReasonToMissTheFace() throws {
        var document = Fixture.document(Fixture.human(wild: false))
        let face = Fixture.awkwardFace()
        let accessor = document.accessors.count
        document.accessors += face.accessors
        var mesh = face.meshes[0]
        mesh.primitives[0].attributes["POSITION"]? += accessor
        for t in mesh.primitives[0].targets.indices { mesh.primitives[0].targets[t]["POSITION"]? += accessor }
        document.meshes.append(mesh)
        var node = Node()
        node.mesh = document.meshes.count - 1
        node.translation = SIMD3(0, 1.7, 0)
        document.nodes.append(node)
        document.sceneRoots.append(document.nodes.count - 1)
        let box = try #require(AvatarRig(model: try AvatarReader.read(document)).headBounds())
        #expect(abs(box.low.y - 1.61) < 1e-3 && abs(box.high.y - 1.835) < 1e-3)
    }

    @Test func aFaceOnAWholeBodysMeshIsFoundByWhatItsShapesMove() throws {
        var document = Fixture.awkwardFace()
        let face = document.accessors[0]
        var points = face.floats()
        // Shoulders and feet behind the last of the face's points.
        points += [0.3, -0.25, 0, -0.3, -0.25, 0, 0.1, -1.6, 0, -0.1, -1.6, 0]
        for index in document.accessors.indices {
            let values =
                index == 0 ? points : document.accessors[index].floats() + [Float](repeating: 0, count: 12)
            document.accessors[index] = Fixture.vectors(
                (0..<values.count / 3).map { SIMD3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2]) })
        }
        let box = try #require(AvatarRig(model: try AvatarReader.read(document)).headBounds())
        #expect(abs(box.low.y + 0.09) < 1e-3 && abs(box.high.y - 0.135) < 1e-3 && box.high.x < 0.1)
    }

    @Test(arguments: [Float(0), .pi / 2, .pi, -.pi / 2])
    func aGLTFFaceIsTurnedToTheCamera(angle: Float) throws {
        var document = Fixture.awkwardFace()
        document.nodes[0].rotation = Quaternion(axis: SIMD3(0, 1, 0), angle: angle)
        var rig = AvatarRig(model: try AvatarReader.read(document))
        let nose = rig.pose(FaceFrame(), timeSeconds: 0).nodeMatrices[0].transformPoint(SIMD3(0, 0, 0.08))
        #expect(length(nose - SIMD3(0, 0, 0.08)) < 1e-5)
    }

    @Test func aVRM0AvatarIsTurnedToTheCamera() throws {
        let document = Fixture.document(Fixture.human(facesMinusZ: true))
        var model = AvatarModel(document: document)
        model.facing = Quaternion(x: 0, y: 1, z: 0, w: 0)
        let eye = try #require(document.nodes.firstIndex { $0.name == "leftEye" })
        let place = AvatarRig(model: model).restPose().nodeMatrices[eye].translation
        #expect(length(place - SIMD3(0.03, 1.7, 0.08)) < 1e-5)
    }

    @Test func `an orbit turns about what the framing shows`() throws {
        let rig = AvatarRig(model: try AvatarReader.read(Fixture.awkwardFace()))
        let front = rig.camera(.face, aspect: 1)
        let same = rig.camera(.face, aspect: 1, orbit: CameraOrbit())
        #expect(length(same.eye - front.eye) < 1e-5 && length(same.target - front.target) < 1e-5)
        let side = rig.camera(.face, aspect: 1, orbit: CameraOrbit(theta: 90))
        #expect(side.target == front.target && abs(side.eye.z - side.target.z) < 1e-5)
        #expect(abs(length(side.eye - side.target) - length(front.eye - front.target)) < 1e-5)
        let head = try #require(rig.headBounds())
        #expect(side.target.y > head.low.y && side.target.y < head.high.y)
        let near = rig.camera(.face, aspect: 1, orbit: CameraOrbit(phi: 0, radius: 0.5))
        #expect(abs(near.eye.y - near.target.y - 0.5) < 1e-5 && abs(length(near.up) - 1) < 1e-5)
        let whole = rig.camera(.body, aspect: 1, orbit: CameraOrbit(theta: 180))
        let box = try #require(rig.bounds())
        #expect(length(whole.target - box.center) < 1e-5 && whole.eye.z < box.low.z)
    }

    @Test func `an eye inside the model is noticed`() throws {
        // A cube of two triangles a side, its top left open as a neck is.
        let corners = Bounds(low: SIMD3(-1, 0, -1), high: SIMD3(1, 2, 1)).corners
        let sides: [[Int]] = [
            [0, 4, 6], [0, 6, 2], [1, 3, 7], [1, 7, 5], [0, 1, 5], [0, 5, 4], [0, 2, 3], [0, 3, 1],
            [4, 5, 7],
            [4, 7, 6],
        ]
        var document = Document()
        Fixture.addMesh(&document, positions: sides.flatMap { $0.map { corners[$0] } }, targets: [])
        let rig = AvatarRig(model: AvatarModel(document: document))
        #expect(rig.isInside(SIMD3(0, 0.8, 0)))
        #expect(!rig.isInside(SIMD3(0, 0.8, 3)) && !rig.isInside(SIMD3(0, 2.5, 0)))
    }
}
