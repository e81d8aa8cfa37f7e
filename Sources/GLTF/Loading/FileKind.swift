import AvatariumCore

/// What a file is that is not a model, told by its first bytes.
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
            "version https://git-lfs", "it is a Git LFS pointer and not the model itself; run git lfs pull"),
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
        Signature("<?xml", "it is an XML file (COLLADA?); export the model as GLB"),
        Signature(
            bytes: [0x50, 0x4B, 0x03, 0x04],
            "it is a ZIP archive (or USDZ); unpack it and give the model in it"),
        Signature(bytes: [0x1F, 0x8B], "it is compressed with gzip; unpack it"),
        Signature(bytes: [0x28, 0xB5, 0x2F, 0xFD], "it is compressed with zstd; unpack it"),
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
        for signature in signatures
        where head.dropFirst(signature.offset).starts(with: signature.bytes) {
            return signature.advice
        }
        let text = String(decoding: head, as: UTF8.self).lowercased()
        let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        if start.hasPrefix("<!doctype") || start.hasPrefix("<html") || start.hasPrefix("<head") {
            return "it is an HTML page; download the model itself"
        }
        if start.hasPrefix("<") { return "it is an XML file (COLLADA?); export the model as GLB" }
        let lines = start.split(whereSeparator: \.isNewline)
        if lines.contains(where: { $0.hasPrefix("v ") || $0.hasPrefix("mtllib ") || $0.hasPrefix("usemtl ") })
        {
            return "it is an OBJ file; export the model as GLB"
        }
        return nil
    }
}
