import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation
import GLTF
import Rendering
import Rig
import VRM

/// Changes values, not bytes, of models that are valid, and draws what loads: byte fuzzers are refused long before
/// anything is drawn.
struct DrawingFuzz: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz-drawing",
        abstract: "Draws models with changed values in child processes; reports crashes, hangs and memory.",
        discussion: """
            Case N is the same in every run: --case N repeats it in this process.

            EXAMPLES
              avatarium-bench fuzz-drawing --seconds 300 Models/avatars ../shared/data/models/khronos
              avatarium-bench fuzz-drawing --case 4711 --keep /tmp/case.glb Models/avatars
            """)

    @Argument(help: "Models, or folders of .glb and .vrm files.")
    var models: [String]

    @Option(help: "Seconds to run.")
    var seconds = 60.0

    @Option(help: "The first case.")
    var first = 0

    @Option(name: .customLong("case"), help: "Runs this case alone, in this process.")
    var one: Int?

    @Option(help: "With --case: writes the changed model to this file.")
    var keep: String?

    @Flag(help: .hidden)
    var child = false

    /// Of one case; a sanitizer of time and memory that does not slow drawing down.
    private static let megabytes = 1500

    mutating func run() async throws {
        let files = try corpus()
        guard !files.isEmpty else { throw ValidationError("no .glb or .vrm file there") }
        if let one {
            try await draw(case: one, files)
        } else if child {
            try await drawMany(files)
        } else {
            try FuzzSupervisor(command: "fuzz-drawing", arguments: models).run(seconds: seconds, first: first)
        }
    }

    private func corpus() throws -> [String] {
        try models.flatMap { path -> [String] in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return [] }
            guard isFolder.boolValue else { return [path] }
            return try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
                .filter { ["glb", "vrm"].contains(($0 as NSString).pathExtension) }.map { path + "/" + $0 }
        }
    }

    private func seeds(_ files: [String]) throws -> [Seed] {
        let seeds = try files.compactMap { try Seed($0) }
        guard !seeds.isEmpty else { throw ValidationError("no GLB there") }
        return seeds
    }

    // MARK: The child

    private func drawMany(_ files: [String]) async throws {
        let renderer = try Renderer(limits: Self.limits)
        let seeds = try seeds(files)
        try await FuzzSupervisor.runCases(from: first, seconds: seconds) { number in
            let outcome = try await attempt(Mutant(number, seeds), renderer)
            guard residentMegabytes < Self.megabytes else { throw ExitCode(3) }
            return outcome == nil
        }
    }

    private func draw(case number: Int, _ files: [String]) async throws {
        let mutant = Mutant(number, try seeds(files))
        print("\(mutant.source)\n\(mutant.changes.joined(separator: "\n"))")
        if let keep { try Data(mutant.bytes).write(to: URL(fileURLWithPath: keep)) }
        print(try await attempt(mutant, Renderer(limits: Self.limits)) ?? "drawn")
    }

    private static let limits: RenderLimits = {
        var limits = RenderLimits()
        limits.totalImagePixels = 1 << 25
        limits.textureBytes = 1 << 26
        limits.frameSeconds = 10
        return limits
    }()

    /// - Returns: nil when it was drawn, else why it was refused.
    private func attempt(_ mutant: Mutant, _ renderer: Renderer) async throws -> String? {
        var limits = LoadLimits()
        limits.totalBytes = 1 << 26
        limits.vertices = 1 << 20
        limits.morphVertices = 1 << 22
        limits.draws = 1000
        limits.seconds = 10
        var look = RenderLook(.init(size: Self.sizes[mutant.number % Self.sizes.count]))
        look.quality = [Quality.draft, .standard, .high][mutant.number % 3]
        look.samples = mutant.number % 5 == 0 ? 4 : 1
        do {
            let document = try Loader(limits: limits).load(bytes: mutant.bytes, name: "mutant")
            let model = try AvatarReader.read(document)
            let scene = try await renderer.load(model, look: look)
            do {
                try await draw(AvatarRig(model: model), scene, mutant.number, renderer)
            } catch {
                await renderer.unload(scene)
                throw error
            }
            await renderer.unload(scene)
            return nil
        } catch let error as AvatariumError where error.code != .internalError {
            return "\(error.code) \(error.message)"
        }
    }

    /// Small: what a case costs is mostly its loading, and what can go wrong does so at any size.
    private static let sizes = [32, 32, 32, 32, 32, 32, 96].map { ImageSize(width: $0, height: $0) }

    private func draw(
        _ avatar: AvatarRig, _ scene: SceneHandle, _ number: Int, _ renderer: Renderer
    ) async throws {
        var rig = avatar
        var random = SeededGenerator(seed: UInt64(number) &+ 77)
        var frame = FaceFrame()
        for i in 0..<2 {
            frame[.jawOpen] = random.unit()
            frame[.aa] = random.unit()
            let pose = rig.pose(frame, timeSeconds: Double(i) / 30)
            let camera = rig.camera([.face, .bust, .body][number % 3], aspect: 1)
            _ = try await renderer.render(scene, pose: pose, camera: camera, reusing: nil)
        }
    }

    private var residentMegabytes: Int {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        return (pages.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0) * 4096 >> 20
    }
}

/// A valid model, parsed once for all of its mutants.
private struct Seed {
    let name: String
    let json: JSON
    let binary: [UInt8]

    /// - Returns: nil for what is no GLB.
    init?(_ path: String) throws {
        name = path
        let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        func word(_ at: Int) -> Int {
            at + 4 <= file.count
                ? (0..<4).reduce(0) { $0 | Int(file[at + $1]) << ($1 * 8) } : 0
        }
        let length = word(12)
        guard file.count >= 20 + length, let json = try? JSONParser.parse(Array(file[20..<20 + length]))
        else {
            return nil
        }
        self.json = json
        binary = Array(file[min(file.count, 28 + length)...])
    }
}

/// A valid model with a few values changed.
private struct Mutant {
    let number: Int
    let source: String
    private(set) var bytes: [UInt8] = []
    private var mutator: JSONMutator
    var changes: [String] { mutator.changes }

    init(_ number: Int, _ seeds: [Seed]) {
        self.number = number
        mutator = JSONMutator(seed: UInt64(number))
        let seed = seeds[Int.random(in: 0..<seeds.count, using: &mutator.random)]
        source = seed.name
        var (json, binary) = (seed.json, seed.binary)
        for _ in 0..<Int.random(in: 1...5, using: &mutator.random) {
            if Int.random(in: 0..<6, using: &mutator.random) == 0 {
                change(&binary)
            } else if Int.random(in: 0..<5, using: &mutator.random) == 0 {
                addExtension(&json)
            } else {
                json = mutator.change(json)
            }
        }
        var text = json.encoded()
        while text.count % 4 != 0 { text.append(0x20) }
        while binary.count % 4 != 0 { binary.append(0) }
        func little(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        bytes =
            Array("glTF".utf8) + little(2) + little(28 + text.count + binary.count) + little(text.count)
            + Array("JSON".utf8) + text + little(binary.count) + [0x42, 0x49, 0x4E, 0] + binary
    }

    /// Numbers of four bytes somewhere in the buffer.
    private mutating func change(_ binary: inout [UInt8]) {
        guard binary.count >= 64 else { return }
        let values: [UInt32] = [
            Float.nan.bitPattern, Float.infinity.bitPattern, Float(1e38).bitPattern, Float(-1e38).bitPattern,
            0,
            Float(1e-42).bitPattern, 0xFFFF_FFFF, 0x0001_0000, Float(1).bitPattern, Float(-1).bitPattern,
        ]
        let start = Int.random(in: 0..<binary.count / 4, using: &mutator.random) * 4
        let count = [1, 4, 64, 4096][Int.random(in: 0..<4, using: &mutator.random)]
        for at in stride(from: start, to: min(start + count * 4, binary.count - 3), by: 4) {
            let value = values[Int.random(in: 0..<values.count, using: &mutator.random)]
            for k in 0..<4 { binary[at + k] = UInt8(truncatingIfNeeded: value >> (UInt32(k) * 8)) }
        }
        mutator.changes.append("binary at \(start), \(count) words")
    }

    /// A random one of those that drawing reads, in a random material or node.
    private mutating func addExtension(_ json: inout JSON) {
        func factor() -> JSON {
            let values = [0, 1, 0.5, 0.1, 2, -1, 1e6, 1e38]
            return .number(values[Int.random(in: 0..<values.count, using: &mutator.random)], isInteger: false)
        }
        func texture() -> JSON {
            .members([
                "index": .integer(Int.random(in: 0..<4, using: &mutator.random)),
                "texCoord": .integer(Int.random(in: 0..<3, using: &mutator.random)),
            ])
        }
        func color() -> JSON { .array([factor(), factor(), factor()]) }
        let choices: [(String, JSON)] = [
            (
                "KHR_materials_clearcoat",
                .members([
                    "clearcoatFactor": factor(), "clearcoatTexture": texture(),
                    "clearcoatRoughnessFactor": factor(), "clearcoatNormalTexture": texture(),
                ])
            ),
            (
                "KHR_materials_sheen",
                .members([
                    "sheenColorFactor": color(), "sheenRoughnessFactor": factor(),
                    "sheenColorTexture": texture(),
                ])
            ),
            (
                "KHR_materials_specular",
                .members([
                    "specularFactor": factor(), "specularColorFactor": color(), "specularTexture": texture(),
                ])
            ),
            (
                "KHR_materials_transmission",
                .members(["transmissionFactor": factor(), "transmissionTexture": texture()])
            ),
            (
                "KHR_materials_volume",
                .members([
                    "thicknessFactor": factor(), "attenuationDistance": factor(), "attenuationColor": color(),
                ])
            ),
            ("KHR_materials_ior", .members(["ior": factor()])),
            ("KHR_materials_emissive_strength", .members(["emissiveStrength": factor()])),
            (
                "KHR_materials_iridescence",
                .members([
                    "iridescenceFactor": factor(), "iridescenceIor": factor(),
                    "iridescenceThicknessMaximum": factor(),
                ])
            ),
            ("KHR_materials_dispersion", .members(["dispersion": factor()])),
            (
                "KHR_materials_anisotropy",
                .members(["anisotropyStrength": factor(), "anisotropyRotation": factor()])
            ),
            (
                "KHR_materials_pbrSpecularGlossiness",
                .members([
                    "diffuseFactor": .array([factor(), factor(), factor(), factor()]),
                    "specularFactor": color(), "glossinessFactor": factor(),
                    "specularGlossinessTexture": texture(),
                ])
            ),
            (
                "VRMC_materials_mtoon",
                .members([
                    "specVersion": .string("1.0"), "shadeColorFactor": color(),
                    "shadingToonyFactor": factor(), "shadingShiftFactor": factor(),
                    "giEqualizationFactor": factor(), "parametricRimColorFactor": color(),
                    "parametricRimFresnelPowerFactor": factor(),
                    "outlineWidthMode": .string("worldCoordinates"), "outlineWidthFactor": factor(),
                    "uvAnimationScrollXSpeedFactor": factor(), "uvAnimationRotationSpeedFactor": factor(),
                    "matcapTexture": texture(), "outlineWidthMultiplyTexture": texture(),
                ])
            ),
        ]
        let (name, value) = choices[Int.random(in: 0..<choices.count, using: &mutator.random)]
        guard case .object(let root) = json, let materials = root["materials"]?.array, !materials.isEmpty
        else {
            return
        }
        var changed = materials
        let i = Int.random(in: 0..<changed.count, using: &mutator.random)
        guard case .object(let material) = changed[i] else { return }
        let extensions = material["extensions"]?.object ?? JSONObject()
        changed[i] = JSONMutator.with(material, "extensions", JSONMutator.with(extensions, name, value))
        var object = root
        if case .object(let next) = JSONMutator.with(object, "materials", .array(changed)) { object = next }
        let used = root["extensionsUsed"]?.array ?? []
        json = JSONMutator.with(object, "extensionsUsed", .array(used + [.string(name)]))
        mutator.changes.append(
            "/materials/\(i)/extensions/\(name): \(String(decoding: value.encoded().prefix(300), as: UTF8.self))"
        )
    }
}
