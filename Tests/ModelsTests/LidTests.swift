import AvatariumCore
import GLTF
import Testing

struct LidTests {
    private let face: PosedPart
    private let eyes: PosedPart

    private init(_ person: BundledFile) throws {
        face = try PosedPart.part("Wolf3D_Head", of: person)
        eyes = try PosedPart.part("Eyes", of: person)
    }

    init() throws { try self.init(.ada) }

    /// The rims of one eye's lids: vertices from corner to corner, above and below.
    private func rims(left: Bool) throws -> (upper: [Int], lower: [Int]) {
        let centre = eyes.rest.filter { ($0.x > 0) == left }
        let middle = centre.reduce(.zero, +) / Float(centre.count)
        let loop = try #require(
            face.boundaryLoops().min {
                length(face.rest[$0[0]] - middle) < length(face.rest[$1[0]] - middle)
            })
        let from = try #require(loop.indices.min { face.rest[loop[$0]].x < face.rest[loop[$1]].x })
        let to = try #require(loop.indices.max { face.rest[loop[$0]].x < face.rest[loop[$1]].x })
        let turned = Array(loop[from...] + loop[..<from])
        let end = (to - from + loop.count) % loop.count
        let (one, other) = (Array(turned[...end]), Array(turned[end...]) + [turned[0]])
        func height(_ rim: [Int]) -> Float { rim.map { face.rest[$0].y }.reduce(0, +) / Float(rim.count) }
        return height(one) > height(other) ? (one, other) : (other, one)
    }

    @Test(arguments: BundledFile.people, [true, false])
    func blinkBringsTheLidsTogetherToWithinThreeTenthsOfAMillimetre(person: BundledFile, left: Bool) throws {
        let own = try LidTests(person)
        let (upper, lower) = try own.rims(left: left)
        let points = own.face.posed([left ? "eyeBlinkLeft" : "eyeBlinkRight": 1])
        func farthest(_ rim: [Int], from other: [Int]) -> Float {
            rim.map { v in
                zip(other, other.dropFirst()).map { distance(points[v], points[$0], points[$1]) }.min() ?? 0
            }.max() ?? 0
        }
        #expect(upper.count > 10 && lower.count > 10)
        #expect(max(farthest(upper, from: lower), farthest(lower, from: upper)) <= 0.3)
    }

    /// Square millimetres of the eyeballs that can be seen from the front.
    private func visibleEye(_ pose: [String: Float]) -> Float {
        let (low, high) = (SIMD2<Float>(-70, 1520), SIMD2<Float>(70, 1610))
        var skin = DepthMap(low: low, high: high)
        skin.draw(face.posed(pose), face.triangles)
        var ball = DepthMap(low: low, high: high)
        ball.draw(eyes.posed(pose), eyes.triangles)
        return ball.area(before: skin)
    }

    @Test(arguments: BundledFile.people) func noScleraShowsBetweenClosedLids(person: BundledFile) throws {
        let own = try LidTests(person)
        #expect(own.visibleEye([:]) > 400)
        #expect(own.visibleEye(["eyeBlinkLeft": 1, "eyeBlinkRight": 1]) == 0)
    }

    @Test(arguments: BundledFile.people) func wideOpensAndSquintNarrowsTheEyes(person: BundledFile) throws {
        let own = try LidTests(person)
        let neutral = own.visibleEye([:])
        #expect(own.visibleEye(["eyeWideLeft": 1, "eyeWideRight": 1]) > neutral * 1.15)
        #expect(own.visibleEye(["eyeSquintLeft": 1, "eyeSquintRight": 1]) < neutral * 0.8)
    }
}
