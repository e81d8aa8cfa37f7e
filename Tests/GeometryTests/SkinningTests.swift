import AvatariumCore
import GLTF
import Geometry
import Testing

/// The rig measures where the renderer draws.
struct SkinningTests {
    /// Three points of a face whose vertices hang on up to eight joints, drawn on node 0 with a skin of eight joints.
    private func face(joints: [[UInt8]], weights: [[Float]]) -> Document {
        let positions: [SIMD3<Float>] = [SIMD3(0, 0, 0), SIMD3(1, 0, 0), SIMD3(0, 1, 0)]
        var sample = GLTFSample(positions)
        for set in 0..<(joints[0].count / 4) {
            let j = joints.flatMap { $0[(set * 4)..<(set * 4 + 4)] }
            sample.document.accessors.append(
                Accessor(
                    componentType: .unsignedByte, elementType: .vec4, normalized: false, count: 3, bytes: j))
            sample.primitive.attributes["JOINTS_\(set)"] = sample.document.accessors.count - 1
            sample.primitive.attributes["WEIGHTS_\(set)"] = sample.floats(
                weights.flatMap { $0[(set * 4)..<(set * 4 + 4)] }, .vec4)
        }
        var document = sample.document
        document.meshes[0].primitives = [sample.primitive]
        var skin = Skin()
        skin.joints = Array(1...8)
        skin.inverseBindMatrices = (0..<8).map { Matrix4(translation: SIMD3(Float($0) * 0.1, 0, 0)) }
        document.skins = [skin]
        document.nodes = (0...8).map { _ in Node() }
        document.nodes[0].mesh = 0
        document.nodes[0].skin = 0
        document.sceneRoots = Array(document.nodes.indices)
        return document
    }

    private let world = (0...8).map {
        Matrix4(
            translation: SIMD3(Float($0), Float($0 * $0), 0),
            rotation: Quaternion(yaw: Float($0) * 0.3, pitch: 0.1, roll: 0))
    }

    private func drawn(_ document: Document) throws -> [SIMD3<Float>] {
        var deformer = MeshDeformer(try MeshGeometry(document: document, mesh: 0, primitive: 0))
        return deformer.deformedPositions(weights: [], palette: document.skins[0].palette(world))
    }

    private func measured(_ document: Document) -> [SIMD3<Float>] {
        PosedGeometry(document, world: world).positions(
            node: 0, primitive: document.meshes[0].primitives[0])
    }

    @Test func `a face of eight influences is measured where it is drawn, by its four strongest`() throws {
        let eight: [Float] = [0.3, 0.05, 0.2, 0.05, 0.05, 0.2, 0.05, 0.1]
        let document = face(
            joints: [[UInt8]](repeating: [0, 1, 2, 3, 4, 5, 6, 7], count: 3),
            weights: [[Float]](repeating: eight, count: 3))
        let places = try drawn(document)
        for (a, b) in zip(measured(document), places) { #expect(length(a - b) < 1e-6) }
        // Joints 0, 2, 5 and 7 of 0.3, 0.2, 0.2 and 0.1.
        let palette = document.skins[0].palette(world)
        let kept: [(Int, Float)] = [(0, 0.375), (2, 0.25), (5, 0.25), (7, 0.125)]
        let point = SIMD3<Float>(1, 0, 0)
        let wanted = kept.reduce(SIMD3<Float>.zero) { $0 + palette[$1.0].transformPoint(point) * $1.1 }
        #expect(length(places[1] - wanted) < 1e-5)
    }

    @Test func `every vertex of a pose lies within the reach that is found without drawing it`() throws {
        let document = face(
            joints: [[0, 1, 2, 3], [2, 5, 6, 7], [7, 0, 0, 0]],
            weights: [[0.4, 0.3, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0]])
        var deformer = MeshDeformer(try MeshGeometry(document: document, mesh: 0, primitive: 0))
        for joints in [world, world.reversed()] {
            let palette = document.skins[0].palette(joints)
            let found = deformer.reach(weights: [], palette: palette)
            let reach = try #require(found)
            for p in deformer.deformedPositions(weights: [], palette: palette) {
                #expect(all(p .>= reach.low - 1e-4) && all(p .<= reach.high + 1e-4))
            }
            // Not the whole world: no farther than the farthest joint takes a corner.
            #expect(length(reach.size) < 100)
        }
    }

    @Test func `what has no skin has no reach but by drawing it`() throws {
        let document = face(
            joints: [[UInt8]](repeating: [0, 1, 0, 0], count: 3),
            weights: [[Float]](repeating: [0.5, 0.5, 0, 0], count: 3))
        var plain = MeshDeformer(
            try MeshGeometry(document: document, mesh: 0, primitive: 0, isSkinned: false))
        let reach = plain.reach(weights: [], palette: [])
        #expect(reach == nil)
    }

    @Test func `weights of zero leave a vertex on the first joint that it names`() throws {
        let document = face(
            joints: [[UInt8]](repeating: [3, 1, 0, 0], count: 3),
            weights: [[Float]](repeating: [0, 0, 0, 0], count: 3))
        let places = try drawn(document)
        let wanted = document.skins[0].palette(world)[3].transformPoint(SIMD3(0, 1, 0))
        #expect(length(places[2] - wanted) < 1e-6)
        for (a, b) in zip(measured(document), places) { #expect(length(a - b) < 1e-6) }
    }

    @Test func `joints without a skin on the node mean nothing`() throws {
        let document = face(
            joints: [[UInt8]](repeating: [3, 0, 0, 0], count: 3),
            weights: [[Float]](repeating: [1, 0, 0, 0], count: 3))
        let geometry = try MeshGeometry(document: document, mesh: 0, primitive: 0, isSkinned: false)
        #expect(!geometry.isSkinned)
    }

    @Test func `shares of joints are those that draw`() {
        let document = face(
            joints: [[UInt8]](repeating: [0, 1, 2, 3, 4, 5, 6, 7], count: 3),
            weights: [[Float]](repeating: [0.3, 0.05, 0.2, 0.05, 0.05, 0.2, 0.05, 0.1], count: 3))
        let shares = PosedGeometry(document, world: world).shares(
            of: [1, 3], node: 0, primitive: document.meshes[0].primitives[0], count: 3)
        for share in shares { #expect(abs(share - 0.625) < 1e-6) }
    }

    @Test func `a box of no points is none`() {
        #expect(Bounds([SIMD3<Float>]()) == nil)
        #expect(
            Bounds([SIMD3(1, 2, 3), SIMD3(0, 5, 1)]) == Bounds(low: SIMD3(0, 2, 1), high: SIMD3(1, 5, 3)))
    }
}
