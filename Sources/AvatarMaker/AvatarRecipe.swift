import AvatariumCore

extension AvatarRecipe {
    /// Reads a recipe in the names of the command line (`avatarium avatar make --recipe`); a key that it does not have is an
    /// error.
    /// - Throws: E071 with the place in `context`.
    public init(json: JSON) throws {
        guard let object = json.object else { throw Self.refused("", "a recipe is a JSON object") }
        let known = ["like", "skin", "hair", "hairColour", "eyes", "glasses", "clothesColour", "name"]
        if let odd = object.keys.first(where: { !known.contains($0) }) {
            throw Self.refused(
                odd,
                "a recipe has no field '\(odd.quotedForMessage())'; "
                    + Self.choice(of: known, near: odd, "it has"))
        }
        func text(_ key: String) throws -> String? {
            guard let value = object[key], value != .null else { return nil }
            guard let string = value.string else { throw Self.refused(key, "\(key) must be a string") }
            return string
        }
        func glasses() throws -> String? {
            if case .bool(let wanted)? = object["glasses"] { return wanted ? Self.plainGlasses : "none" }
            return try text("glasses")
        }
        guard let like = try text("like") else {
            throw Self.refused("like", "a recipe needs 'like', the person whose face it is")
        }
        self.init(
            like: like, hair: try text("hair"), hairColour: try text("hairColour"), eyes: try text("eyes"),
            glasses: try glasses(), clothesColour: try text("clothesColour"), name: try text("name"))
        if let value = object["skin"], value != .null {
            guard let number = value.int else { throw Self.refused("skin", "skin must be a whole number") }
            skin = number
        }
    }

    /// The glasses of a recipe that asks for glasses and does not say which.
    public static let plainGlasses = "round"

    /// Other spellings of values, in lower case.
    private static let otherNames = ["curly": "curls", "blonde": "blond", "gray": "grey"]

    /// The recipe with values as the family and the palette spell them.
    var inNamesOfTheFamily: AvatarRecipe {
        func known(_ name: String?) -> String? {
            name.map { Self.otherNames[$0.lowercased()] ?? $0.lowercased() }
        }
        var recipe = self
        recipe.hair = known(hair)
        recipe.hairColour = known(hairColour)
        recipe.eyes = known(eyes)
        recipe.glasses = known(glasses)
        return recipe
    }

    /// The end of a message about a name that is not known: the names like it first, then all.
    static func choice(of known: [String], near name: String, _ all: String = "there are") -> String {
        let near = NearMatches.of(name.lowercased(), in: known)
        return (near.isEmpty ? "" : "did you mean \(near.joined(separator: " or "))? ")
            + all + " " + known.joined(separator: ", ")
    }

    static func refused(_ field: String, _ message: String) -> AvatariumError {
        AvatariumError(.invalidConfig, message, context: ["field": field])
    }
}
