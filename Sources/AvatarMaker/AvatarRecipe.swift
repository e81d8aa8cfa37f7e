import AvatariumCore

/// What an avatar of one's own is made of: a person of the family, and what is to be different. The same names as JSON
/// (`avatarium avatar make --recipe`) and as options of the command line.
public struct AvatarRecipe: Codable, Sendable, Equatable {
    /// The bundled person whose face it is, such as `ada`.
    public var like: String
    /// 1 the lightest to 10 the darkest.
    public var skin: Int?
    /// A style that somebody of the family wears: `bob`, `curls`, `long`, ...
    public var hair: String?
    /// A name of the palette, such as `black`, or `#rrggbb`.
    public var hairColour: String?
    /// A colour that somebody of the family has: `brown`, `blue`, ...
    public var eyes: String?
    /// `round`, `square` or `none`.
    public var glasses: String?
    /// `#rrggbb`.
    public var clothesColour: String?
    /// What the file calls the avatar.
    public var name: String?

    public init(
        like: String, skin: Int? = nil, hair: String? = nil, hairColour: String? = nil, eyes: String? = nil,
        glasses: String? = nil, clothesColour: String? = nil, name: String? = nil
    ) {
        self.like = like
        self.skin = skin
        self.hair = hair
        self.hairColour = hairColour
        self.eyes = eyes
        self.glasses = glasses
        self.clothesColour = clothesColour
        self.name = name
    }

    /// Reads a recipe; a key that it does not have is an error.
    /// - Throws: E071 with the place in `context`.
    public init(json: JSON) throws {
        guard let object = json.object else { throw Self.refused("", "a recipe is a JSON object") }
        let known = ["like", "skin", "hair", "hairColour", "eyes", "glasses", "clothesColour", "name"]
        if let odd = object.keys.first(where: { !known.contains($0) }) {
            throw Self.refused(
                odd, "a recipe has no '\(odd.quotedForMessage())'; it has \(known.joined(separator: ", "))")
        }
        func text(_ key: String) throws -> String? {
            guard let value = object[key], value != .null else { return nil }
            guard let string = value.string else { throw Self.refused(key, "\(key) must be text") }
            return string
        }
        guard let like = try text("like") else {
            throw Self.refused("like", "a recipe needs 'like', the person whose face it is")
        }
        self.init(
            like: like, hair: try text("hair"), hairColour: try text("hairColour"), eyes: try text("eyes"),
            glasses: try text("glasses"), clothesColour: try text("clothesColour"), name: try text("name"))
        if let value = object["skin"], value != .null {
            guard let number = value.int else { throw Self.refused("skin", "skin must be a whole number") }
            skin = number
        }
    }

    static func refused(_ field: String, _ message: String) -> AvatariumError {
        AvatariumError(.invalidConfig, message, context: ["field": field])
    }
}
