import AvatariumCore
import GLTF
import Rendering
import Testing

/// Pictures that begin with what stayed in place since the last one.
@Suite struct StillLayerTests {
    /// A large red triangle, and a small green one that cuts through it.
    private func sample() -> SceneSample {
        var sample = SceneSample()
        var material = Material()
        material.unlit = true
        material.baseColorFactor = SIMD4(0, 1, 0, 1)
        sample.document.materials.append(material)
        var primitive = Primitive()
        primitive.attributes["POSITION"] = sample.floats(
            [-0.3, -0.3, -0.2, 0.3, -0.3, 0.2, 0, 0.3, 0.1], .vec3)
        primitive.attributes["NORMAL"] = sample.floats([0, 0, 1, 0, 0, 1, 0, 0, 1], .vec3)
        primitive.material = 1
        var mesh = Mesh()
        mesh.primitives = [primitive]
        sample.document.meshes.append(mesh)
        var node = Node()
        node.mesh = 1
        sample.document.nodes.append(node)
        sample.document.sceneRoots = [0, 1]
        return sample
    }

    @Test(arguments: ["transparent", "white"])
    func `show what pictures drawn anew show`(background: String) async throws {
        let model = sample().model
        let renderer = try Renderer()
        var look = RenderLook.sample(200, 200)
        look.background = try #require(BackgroundChoice(background))
        look.samples = 1
        let kept = try await renderer.load(model, look: look)
        let anew = try await renderer.load(model, look: look)
        // Where the large triangle is and where the small one is: both move, the small one moves, far and near, the large one moves,
        // one leaves the picture and comes back.
        let places: [(large: SIMD3<Float>, small: SIMD3<Float>)] = [
            (SIMD3(0, 0, 0), SIMD3(0, 0, 0)), (SIMD3(0, 0, 0), SIMD3(0.02, 0, 0)),
            (SIMD3(0.1, 0, 0), SIMD3(0.1, 0, 0)), (SIMD3(0.1, 0, 0), SIMD3(0.12, 0.03, 0)),
            (SIMD3(0.1, 0, 0), SIMD3(0.12, -0.03, 0.1)), (SIMD3(0.1, 0, 0), SIMD3(-0.6, 0.4, 0)),
            (SIMD3(0.1, 0, 0), SIMD3(-0.58, 0.4, 0)), (SIMD3(0.2, 0.1, 0), SIMD3(-0.58, 0.4, 0)),
            (SIMD3(0.2, 0.1, 0.1), SIMD3(-0.5, 0.4, 0)), (SIMD3(0.2, 0.1, 0.1), SIMD3(9, 0, 0)),
            (SIMD3(0.2, 0.1, 0.1), SIMD3(0, 0, 0)), (SIMD3(0.2, 9, 0.1), SIMD3(0.02, 0, 0)),
            (SIMD3(0.2, 9, 0.1), SIMD3(0.04, 0, 0)), (SIMD3(0, 0, 0), SIMD3(0.04, 0, 0)),
        ]
        var wasShown = false
        for (number, place) in places.enumerated() {
            let pose = FramePose(
                nodeMatrices: [Matrix4(translation: place.large), Matrix4(translation: place.small)],
                morphWeights: [[], []])
            let frame = try await renderer.draw(
                kept, pose: pose, camera: SceneSample.camera, keepsStill: true
            ).composed()
            let wanted = try await renderer.render(anew, pose: pose, camera: SceneSample.camera)
            #expect(frame == wanted, "picture \(number)")
            wasShown = wasShown || wanted.bytes.contains(255)
        }
        #expect(wasShown)
    }
}
