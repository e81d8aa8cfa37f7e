import AvatariumCore
import GLTF
import Testing

struct LipTests {
    private let face: PosedPart
    private let mouth: PosedPart
    private let lips: Lips
    /// `mouthClose` undoes an open jaw (Apple's meaning); alone it has no sense.
    private static let shapes = (BundledFile.shapeNames + BundledFile.visemeNames).filter {
        $0 != "mouthClose"
    }

    init() throws {
        let parts = try PosedPart.ada.get()
        face = try #require(parts["Face"])
        mouth = try #require(parts["Mouth"])
        lips = Lips(face)
    }

    /// Triangles of teeth: all three corners pale.
    private func teeth(upper: Bool) -> [SIMD3<Int>] {
        let jaw = mouth.displacement("jawOpen")
        return mouth.triangles.filter { t in
            [t.x, t.y, t.z].allSatisfy { i in
                let c = mouth.colors[i]
                return c.y > 0.8 * c.x && c.x > 0.1 && (length(jaw[i]) < 1) == upper
            }
        }
    }

    @Test func lipsTouchOnTheWholeNeutralMouth() {
        #expect(lips.pairs.count >= 20)
        #expect(lips.gaps(face.rest).allSatisfy { abs($0) < 0.3 })
    }

    @Test func openJawPartsTheLipsByThirtyFiveToFortyFiveMillimetres() {
        #expect((35...45).contains(lips.middleGap(face.posed(["jawOpen": 1]))))
    }

    @Test(arguments: [Float(0.1), 0.25, 0.4, 0.5, 0.75, 0.9, 1])
    func jawOpenWithEqualMouthCloseKeepsTheLipsTogether(amount: Float) {
        let points = face.posed(["jawOpen": amount, "mouthClose": amount])
        let apart = lips.pairs.map { length(points[$0.upper] - points[$0.lower]) }.max() ?? .infinity
        #expect(apart <= 1)
    }

    @Test(arguments: LipTests.shapes)
    func noShapeDrivesTheLipsThroughEachOther(shape: String) {
        let deepest = lips.gaps(face.posed([shape: 1])).min() ?? -.infinity
        #expect(deepest >= -1)
    }

    @Test(arguments: LipTests.shapes)
    func noShapeDrivesTheLipsThroughTheTeeth(shape: String) {
        let points = face.posed([shape: 1])
        let bite = mouth.posed([shape: 1])
        var map = DepthMap(low: SIMD2(-40, 1440), high: SIMD2(40, 1540))
        map.draw(bite, teeth(upper: true) + teeth(upper: false))
        var deepest: Float = 0
        for v in lips.upper.union(lips.lower) {
            if let tooth = map.depth(points[v]) { deepest = max(deepest, tooth - points[v].z) }
        }
        #expect(deepest <= 1)
    }

    @Test func lipsSealInPP() {
        let points = face.posed(["viseme_PP": 1])
        #expect(lips.pairs.map { length(points[$0.upper] - points[$0.lower]) }.max() ?? .infinity <= 0.5)
    }

    @Test func lowerLipTouchesTheUpperTeethInFF() {
        let points = face.posed(["viseme_FF": 1])
        let bite = mouth.posed(["viseme_FF": 1])
        let edges = teeth(upper: true).flatMap { [($0.x, $0.y), ($0.y, $0.z), ($0.z, $0.x)] }
        #expect(!edges.isEmpty)
        let middle = lips.lower.filter { abs(points[$0].x) < 6 }
        let nearest = middle.map { v in
            edges.map { distance(points[v], bite[$0.0], bite[$0.1]) }.min() ?? .infinity
        }
        #expect(nearest.min() ?? .infinity <= 1)
    }

    @Test func tongueComesOutOverTheLowerLip() {
        let lip = face.posed(["tongueOut": 1])
        let front = lips.lower.map { lip[$0].z }.max() ?? .infinity
        let tongue = mouth.posed(["tongueOut": 1]).map(\.z).max() ?? 0
        #expect(tongue > front + 5)
    }

    @Test func roundedVowelsNarrowTheMouthAndSpreadOnesDoNot() {
        func width(_ shape: String) -> Float {
            let x = lips.pairs.map { face.posed([shape: 1])[$0.upper].x }
            return (x.max() ?? 0) - (x.min() ?? 0)
        }
        let neutral = width("viseme_sil")
        #expect(width("viseme_U") < neutral * 0.6)
        #expect(width("viseme_O") < neutral * 0.75)
        #expect(width("viseme_E") > neutral)
        #expect(width("viseme_I") > neutral)
    }
}
