import AvatariumCore

/// A GLB taken apart: its JSON and its one binary chunk (glTF 2.0, section 4).
struct GLBFile: Sendable {
    var json: JSONObject
    let binary: [UInt8]

    /// - Throws: E024 where the bytes are not a GLB file.
    init(_ bytes: [UInt8]) throws {
        let reader = ByteReader(bytes, order: .little)
        guard bytes.starts(with: "glTF".utf8), let size = reader.uint32(12),
            let text = reader.slice(at: 20, count: Int(size)),
            let object = try? JSONParser.parse(Array(text)).object
        else { throw AvatariumError(.avatarModelInvalid, "the file is not a GLB; export it as glTF binary") }
        json = object
        let start = 20 + Int(size)
        let data = reader.uint32(start).flatMap { reader.slice(at: start + 8, count: Int($0)) }
        binary = data.map(Array.init) ?? []
    }

    init(json: JSONObject, binary: [UInt8]) {
        self.json = json
        self.binary = binary
    }

    /// The file's bytes.
    func encoded() -> [UInt8] {
        var text = JSON.object(json).encoded()
        while text.count % 4 != 0 { text.append(UInt8(ascii: " ")) }
        var bytes = Array("glTF".utf8)
        func word(_ value: Int) {
            for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        word(2)
        word(28 + text.count + binary.count)
        word(text.count)
        word(0x4E4F_534A)
        bytes += text
        word(binary.count)
        word(0x004E_4942)
        return bytes + binary
    }

    /// The things of one kind, such as `nodes`.
    func all(_ kind: String) -> [JSON] { json[kind]?.array ?? [] }

    /// The index of the first thing of a kind with a name.
    func index(_ kind: String, named name: String) -> Int? {
        all(kind).firstIndex { $0["name"]?.string == name }
    }

    /// What the maker wrote about the person; nil in files of others.
    func person(name: String) -> Person? {
        let asset = json["asset"]
        guard let facts = asset?["extras"]?["person"], let note = facts["note"]?.string,
            let skin = facts["skin"]?.int
        else {
            return nil
        }
        func text(_ key: String) -> String { facts[key]?.string ?? "" }
        return Person(
            name: name, note: note, skin: skin, hair: text("hair"), hairColour: text("hairColour"),
            eyes: text("eyes"),
            clothes: text("clothes"), glasses: text("glasses"), licence: asset?["copyright"]?.string ?? "")
    }
}
