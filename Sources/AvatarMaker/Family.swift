import AvatariumCore

/// One of the people that the maker wrote, as the file says it itself (`asset.extras.person`).
public struct Person: Sendable, Equatable, Encodable {
    public let name: String
    /// Who it is, in a few words.
    public let note: String
    /// 1 the lightest to 10 the darkest.
    public let skin: Int
    public let hair: String
    public let hairColour: String
    public let eyes: String
    public let clothes: String
    /// `round`, `square`, or empty.
    public let glasses: String
    /// The licence of the file, as it says itself.
    public let licence: String
}

/// The people of a folder, and the colours that they were made with.
public struct Family: Sendable {
    public let people: [Person]
    let palette: Palette
    private let files: [String: GLBFile]

    /// No avatar of ours is larger.
    private static let sizeLimit = 16 << 20

    /// - Parameter avatars: names and paths; those that the maker did not write are left out.
    /// - Throws: E021 where a file cannot be read, E024 where one is broken.
    public init(avatars: [(name: String, path: String)]) throws {
        var people: [Person] = []
        var files: [String: GLBFile] = [:]
        var palette: Palette?
        for (name, path) in avatars where path.hasSuffix(".glb") {
            // Other people's avatars may lie in the same folders.
            guard let file = try? GLBFile(Self.read(path)), let person = file.person(name: name) else {
                continue
            }
            people.append(person)
            files[name] = file
            if palette == nil, let slash = path.lastIndex(of: "/") {
                palette = try Palette(Self.read(path[..<slash] + "/palette.json"))
            }
        }
        guard let palette else {
            throw AvatariumError(
                .avatarNotFound,
                "no avatar of the family was found; set AVATARIUM_MODELS to the folder of the bundled ones")
        }
        self.people = people
        self.files = files
        self.palette = palette
    }

    private static func read(_ path: String) throws -> [UInt8] {
        do throws(RegularFile.Failure) {
            return try RegularFile.read(path, limit: sizeLimit)
        } catch {
            throw AvatariumError(
                .avatarLoadFailed,
                "the avatar '\(path.quotedForMessage(limit: 200))' \(error); \(error.remedy)",
                context: ["path": path], systemError: error.systemError)
        }
    }

    func file(_ name: String) throws -> GLBFile {
        if let file = files[name] { return file }
        throw AvatarRecipe.refused(
            "like",
            "no avatar of the family is named '\(name.quotedForMessage())'; "
                + AvatarRecipe.choice(of: people.map(\.name), near: name))
    }

    /// The first person for whom one feature has a value.
    func donor(_ field: String, _ value: String, of feature: KeyPath<Person, String>) throws -> GLBFile {
        guard let person = people.first(where: { $0[keyPath: feature] == value }),
            let file = files[person.name]
        else {
            let known = Set(people.map { $0[keyPath: feature] }).subtracting([""]).sorted()
            throw AvatarRecipe.refused(
                field,
                "\(field) '\(value.quotedForMessage())' is not known; "
                    + AvatarRecipe.choice(of: known + (field == "glasses" ? ["none"] : []), near: value))
        }
        return file
    }
}

/// Colours of skins and hair, and how bright the textures are that they tint (`palette.json`).
struct Palette: Sendable {
    let skins: [String]
    let hair: [String: String]
    private let headroom: [String: Float]

    init(_ bytes: [UInt8]) throws {
        guard let json = try? JSONParser.parse(bytes), let skins = json["skins"]?.array?.compactMap(\.string),
            let hair = json["hair"]?.object, let headroom = json["headroom"]?.object
        else {
            throw AvatariumError(
                .avatarModelInvalid, "palette.json beside the bundled avatars is damaged; reinstall them")
        }
        self.skins = skins
        self.hair = Dictionary(
            uniqueKeysWithValues: hair.keys.compactMap { key in hair[key]?.string.map { (key, $0) } })
        self.headroom = Dictionary(
            uniqueKeysWithValues: headroom.keys.compactMap { key in headroom[key]?.float.map { (key, $0) } })
    }

    /// The base colour of a material whose texture shows `colour` where it is plain.
    /// - Parameter colour: `#rrggbb`, sRGB.
    /// - Parameter kind: `skin`, `hair`, `brows` or `clothes`.
    func factor(_ colour: String, _ kind: String, field: String) throws -> [Float] {
        let digits = Array(colour.utf8.dropFirst())
        guard colour.utf8.first == UInt8(ascii: "#"), digits.count == 6,
            let value = UInt32(colour.dropFirst(), radix: 16)
        else {
            throw AvatarRecipe.refused(
                field, "\(field) '\(colour.quotedForMessage())' is not a colour; write it as #rrggbb")
        }
        let room = headroom[kind] ?? 1
        return [16, 8, 0].map { min(SRGB.decoded(Float(value >> $0 & 255) / 255) / room, 1) } + [1]
    }
}
