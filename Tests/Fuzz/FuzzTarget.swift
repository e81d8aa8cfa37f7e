import AvatariumCore
import Foundation
import GLTF
import Images
import Rig
import VRM

/// libFuzzer's entry: `scripts/fuzz TARGET` says which reader the bytes go to. Any trap, leak of a bound or
/// report of a sanitizer is a find; errors thrown are what is wanted.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    beginInput()
    switch target {
    case "json": _ = try? JSONParser.parse(bytes)
    case "image": _ = try? ImageDecoder.decode(bytes, maximumPixels: 1 << 18)
    case "hdr": _ = try? HDRImage(bytes, maximumPixels: 1 << 18)
    case "draco": loadModel(FuzzModel.draco(bytes))
    case "meshopt": loadModel(FuzzModel.meshopt(bytes))
    case "accessor": loadModel(FuzzModel.accessor(bytes))
    case "vrm": poseAvatar(FuzzModel.avatar(bytes))
    default: loadModel(bytes)
    }
    return 0
}

/// An input that takes more than this of the processor, seconds, is a find.
private let secondsPerInput = 10

/// libFuzzer counts by the clock, which says nothing on a busy machine: SIGPROF counts processor time, and what it aborts is
/// kept as a find.
private func beginInput() {
    if !isTimed {
        isTimed = true
        signal(SIGPROF) { _ in abort() }
    }
    var limit = itimerval()
    limit.it_value.tv_sec = secondsPerInput
    setitimer(Int32(ITIMER_PROF.rawValue), &limit, nil)
}

nonisolated(unsafe) private var isTimed = false

private let target = ProcessInfo.processInfo.environment["FUZZ_TARGET"]

/// Bounds small enough for thousands of runs a second.
private let limits: LoadLimits = {
    var limits = LoadLimits()
    limits.totalBytes = 1 << 24
    limits.accessorElements = 1 << 18
    limits.nodes = 10_000
    limits.dracoBytes = 1 << 26
    return limits
}()

private func loadModel(_ bytes: [UInt8]) {
    let loader = Loader(limits: limits)
    _ = loader.inspect(bytes: bytes, name: "fuzz")
    guard let document = try? loader.load(bytes: bytes, name: "fuzz") else { return }
    for accessor in document.accessors { _ = accessor.floats().count + accessor.integers().count }
    for image in document.images { _ = try? ImageDecoder.decode(image.bytes, maximumPixels: 1 << 16) }
    _ = document.hasGeometry
}

/// What a file's VRM, VRMA, spring bone and constraint extensions lead to: an avatar that moves.
private func poseAvatar(_ bytes: [UInt8]) {
    guard let document = try? Loader(limits: limits).load(bytes: bytes, name: "fuzz.vrm") else { return }
    let motion = try? BodyClip(document)
    guard let model = try? AvatarReader.read(document) else { return }
    _ = ModelInspection(model)
    _ = FaceMapping(templateFor: model)
    var rig = AvatarRig(model: model)
    var overrides = PoseOverrides()
    if let motion {
        rig.add(motion, named: "motion")
        overrides.clip = "motion"
    }
    var frame = FaceFrame()
    frame[.jawOpen] = 0.5
    frame[.aa] = 0.5
    frame[.eyeBlinkLeft] = 1
    frame.gaze = SIMD2(0.2, -0.1)
    frame.headRotation = SIMD3(0.1, 0.2, 0.3)
    for i in 0..<4 {
        overrides.clipSeconds = Double(i) / 10
        let pose = rig.pose(frame, timeSeconds: Double(i) / 10, overrides: overrides)
        precondition(pose.nodeMatrices.count == model.document.nodes.count)
    }
}

/// Models around bytes that the fuzzer makes, so that it need not find its way through JSON first.
private enum FuzzModel {
    static func glb(_ json: String, _ binary: [UInt8]) -> [UInt8] {
        func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        let text = Array(json.utf8) + [UInt8](repeating: 0x20, count: (4 - json.utf8.count % 4) % 4)
        let data = binary + [UInt8](repeating: 0, count: (4 - binary.count % 4) % 4)
        let size = 12 + 8 + text.count + 8 + data.count
        return Array("glTF".utf8) + word(2) + word(size) + word(text.count) + Array("JSON".utf8) + text
            + word(data.count) + Array("BIN\0".utf8) + data
    }

    private static let asset = #""asset": {"version": "2.0"}"#

    /// A primitive whose compressed mesh is `bytes` after the first four, which give the counts.
    static func draco(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count > 4 else { return [] }
        let data = Array(bytes.dropFirst(4))
        let json = """
            {\(asset), "extensionsUsed": ["KHR_draco_mesh_compression"],
            "extensionsRequired": ["KHR_draco_mesh_compression"],
            "buffers": [{"byteLength": \(data.count)}],
            "bufferViews": [{"buffer": 0, "byteLength": \(data.count)}],
            "accessors": [
            {"componentType": 5126, "count": \(1 + Int(bytes[0])), "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 1]},
            {"componentType": 5123, "count": \(3 + Int(bytes[1]) * 3), "type": "SCALAR"}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "extensions": {
            "KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {"POSITION": \(bytes[2] & 3)}}}}]}]}
            """
        return glb(json, data)
    }

    /// A compressed buffer view; the first four bytes choose mode, filter, stride and count.
    static func meshopt(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count > 4 else { return [] }
        let data = Array(bytes.dropFirst(4))
        let mode = ["ATTRIBUTES", "TRIANGLES", "INDICES"][Int(bytes[0]) % 3]
        let filter = ["NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL"][Int(bytes[0] / 3) % 4]
        let stride = mode == "ATTRIBUTES" ? (Int(bytes[1]) % 64 + 1) * 4 : Int(bytes[1] % 2 + 1) * 2
        let count = mode == "TRIANGLES" ? (1 + Int(bytes[2])) * 3 : 1 + Int(bytes[2])
        let json = """
            {\(asset), "extensionsUsed": ["EXT_meshopt_compression"],
            "extensionsRequired": ["EXT_meshopt_compression"],
            "buffers": [{"byteLength": \(data.count)}, {"byteLength": \(stride * count)}],
            "bufferViews": [{"buffer": 1, "byteLength": \(stride * count), "extensions": {
            "EXT_meshopt_compression": {"buffer": 0, "byteLength": \(data.count), "byteStride": \(stride),
            "count": \(count), "mode": "\(mode)", "filter": "\(filter)"}}}],
            "accessors": [{"bufferView": 0, "componentType": 5121, "count": 1, "type": "SCALAR"}]}
            """
        return glb(json, data)
    }

    /// Accessors of every shape over the bytes, their numbers taken from the first of them.
    static func accessor(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count > 16 else { return [] }
        let data = Array(bytes.dropFirst(16))
        let n = bytes.prefix(16).map(Int.init)
        let components = [5120, 5121, 5122, 5123, 5125, 5126]
        let types = ["SCALAR", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4"]
        let stride = n[3] % 2 == 0 ? "" : #", "byteStride": \#(n[3] & 0xFC)"#
        let json = """
            {\(asset), "buffers": [{"byteLength": \(data.count)}],
            "bufferViews": [{"buffer": 0, "byteOffset": \(n[0]), "byteLength": \(n[1] + n[2])\(stride)},
            {"buffer": 0, "byteLength": \(n[4])}],
            "accessors": [{"bufferView": 0, "byteOffset": \(n[5]), "componentType": \(components[n[6] % 6]),
            "type": "\(types[n[7] % 7])", "count": \(n[8]), "normalized": \(n[9] % 2 == 0),
            "sparse": {"count": \(n[10]), "indices": {"bufferView": 1, "componentType": \(components[n[11] % 6])},
            "values": {"bufferView": 0, "byteOffset": \(n[12])}}}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "JOINTS_0": 0, "WEIGHTS_0": 0},
            "indices": 0, "mode": \(n[13] % 8), "targets": [{"POSITION": 0}]}]}],
            "nodes": [{"mesh": 0, "skin": 0}], "skins": [{"joints": [0], "inverseBindMatrices": 0}],
            "animations": [{"samplers": [{"input": 0, "output": 0}],
            "channels": [{"sampler": 0, "target": {"node": 0, "path": "weights"}}]}]}
            """
        return glb(json, data)
    }

    /// A small body with a face, whose further members (`extensions`, other `nodes` ...) are the fuzzer's. Of members
    /// given twice the last counts.
    static func avatar(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.first == UInt8(ascii: "{") else { return [] }
        let data = [UInt8](repeating: 0x3E, count: 144)
        let nodes = (0..<48).map { i in
            let children =
                i == 0 ? #", "children": [\#((1..<48).map(String.init).joined(separator: ", "))]"# : ""
            return #"{"name": "n\#(i)"\#(i % 12 == 5 ? #", "mesh": \#(i / 12)"# : "")\#(children)}"#
        }
        let mesh = #"""
            {"primitives": [{"attributes": {"POSITION": 0}, "material": 0, "targets": [{"POSITION": 0},
            {"POSITION": 0}, {"POSITION": 0}]}], "extras": {"targetNames": ["jawOpen", "Fcl_MTH_A", "blink"]}}
            """#
        let json = """
            {\(asset), "buffers": [{"byteLength": 144}], "bufferViews": [{"buffer": 0, "byteLength": 144}],
            "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 12, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 1]},
            {"componentType": 5126, "count": 2, "type": "SCALAR", "min": [0], "max": [1], "sparse": {"count": 1,
            "indices": {"bufferView": 0, "byteOffset": 0, "componentType": 5121}, "values": {"bufferView": 0}}},
            {"bufferView": 0, "componentType": 5126, "count": 2, "type": "VEC4"},
            {"bufferView": 0, "componentType": 5126, "count": 2, "type": "VEC3"}],
            "materials": [{"name": "m0"}, {"name": "m1"}, {"name": "m2"}],
            "meshes": [\(mesh), \(mesh), \(mesh), \(mesh)], "scenes": [{"nodes": [0]}],
            "nodes": [\(nodes.joined(separator: ", "))],
            """
        return glb(json + String(decoding: bytes.dropFirst(), as: UTF8.self), data)
    }
}
