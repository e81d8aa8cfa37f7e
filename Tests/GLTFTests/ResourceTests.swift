import AvatariumCore
import Foundation
import GLTF
import Testing

/// What a model may read, and what it may not.
struct ResourceTests {
    @Test(arguments: [
        "../secret.bin", "%2e%2e/secret.bin", "sub/../../secret.bin", "/etc/passwd", "file:///etc/passwd",
        "http://localhost/x.bin", "..%2Fsecret.bin", "sub\\..\\..\\secret.bin", "..%5Csecret.bin",
        "\\etc\\passwd",
        "C:\\secret.bin", "sub%5C..%5c..%5Csecret.bin", "link.bin", "linked/secret.bin", "linked\\secret.bin",
        "%00.bin",
    ])
    func refusesURIsThatLeaveTheFolder(_ uri: String) throws {
        try withFolder { folder in
            let error: AvatariumError? = #expect(throws: AvatariumError.self) { try load(uri, in: folder) }
            #expect(error?.code == .avatarModelInvalid, "\(uri): \(String(describing: error))")
            #expect(error?.context["rule"] == "INVALID_URI")
            #expect(error?.context["pointer"] == "/buffers/0/uri")
        }
    }

    @Test(arguments: [
        "with%20space.bin", "with space.bin", "sub/deep.bin", "./sub/deep.bin", "sub/../with space.bin",
        "sub\\deep.bin", "sub%5Cdeep.bin", ".\\sub\\..\\with%20space.bin", " with space.bin\n",
        "wi\nth space.bin",
        "100%.bin",
    ])
    func readsFilesBesideTheModel(_ uri: String) throws {
        try withFolder { folder in
            let document = try load(uri, in: folder)
            #expect(document.meshes.count == 1)
        }
    }

    @Test func readsDataURIsInEveryForm() throws {
        let bytes = GLBBuilder.triangle().binary
        let escaped = bytes.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let base64 = Data(bytes).base64EncodedString()
        for uri in [
            "data:application/octet-stream,\(escaped)", "DATA:application/octet-stream;BASE64,\(base64)",
            "data:;base64,\(base64)", "data:application/octet-stream;;base64,\(base64)",
            "data:application/octet-stream;base64,\(base64.replacingOccurrences(of: "=", with: "%3D"))",
            "data:application/octet-stream;base64,\(base64.replacingOccurrences(of: "=", with: ""))",
            "data:application/octet-stream;base64, \(base64.prefix(16))\\r\\n\\t\(base64.dropFirst(16))\\n",
        ] {
            let document = try Loader().load(
                bytes: Array(GLBBuilder.triangle().json(uri: uri).utf8), name: "x.gltf")
            #expect(document.accessors[0].floats() == [0, 0, 0, 1, 0, 0, 0, 1, 0])
        }
    }

    @Test func saysWhichFileIsMissing() throws {
        try withFolder { folder in
            let error: AvatariumError? = #expect(throws: AvatariumError.self) {
                try load("gone.bin", in: folder)
            }
            #expect(error?.code == .avatarLoadFailed)
            #expect(error?.context["pointer"] == "/buffers/0/uri")
        }
    }

    @Test func thereIsNoSuchModel() {
        let error = #expect(throws: AvatariumError.self) { try Loader().load(path: "/nowhere/x.glb") }
        #expect(error?.code == .avatarNotFound)
        let folder = #expect(throws: AvatariumError.self) { try Loader().load(path: "/tmp") }
        #expect(folder?.code == .avatarLoadFailed)
    }

    @Test func limitsAreKept() throws {
        var loader = Loader()
        loader.limits.accessorElements = 2
        #expect(throws: AvatariumError.self) {
            try loader.load(bytes: GLBBuilder.triangle().build(), name: "x")
        }
        loader = Loader()
        loader.limits.vertices = 2
        #expect(throws: AvatariumError.self) {
            try loader.load(bytes: GLBBuilder.triangle().build(), name: "x")
        }
        // Zeros without a buffer cost memory all the same.
        var builder = GLBBuilder()
        let all = (0..<100).map { _ in
            builder.add("accessors", #"{"componentType": 5126, "count": 20000000, "type": "MAT4"}"#)
        }
        builder.add(
            "meshes",
            "{\"primitives\": [{\"attributes\": {\(all.map { "\"_\($0)\": \($0)" }.joined(separator: ","))}}]}"
        )
        builder.add("nodes", #"{"mesh": 0}"#)
        #expect(throws: AvatariumError.self) { try Loader().load(bytes: builder.build(), name: "x") }
    }

    @Test func deepHierarchiesNeedNoStack() throws {
        var builder = GLBBuilder.triangle()
        for i in 1..<50_000 { builder.add("nodes", #"{"children": [\#(i + 1)]}"#) }
        builder.add("nodes", #"{"mesh": 0}"#)
        let document = try Loader().load(bytes: builder.build(), name: "deep.glb")
        #expect(document.nodes.count == 50_001)
    }

    private func load(_ uri: String, in folder: String) throws -> Document {
        let path = folder + "/model/model.gltf"
        let escaped = uri.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(
            of: "\n", with: "\\n")
        try GLBBuilder.triangle().json(uri: escaped).write(toFile: path, atomically: true, encoding: .utf8)
        return try Loader().load(path: path)
    }

    /// A folder `model` with buffers inside, a secret beside it, and links that lead there.
    private func withFolder(_ body: (String) throws -> Void) throws {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? files.removeItem(atPath: folder) }
        try files.createDirectory(atPath: folder + "/model/sub", withIntermediateDirectories: true)
        let data = Data(GLBBuilder.triangle().binary)
        for name in ["secret.bin", "model/with space.bin", "model/sub/deep.bin", "model/100%.bin"] {
            try data.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        try files.createSymbolicLink(
            atPath: folder + "/model/link.bin", withDestinationPath: folder + "/secret.bin")
        try files.createSymbolicLink(atPath: folder + "/model/linked", withDestinationPath: folder)
        try body(folder)
    }
}
