import AvatariumCore
import Geometry
import Testing

@Suite struct TriangleTreeTests {
    private let up = SIMD4<Float>(0, 1, 0, 0)

    /// A square of 20 x 20 above the ground, of two triangles.
    private func roof(height: Float) -> [SIMD4<Float>] {
        [
            SIMD4(-10, height, -10, 1), SIMD4(10, height, -10, 1), SIMD4(10, height, 10, 1),
            SIMD4(-10, height, 10, 1),
        ]
    }

    private func openness(_ tree: TriangleTree, reach: Float = 1) -> Float {
        tree.openness([SIMD4(0, 0, 0, 1)], [up], .hemisphere(64), start: 0.001, reach: reach)[0]
    }

    @Test func `a point under a roof sees as far as the roof is`() throws {
        let tree = try #require(TriangleTree(positions: roof(height: 0.1), indices: [0, 1, 2, 0, 2, 3]))
        // The mean of 0.1 / cosine, by the cosine, up to 1: 0.2 - 0.01.
        #expect(abs(openness(tree) - 0.19) < 0.02)
        tree.move(to: roof(height: 2))
        #expect(openness(tree) == 1)
        tree.move(to: roof(height: -1))
        #expect(openness(tree) == 1)
    }

    @Test func `without triangles all is open`() throws {
        let tree = try #require(TriangleTree(positions: [], indices: []))
        #expect(openness(tree) == 1)
    }

    @Test func `corners that are none or not finite are left out`() throws {
        var positions = roof(height: 0.1)
        positions.append(SIMD4(.nan, 0, 0, 1))
        let tree = try #require(
            TriangleTree(positions: positions, indices: [0, 1, 9, 0, 1, 4, 0, 1, 2, 0, 2, 3, 1, 2]))
        #expect(abs(openness(tree) - 0.19) < 0.02)
        let bad = tree.openness([SIMD4(.nan, 0, 0, 1)], [up], .hemisphere(8), start: 0, reach: 1)
        #expect(bad == [1])
    }

    @Test func `a broad light is hidden by what lies before it alone`() throws {
        let tree = try #require(TriangleTree(positions: roof(height: 0.5), indices: [0, 1, 2, 0, 2, 3]))
        func light(_ direction: SIMD3<Float>) -> Float {
            tree.openness(
                [SIMD4(0, 0, 0, 1)], [up], .cone(direction, spread: 0.2), start: 0.001, reach: 5)[0]
        }
        #expect(light(SIMD3(0, 1, 0)) < 0.15)
        #expect(light(normalize(SIMD3(1, 0.02, 0))) > 0.5)
    }

    @Test func `many triangles hide what each of them would`() throws {
        // The same roof in 2 x 100 x 100 triangles.
        var positions: [SIMD4<Float>] = []
        var indices: [UInt32] = []
        for i in 0...100 {
            for j in 0...100 { positions.append(SIMD4(Float(i) / 5 - 10, 0.1, Float(j) / 5 - 10, 1)) }
        }
        for i in 0..<100 {
            for j in 0..<100 {
                let a = UInt32(i * 101 + j)
                indices += [a, a + 1, a + 102, a, a + 102, a + 101]
            }
        }
        let fine = try #require(TriangleTree(positions: positions, indices: indices))
        let coarse = try #require(TriangleTree(positions: roof(height: 0.1), indices: [0, 1, 2, 0, 2, 3]))
        #expect(abs(openness(fine) - openness(coarse)) < 1e-3)
    }
}
