import AvatariumCore
import GLTF
import Geometry
import Testing

struct MeshDeformerTests {
    private let count = 40

    /// Points at random, normals, `targets` morph targets that each move a few of them.
    private func sample(targets: Int, random: inout SeededGenerator) -> (GLTFSample, [[SIMD3<Float>]]) {
        func vector(_ g: inout SeededGenerator) -> SIMD3<Float> {
            SIMD3(
                .random(in: -1...1, using: &g), .random(in: -1...1, using: &g), .random(in: -1...1, using: &g)
            )
        }
        var sample = GLTFSample((0..<count).map { _ in vector(&random) })
        sample.primitive.attributes["NORMAL"] = sample.floats(
            (0..<count).flatMap { _ -> [Float] in [0, 0, 1] }, .vec3)
        var dense: [[SIMD3<Float>]] = []
        for _ in 0..<targets {
            var delta = [SIMD3<Float>](repeating: .zero, count: count)
            for _ in 0..<7 { delta[Int.random(in: 0..<count, using: &random)] = vector(&random) }
            dense.append(delta)
            sample.primitive.targets.append([
                "POSITION": sample.floats(delta.flatMap { [$0.x, $0.y, $0.z] }, .vec3)
            ])
        }
        return (sample, dense)
    }

    @Test func keepsOnlyTheVerticesThatMove() throws {
        var random = SeededGenerator(seed: 1)
        let (sample, dense) = sample(targets: 3, random: &random)
        let geometry = try MeshGeometry(document: sample.document, mesh: 0, primitive: 0)
        for (delta, full) in zip(geometry.morphs, dense) {
            #expect(delta.vertices == full.indices.filter { full[$0] != .zero }.map(UInt32.init))
        }
    }

    @Test func sparseMorphingEqualsTheDenseSumWhateverCameBefore() throws {
        var random = SeededGenerator(seed: 2)
        let (sample, dense) = sample(targets: 6, random: &random)
        let geometry = try MeshGeometry(document: sample.document, mesh: 0, primitive: 0)
        var used = MeshDeformer(geometry)
        for frame in 0..<5 {
            let weights = (0..<6).map { $0 % 2 == frame % 2 ? Float.random(in: -1...1, using: &random) : 0 }
            let got = used.deformedPositions(weights: weights, palette: [])
            var fresh = MeshDeformer(geometry)
            #expect(got == fresh.deformedPositions(weights: weights, palette: []))
            for v in 0..<count {
                var p = geometry.positions[v]
                for (t, w) in weights.enumerated() { p += SIMD4(dense[t][v], 0) * w }
                let d = got[v] - SIMD3(p.x, p.y, p.z)
                #expect(length(d) < 1e-5)
            }
        }
    }

    @Test func doesNothingWhenNothingChanged() throws {
        var random = SeededGenerator(seed: 3)
        let (sample, _) = sample(targets: 2, random: &random)
        var deformer = MeshDeformer(try MeshGeometry(document: sample.document, mesh: 0, primitive: 0))
        var vertices = [DeformedVertex](
            repeating: DeformedVertex(position: .zero, normal: .zero), count: count)
        vertices.withUnsafeMutableBufferPointer { buffer in
            let first = deformer.deform(weights: [0.5, 0], palette: [], into: buffer)
            let second = deformer.deform(weights: [0.5, 0], palette: [], into: buffer)
            let third = deformer.deform(weights: [0.5, 0.1], palette: [], into: buffer)
            #expect(first)
            #expect(!second)
            #expect(third)
        }
    }

    @Test func skinsByTheWeightedMatricesOfItsJoints() throws {
        var sample = GLTFSample([SIMD3(0, 0, 0), SIMD3(1, 0, 0), SIMD3(2, 0, 0)])
        sample.primitive.attributes["JOINTS_0"] = sample.indices([0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0], .vec4)
        sample.primitive.attributes["WEIGHTS_0"] = sample.floats(
            [1, 0, 0, 0, 0.5, 0.5, 0, 0, 1, 0, 0, 0], .vec4)
        sample.primitive.attributes["NORMAL"] = sample.floats([0, 0, 1, 0, 0, 1, 0, 0, 1], .vec3)
        var deformer = MeshDeformer(try MeshGeometry(document: sample.document, mesh: 0, primitive: 0))
        let palette = [Matrix4(translation: SIMD3(0, 2, 0)), Matrix4(translation: SIMD3(0, 0, 4))]
        let got = deformer.deformedPositions(weights: [], palette: palette)
        #expect(got == [SIMD3(0, 2, 0), SIMD3(1, 1, 2), SIMD3(2, 0, 4)])
        #expect(deformer.bounds == Bounds(low: SIMD3(0, 0, 0), high: SIMD3(2, 2, 4)))
    }

    @Test func toleratesMissingWeightsAndJointsWithoutTrapping() throws {
        var sample = GLTFSample([SIMD3(1, 2, 3)])
        sample.primitive.mode = .points
        sample.primitive.attributes["JOINTS_0"] = sample.indices([9, 0, 0, 0], .vec4)
        sample.primitive.attributes["WEIGHTS_0"] = sample.floats([1, 0, 0, 0], .vec4)
        var deformer = MeshDeformer(try MeshGeometry(document: sample.document, mesh: 0, primitive: 0))
        #expect(deformer.deformedPositions(weights: [], palette: []) == [SIMD3(1, 2, 3)])
    }
}
