import AvatariumCore
import GLTF
import Testing

struct ShapeTests {
    private let face: PosedPart
    private let parts: [String: PosedPart]
    /// Height between the eyes, millimetres.
    private static let eyeHeight: Float = 1565

    private init(_ person: BundledFile) throws {
        parts = try #require(try PosedPart.people.get()[person])
        face = try #require(parts["Wolf3D_Head"])
    }

    init() throws { try self.init(.ada) }

    /// Share of a shape's movement (squared) that happens where `isThere` holds, over all parts.
    private func share(_ shape: String, _ isThere: (SIMD3<Float>) -> Bool) -> Float {
        var (inside, all): (Float, Float) = (0, 0)
        for part in parts.values {
            for (p, d) in zip(part.rest, part.displacement(shape)) {
                all += dot(d, d)
                if isThere(p - SIMD3(0, ShapeTests.eyeHeight, 0)) { inside += dot(d, d) }
            }
        }
        return all > 0 ? inside / all : 0
    }

    @Test(arguments: BundledFile.people)
    func `each shape moves the region it names and little else`(person: BundledFile) throws {
        let own = try ShapeTests(person)
        for shape in BundledFile.shapeNames {
            #expect(own.share(shape, ShapeTests.region(of: shape)) > 0.95, "\(shape)")
        }
    }

    /// Where a shape may move things: the place relative to the middle between the eyes, millimetres.
    private static func region(of shape: String) -> (SIMD3<Float>) -> Bool {
        let region: (SIMD3<Float>) -> Bool
        if shape.hasPrefix("brow") {
            region = { $0.y > 8 && $0.z > 20 }
        } else if shape.hasPrefix("eye") {
            region = { abs($0.y) < 36 && abs(abs($0.x) - 33) < 33 && $0.z > 20 }
        } else if shape.hasPrefix("nose") {
            region = { abs($0.x) < 32 && $0.y < 45 && $0.y > -68 && $0.z > 55 }
        } else if shape.hasPrefix("cheek") {
            region = { $0.y < 10 && $0.y > -95 && $0.z > 0 }
        } else if shape == "tongueOut" {
            region = { $0.y < -35 && $0.z > 20 && abs($0.x) < 45 }
        } else {
            region = { $0.y < -12 && $0.z > -25 }
        }
        return region
    }

    /// The mouth as a whole, and the jaw, go to a side.
    private static let shapesOfOneSide = BundledFile.shapeNames.filter {
        ($0.hasSuffix("Left") || $0.hasSuffix("Right"))
            && !["mouthLeft", "mouthRight", "jawLeft", "jawRight"].contains($0)
    }

    @Test(arguments: shapesOfOneSide)
    func sidedShapeKeepsToItsSide(shape: String) {
        let sign: Float = shape.hasSuffix("Left") ? 1 : -1
        #expect(share(shape) { $0.x * sign > -8 } > 0.97)
    }

    @Test(arguments: BundledFile.shapeNames)
    func shapeCanBeSeen(shape: String) {
        let most = parts.values.flatMap { $0.displacement(shape) }.map(length).max() ?? 0
        #expect(most > 1.5)
    }

    @Test(arguments: BundledFile.people)
    func leftAndRightMirrorEachOther(person: BundledFile) throws {
        let own = try ShapeTests(person)
        // Each of these moves both sides, or one side whose twin is moved alike; all others are made the same way.
        for shape in ["jawOpen", "mouthSmileLeft", "eyeBlinkRight", "browDownLeft", "viseme_O", "viseme_FF"] {
            try own.checkMirror(shape)
        }
    }

    @Test(arguments: BundledFile.shapeNames + BundledFile.visemeNames)
    func leftAndRightOfAdaMirrorEachOther(shape: String) throws { try checkMirror(shape) }

    private func checkMirror(_ shape: String) throws {
        let twin =
            shape.hasSuffix("Left")
            ? shape.dropLast(4) + "Right" : shape.hasSuffix("Right") ? shape.dropLast(5) + "Left" : shape[...]
        let mirror = SIMD3<Float>(-1, 1, 1)
        for part in parts.values {
            let (one, other) = (part.displacement(shape), part.displacement(String(twin)))
            var cells: [SIMD3<Int>: [Int]] = [:]
            func cell(_ p: SIMD3<Float>) -> SIMD3<Int> {
                let q = (p * 2).rounded(.down)
                return SIMD3(Int(q.x), Int(q.y), Int(q.z))
            }
            for (i, p) in part.rest.enumerated() { cells[cell(p), default: []].append(i) }
            var (matched, worst) = (0, Float(0))
            for (i, p) in part.rest.enumerated() {
                // Vertices may lie on each other (both lips): the twin is the one that moves alike.
                var error: Float?
                for n in 0..<27 {
                    let near = cell(p * mirror) &+ SIMD3(n % 3 - 1, n / 3 % 3 - 1, n / 9 - 1)
                    for j in cells[near] ?? [] where length(part.rest[j] - p * mirror) < 0.05 {
                        error = min(error ?? .infinity, length(one[i] - other[j] * mirror))
                    }
                }
                guard let error else { continue }
                matched += 1
                worst = max(worst, error)
            }
            #expect(matched == part.rest.count)
            #expect(worst <= 0.2)
        }
    }

    /// A triangle is inverted where it faces against the normals that the file gives its corners. Folds that
    /// anatomy has (corners of the mouth, lids) leave slivers: none may be larger than 3 mm², a speck of three
    /// pixels at 1280x720, nor all of them together than 20 mm², 0.03 % of the skin.
    @Test(arguments: [BundledFile.ada, .nia, .omar]) func noPairOfShapesTearsTheSkin(person: BundledFile)
        throws
    {
        let face = try ShapeTests(person).face
        let names = BundledFile.shapeNames.filter { $0 != "mouthClose" }
        var worst: (sum: Float, one: Float, pair: String) = (0, 0, "")
        for (k, a) in names.enumerated() {
            for b in names[k...] {
                let pose = a == b ? [a: Float(1)] : [a: 1, b: 1]
                let (points, normals) = (face.posed(pose), face.posedNormals(pose))
                var (sum, one): (Float, Float) = (0, 0)
                for t in face.triangles {
                    let g = cross(points[t.y] - points[t.x], points[t.z] - points[t.x])
                    guard dot(g, normals[t.x] + normals[t.y] + normals[t.z]) < 0 else { continue }
                    let area = length(g) / 2
                    sum += area
                    one = max(one, area)
                }
                if sum > worst.sum { worst = (sum, max(one, worst.one), "\(a)+\(b)") }
                worst.one = max(worst.one, one)
            }
        }
        #expect(worst.one <= 3, "\(worst)")
        #expect(worst.sum <= 20, "\(worst)")
    }
}
