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

    private init(_ person: BundledFile) throws {
        face = try PosedPart.part("Wolf3D_Head", of: person)
        mouth = try PosedPart.part("Wolf3D_Teeth", of: person)
        lips = Lips(face)
    }

    init() throws { try self.init(.ada) }

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

    @Test(arguments: BundledFile.people) func lipsTouchOnTheWholeNeutralMouth(person: BundledFile) throws {
        let own = try LipTests(person)
        #expect(own.lips.pairs.count >= 20)
        #expect(own.lips.gaps(own.face.rest).allSatisfy { abs($0) < 0.3 })
    }

    @Test(arguments: BundledFile.people)
    func openJawPartsTheLipsByThirtyFiveToFortyFiveMillimetres(person: BundledFile) throws {
        let own = try LipTests(person)
        #expect((35...45).contains(own.lips.middleGap(own.face.posed(["jawOpen": 1]))))
    }

    @Test(arguments: BundledFile.people, [Float(0.1), 0.25, 0.4, 0.5, 0.75, 0.9, 1])
    func jawOpenWithEqualMouthCloseKeepsTheLipsTogether(person: BundledFile, amount: Float) throws {
        let own = try LipTests(person)
        let points = own.face.posed(["jawOpen": amount, "mouthClose": amount])
        let apart = own.lips.pairs.map { length(points[$0.upper] - points[$0.lower]) }.max() ?? .infinity
        #expect(apart <= 1)
    }

    @Test(arguments: BundledFile.people)
    func noShapeDrivesTheLipsThroughEachOther(person: BundledFile) throws {
        let own = try LipTests(person)
        for shape in LipTests.shapes {
            #expect(own.lips.gaps(own.face.posed([shape: 1])).min() ?? -.infinity >= -1, "\(shape)")
        }
    }

    @Test(arguments: BundledFile.people)
    func noShapeDrivesTheLipsThroughTheTeeth(person: BundledFile) throws {
        let own = try LipTests(person)
        let teeth = own.teeth(upper: true) + own.teeth(upper: false)
        for shape in LipTests.shapes {
            let points = own.face.posed([shape: 1])
            var map = DepthMap(low: SIMD2(-40, 1440), high: SIMD2(40, 1540))
            map.draw(own.mouth.posed([shape: 1]), teeth)
            var deepest: Float = 0
            for v in own.lips.upper.union(own.lips.lower) {
                if let tooth = map.depth(points[v]) { deepest = max(deepest, tooth - points[v].z) }
            }
            #expect(deepest <= 1, "\(shape)")
        }
    }

    @Test(arguments: BundledFile.people) func lipsSealInPP(person: BundledFile) throws {
        let own = try LipTests(person)
        let points = own.face.posed(["viseme_PP": 1])
        #expect(own.lips.pairs.map { length(points[$0.upper] - points[$0.lower]) }.max() ?? .infinity <= 0.5)
    }

    @Test(arguments: BundledFile.people) func lowerLipTouchesTheUpperTeethInFF(person: BundledFile) throws {
        let own = try LipTests(person)
        let points = own.face.posed(["viseme_FF": 1])
        let bite = own.mouth.posed(["viseme_FF": 1])
        let edges = own.teeth(upper: true).flatMap { [($0.x, $0.y), ($0.y, $0.z), ($0.z, $0.x)] }
        #expect(!edges.isEmpty)
        let middle = own.lips.lower.filter { abs(points[$0].x) < 6 }
        let nearest = middle.map { v in
            edges.map { distance(points[v], bite[$0.0], bite[$0.1]) }.min() ?? .infinity
        }
        #expect(nearest.min() ?? .infinity <= 1)
    }

    @Test(arguments: BundledFile.people) func tongueComesOutOverTheLowerLip(person: BundledFile) throws {
        let own = try LipTests(person)
        let lip = own.face.posed(["tongueOut": 1])
        let front = own.lips.lower.map { lip[$0].z }.max() ?? .infinity
        let tongue = own.mouth.posed(["tongueOut": 1]).map(\.z).max() ?? 0
        #expect(tongue > front + 5)
    }

    @Test(arguments: BundledFile.people) func roundedVowelsNarrowTheMouthAndSpreadOnesDoNot(
        person: BundledFile
    ) throws {
        let own = try LipTests(person)
        func width(_ shape: String) -> Float {
            let x = own.lips.pairs.map { own.face.posed([shape: 1])[$0.upper].x }
            return (x.max() ?? 0) - (x.min() ?? 0)
        }
        let neutral = width("viseme_sil")
        #expect(width("viseme_U") < neutral * 0.6)
        #expect(width("viseme_O") < neutral * 0.75)
        #expect(width("viseme_E") > neutral)
        #expect(width("viseme_I") > neutral)
    }
}
