import Avatarium
import AvatariumCore
import Foundation
import ProcessRunner
import Testing

@Suite(.enabled(if: Program.isBuilt, "the program is not built")) struct ExportCommandTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "avatarium-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func exported(_ format: String) throws -> String {
        let result = try Program.run(["curves", "Hello, my mother.", "--format", format, "-o", "-"])
        #expect(result.status == 0, "\(result.error)")
        return String(decoding: result.output, as: UTF8.self)
    }

    @Test func everyExportIsReachable() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try exported("csv").hasPrefix("time,"))
        #expect(try JSONParser.parse(exported("json")).object != nil)
        #expect(try exported("livelink").hasPrefix("Timecode,BlendShapeCount,"))
        #expect(try JSONParser.parse(exported("audio2face"))["weightMat"]?.array?.isEmpty == false)
        #expect(try exported("textgrid").contains("IntervalTier"))
        #expect(try exported("rhubarb").contains("\tX"))
        #expect(try exported("vtt").hasPrefix("WEBVTT"))
        #expect(try exported("srt").contains(" --> "))
        let help = String(decoding: try Program.run(["curves", "--help"]).output, as: UTF8.self)
        for format in PerformanceFile.Format.all { #expect(help.contains(format.name)) }
    }

    @Test(arguments: ["TextGrid", "tsv"]) func whatIsExportedCanBeReadAgain(kind: String) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "talk.\(kind)").path
        #expect(try Program.run(["curves", "Hello, my mother.", "-o", file]).status == 0)
        let again = try Program.run(["curves", "--timings", file, "-o", "-", "--format", "csv"])
        #expect(again.status == 0, "\(again.error)")
        #expect(again.output.count > 1000)
    }

    /// The JSON chunk of a GLB.
    private func json(_ path: String) throws -> JSON {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        try #require(bytes.count > 20 && bytes.starts(with: Array("glTF".utf8)))
        let length = (0..<4).reduce(0) { $0 | Int(bytes[12 + $1]) << (8 * $1) }
        return try JSONParser.parse(Array(bytes[20..<20 + length]))
    }

    /// How many nodes' rotations and weights the first animation, which viewers play, moves.
    private func paths(of document: JSON) -> [String: Int] {
        let channels = document["animations"]?[0]?["channels"]?.array ?? []
        return Dictionary(channels.compactMap { $0["target"]?["path"]?.string }.map { ($0, 1) }) { $0 + $1 }
    }

    @Test func theAvatarIsBakedWithItsPerformanceAndBodyMotion() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let plain = folder.appending(path: "plain.glb").path
        let moved = folder.appending(path: "moved.glb").path
        let motion = folder.appending(path: "turn.vrma").path
        try vrma.write(toFile: motion, atomically: true, encoding: .utf8)
        // Without idle motion, since breath moves the spine as well.
        let still = ["curves", "Hello.", "--avatar", "ada", "--no-idle"]
        let first = try Program.run(still + ["-o", plain])
        #expect(first.status == 0, "\(first.error)")
        let second = try Program.run(still + ["--body", motion, "-o", moved])
        #expect(second.status == 0, "\(second.error)")
        let (resting, turning) = (paths(of: try json(plain)), paths(of: try json(moved)))
        #expect(resting["weights", default: 0] > 0)
        #expect(turning["weights"] == resting["weights"])
        // The spine turns, and nothing did before.
        #expect(turning["rotation", default: 0] == resting["rotation", default: 0] + 1)
    }

    @Test func optionsOfTheAvatarBelongToGLBOnly() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let result = try Program.run(["curves", "Hello.", "--avatar", "ada", "-o", "-", "--format", "csv"])
        #expect(result.status == 64)
        #expect(result.error.contains("--avatar"))
    }

    @Test func aBodyMotionMustBeOne() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "none.vrma").path
        try #"{"asset": {"version": "2.0"}}"#.write(toFile: file, atomically: true, encoding: .utf8)
        let result = try Program.run([
            "render", "Hi.", "--body", file, "-o", folder.path + "/x.mp4", "--json",
        ])
        #expect(result.status == 65)
        #expect(result.error.contains("E024"))
    }

    @Test(.enabled(if: getenv("ELEVENLABS_API_KEY") == nil, "ELEVENLABS_API_KEY is set"))
    func `a missing provider key is reported`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let result = try Program.run(["curves", "Hi.", "--voice", "elevenlabs:Rachel", "-o", "-", "--json"])
        #expect(result.status == 77)
        #expect(result.error.contains("E013"))
    }

    /// A VRM animation: the spine turns by half a radian and back in two seconds.
    private var vrma: String {
        let values: [Float] = [
            0, 1, 2, 0, 0, 0, 1, 0, sin(0.25), 0, cos(0.25), 0, 0, 0, 1,
        ]
        let bytes = values.flatMap { value in
            (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
        }
        return """
            {"asset": {"version": "2.0"}, "extensionsUsed": ["VRMC_vrm_animation"],
             "extensions": {"VRMC_vrm_animation": {"specVersion": "1.0", "humanoid": {"humanBones":
               {"hips": {"node": 0}, "spine": {"node": 1}, "chest": {"node": 2}}}}},
             "nodes": [{"name": "hips", "translation": [0, 1, 0], "children": [1]},
               {"name": "spine", "translation": [0, 0.1, 0], "children": [2]},
               {"name": "chest", "translation": [0, 0.1, 0]}],
             "scenes": [{"nodes": [0]}], "scene": 0,
             "buffers": [{"byteLength": \(bytes.count),
               "uri": "data:application/octet-stream;base64,\(Data(bytes).base64EncodedString())"}],
             "bufferViews": [{"buffer": 0, "byteLength": 12}, {"buffer": 0, "byteOffset": 12, "byteLength": 48}],
             "accessors": [
               {"bufferView": 0, "componentType": 5126, "count": 3, "type": "SCALAR", "min": [0], "max": [2]},
               {"bufferView": 1, "componentType": 5126, "count": 3, "type": "VEC4"}],
             "animations": [{"samplers": [{"input": 0, "output": 1}],
               "channels": [{"sampler": 0, "target": {"node": 1, "path": "rotation"}}]}]}
            """
    }
}
