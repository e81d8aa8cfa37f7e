import AvatariumCore

/// Identifies by its first bytes a file that is not a model.
enum FileKind {
    private struct Signature {
        var offset = 0
        var bytes: [UInt8]
        var advice: String

        init(_ text: String, at offset: Int = 0, _ advice: String) {
            self.offset = offset
            bytes = Array(text.utf8)
            self.advice = advice
        }

        init(bytes: [UInt8], _ advice: String) {
            self.bytes = bytes
            self.advice = advice
        }
    }

    private static let signatures: [Signature] = [
        Signature(
            "version https://git-lfs", "it is a Git LFS pointer, not the model itself; run git lfs pull"),
        Signature("Kaydara FBX", "it is an FBX file; export it as GLB"),
        Signature("; FBX", "it is an FBX file; export it as GLB"),
        Signature("BLENDER", "it is a Blender file; export it as GLB"),
        Signature("PXR-USDC", "it is a USD file; export it as GLB"),
        Signature("#usda", "it is a USD file; export it as GLB"),
        Signature("solid ", "it is an STL file; export it as GLB"),
        Signature("ply\n", "it is a PLY file; export it as GLB"),
        Signature("ply\r", "it is a PLY file; export it as GLB"),
        Signature("#VRML", "it is a VRML file; export it as GLB"),
        Signature("PMX ", "it is a MikuMikuDance model; export it as GLB or VRM"),
        Signature("Pmd", "it is a MikuMikuDance model; export it as GLB or VRM"),
        Signature("UnityFS", "it is a Unity asset bundle; export the avatar as VRM or GLB"),
        Signature("DRACO", "it is a bare Draco mesh; export the model as GLB"),
        Signature(
            "MOC3", "it is a Live2D model, which is drawn in two dimensions; give a GLB, glTF or VRM file"),
        Signature("Ogawa", "it is an Alembic file; export it as GLB"),
        Signature(bytes: [0x89, 0x48, 0x44, 0x46], "it is an HDF5 file (Alembic?); export the model as GLB"),
        Signature("xof 0", "it is a DirectX model (.x); export it as GLB"),
        Signature("FOR4", "it is a Maya scene; export it as GLB"),
        Signature("FOR8", "it is a Maya scene; export it as GLB"),
        Signature("//Maya", "it is a Maya scene; export it as GLB"),
        Signature("VOX ", "it is a MagicaVoxel model; export it as GLB"),
        Signature("LWO2", at: 8, "it is a LightWave object; export it as GLB"),
        Signature("%YAML", "it is a Unity asset; export the avatar as VRM or GLB"),
        Signature(
            bytes: [0x50, 0x4B, 0x03, 0x04], "it is a ZIP archive; unpack it and give the model in it"),
        Signature(
            bytes: [0x1F, 0x8B],
            "it is compressed with gzip (Unity packages and older Blender files are); unpack it, or "
                + "export the model as GLB"),
        Signature(
            bytes: [0x28, 0xB5, 0x2F, 0xFD],
            "it is compressed with zstd (Blender files are); unpack it, or export the "
                + "model as GLB"),
        Signature(bytes: [0x37, 0x7A, 0xBC, 0xAF], "it is a 7z archive; unpack it and give the model in it"),
        Signature("Rar!", "it is a RAR archive; unpack it and give the model in it"),
        Signature(bytes: [0x89, 0x50, 0x4E, 0x47], "it is a PNG image; give the model that shows it"),
        Signature(bytes: [0xFF, 0xD8, 0xFF], "it is a JPEG image; give the model that shows it"),
        Signature("RIFF", "it is a RIFF file (WebP, WAV or AVI); give a GLB, glTF or VRM file"),
        Signature("OggS", "it is an Ogg file; give a GLB, glTF or VRM file"),
        Signature("ID3", "it is an MP3 file; give a GLB, glTF or VRM file"),
        Signature("ftyp", at: 4, "it is an MP4 file; give a GLB, glTF or VRM file"),
        Signature("%PDF", "it is a PDF; give a GLB, glTF or VRM file"),
        Signature(bytes: [0x7F, 0x45, 0x4C, 0x46], "it is a program; give a GLB, glTF or VRM file"),
    ]

    /// What the file seems to be and what to do, or nil where nothing is recognised.
    static func advice(for bytes: some Collection<UInt8>) -> String? {
        let head = Array(bytes.prefix(512))
        if let archive = archive(head) { return archive }
        for signature in signatures
        where head.dropFirst(signature.offset).starts(with: signature.bytes) {
            return signature.advice
        }
        let text = String(decoding: head, as: UTF8.self).lowercased()
        let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        if start.hasPrefix("<!doctype") || start.hasPrefix("<html") || start.hasPrefix("<head") {
            return "it is an HTML page; download the model itself"
        }
        if start.hasPrefix("<") {
            let root = XML.rootElement(of: bytes)
            if let kind = root.flatMap(XML.kind(ofRoot:)) {
                let isModel = kind.contains("model") || kind.contains("mesh") || kind.contains("robot")
                return "it is \(kind); \(isModel ? "export it as GLB" : "give a GLB, glTF or VRM file")"
            }
            return
                "it is XML\(root.map { " of '\($0.quotedForMessage(limit: 30))'" } ?? ""); export the model as GLB"
        }
        let lines = start.split(whereSeparator: \.isNewline)
        if lines.contains(where: { $0.hasPrefix("v ") || $0.hasPrefix("mtllib ") || $0.hasPrefix("usemtl ") })
        {
            return "it is an OBJ file; export the model as GLB"
        }
        return isBinarySTL(head, size: bytes.count) ? "it is an STL file; export it as GLB" : nil
    }

    /// Archives that are models, by the name of their first member (PKWARE's APPNOTE, 4.3.7).
    private static func archive(_ head: [UInt8]) -> String? {
        guard head.starts(with: [0x50, 0x4B, 0x03, 0x04]), head.count > 30 else { return nil }
        let length = Int(head[26]) | Int(head[27]) << 8
        let name = String(decoding: head.dropFirst(30).prefix(length), as: UTF8.self).lowercased()
        if [".usdc", ".usda", ".usd"].contains(where: { name.hasSuffix($0) }) {
            return "it is a USDZ archive; export the model as GLB"
        }
        return name.hasPrefix("3d/") || name.hasSuffix(".model") ? "it is a 3MF model; export it as GLB" : nil
    }

    /// A head of 80 bytes, the number of triangles, 50 bytes for each.
    private static func isBinarySTL(_ head: [UInt8], size: Int) -> Bool {
        guard head.count >= 84 else { return false }
        let count = (0..<4).reduce(0) { $0 | Int(head[80 + $1]) << (8 * $1) }
        return count > 0 && size == 84 + 50 * count
    }
}
