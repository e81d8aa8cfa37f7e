import Avatarium
import Foundation
import GoldenImages
import GoldenImagesTesting
import ProcessRunner
import Rendering
import Testing

/// Whether this host can draw at all.
private let canDraw = (try? Renderer.probe()) != nil

/// The bundled avatar against `Expected`, and proof that a wrong picture of her does not pass.
@Suite(.enabled(if: canDraw, "there is no EGL here")) struct AdaGoldenTests {
    private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
    private static let pipeline = Result { try ClipPipeline() }

    @Test func adaLooksAsRecorded() async throws {
        let suite = try GoldenSuite(path: AdaGoldenTests.here + "/ada.json")
        let runner = try await GoldenRunner(
            pipeline: AdaGoldenTests.pipeline.get(), expectedFolder: AdaGoldenTests.here + "/Expected",
            report: ReportFolder(path: NSTemporaryDirectory() + "avatarium-ada-report"))
        let report = try await runner.run(suite, folder: AdaGoldenTests.here)
        for result in report.results {
            #expect(result.outcome == .passed, "\(result.name): \(result.message); see \(report.page ?? "")")
        }
        #expect(report.strays.isEmpty)
    }

    @Test func threeLinesAreEnoughForASuiteOfOnesOwn() async throws {
        var request = StillRequest(avatar: "ada")
        request.size = ImageSize(width: 256, height: 256)
        request.idle = false
        try await expectGolden("rest", request, in: AdaGoldenTests.here + "/Expected")
    }

    struct Mutation: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// The request whose picture would be the golden.
        var right = AdaGoldenTests.portrait()
        var wrong: StillRequest
    }

    static func portrait(_ change: (inout StillRequest) -> Void = { _ in }) -> StillRequest {
        var request = StillRequest(avatar: "ada")
        request.size = ImageSize(width: 256, height: 256)
        request.idle = false
        request.weights = [("mouthSmileLeft", 0.6), ("mouthSmileRight", 0.6), ("jawOpen", 0.2)]
        change(&request)
        return request
    }

    static let mutations = [
        Mutation(
            testDescription: "a weight of 0.6 that is 0.3",
            wrong: portrait {
                $0.weights = [("mouthSmileLeft", 0.6), ("mouthSmileRight", 0.3), ("jawOpen", 0.2)]
            }),
        Mutation(
            testDescription: "a jaw open by 0.3 instead of 0.2",
            wrong: portrait { $0.weights[2].weight = 0.3 }),
        Mutation(
            testDescription: "left and right exchanged",
            right: portrait { $0.weights = [("mouthSmileLeft", 0.8)] },
            wrong: portrait { $0.weights = [("mouthSmileRight", 0.8)] }),
        Mutation(testDescription: "light a tenth brighter", wrong: portrait { $0.exposure = 1.1 }),
        Mutation(testDescription: "no key light", wrong: portrait { $0.keyLight = false }),
        Mutation(testDescription: "another tone map", wrong: portrait { $0.toneMap = .neutral }),
        Mutation(testDescription: "an eye shut", wrong: portrait { $0.weights += [("eyeBlinkLeft", 1)] }),
        Mutation(
            testDescription: "a camera turned by 2 degrees", right: portrait { $0.orbit = orbit(0) },
            wrong: portrait { $0.orbit = orbit(2) }),
    ]

    private static func orbit(_ theta: Float) -> CameraOrbit {
        CameraOrbit(theta: theta, phi: 90, radius: 0.9)
    }

    @Test(arguments: mutations) func aWrongPictureFails(_ mutation: Mutation) async throws {
        let pipeline = try AdaGoldenTests.pipeline.get()
        let right = try await pipeline.still(mutation.right).pixels
        let again = try await pipeline.still(mutation.right).pixels
        let wrong = try await pipeline.still(mutation.wrong).pixels
        #expect(right == again)
        let comparison = try ImageComparison(expected: right, actual: wrong)
        let measurements = Tolerance.standard.measurements(of: comparison, map: comparison.flip())
        #expect(measurements.contains { !$0.passed }, "\(measurements.map(\.description))")
    }

    @Test func aMissingEyeFails() async throws {
        let folder = try TemporaryFolder()
        let blind = folder.path + "/blind.glb"
        let path = try AvatarCatalog().path(of: "ada")
        try AdaGoldenTests.withoutLeftEye([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
            .write(to: URL(fileURLWithPath: blind))
        let pipeline = try AdaGoldenTests.pipeline.get()
        let right = try await pipeline.still(AdaGoldenTests.portrait()).pixels
        let wrong = try await pipeline.still(AdaGoldenTests.portrait { $0.avatar = blind }).pixels
        let comparison = try ImageComparison(expected: right, actual: wrong)
        let map = comparison.flip()
        for tolerance in [Tolerance.tight, .standard] {
            let measurements = tolerance.measurements(of: comparison, map: map)
            #expect(measurements.contains { !$0.passed }, "\(measurements.map(\.description))")
        }
        // One eye and nothing else: what differs lies on one side of the face.
        let columns = map.values.indices.filter { map.values[$0] > 0.1 }.map { $0 % map.width }
        #expect((columns.min() ?? 0) > map.width / 2)
    }

    /// The GLB with the joint that carries the left eye shrunk to nothing.
    private static func withoutLeftEye(_ glb: [UInt8]) throws -> Data {
        func word(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(glb[at + $1]) << (8 * $1) } }
        func bytes(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let end = 20 + word(12)
        var json = try #require(try JSONSerialization.jsonObject(with: Data(glb[20..<end])) as? [String: Any])
        var nodes = try #require(json["nodes"] as? [[String: Any]])
        let eye = try #require(nodes.firstIndex { $0["name"] as? String == "LeftEye" })
        nodes[eye]["scale"] = [0.001, 0.001, 0.001]
        json["nodes"] = nodes
        var text = [UInt8](try JSONSerialization.data(withJSONObject: json))
        while text.count % 4 != 0 { text.append(0x20) }
        let head = Array(glb[0..<8]) + bytes(20 + text.count + glb.count - end) + bytes(text.count)
        return Data(head + glb[16..<20] + text + glb[end...])
    }
}
