/// The recipe of an avatar: a bundled person, and what is different. Encoded with the field names of the HTTP
/// service: `hair_colour`.
public struct AvatarRecipe: Encodable, Sendable, Equatable {
    /// The bundled person whose face is used, such as `ada`.
    public var like: String
    /// The skin tone, 1 (lightest) to 10 (darkest).
    public var skin: Int?
    /// The hairstyle of a bundled avatar: `bob`, `curls`, `long`, ...
    public var hair: String?
    /// The hair colour: a name of the palette, such as `black`, or `#rrggbb`.
    public var hairColour: String?
    /// The eye colour of a bundled avatar: `brown`, `blue`, ...
    public var eyes: String?
    /// The glasses: `round`, `square` or `none`.
    public var glasses: String?
    /// The colour of the clothes, `#rrggbb`.
    public var clothesColour: String?
    /// The avatar's name in the file.
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

    private enum CodingKeys: String, CodingKey {
        case like, skin, hair, eyes, glasses, name
        case hairColour = "hair_colour"
        case clothesColour = "clothes_colour"
    }
}
