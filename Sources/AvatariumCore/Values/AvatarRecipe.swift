/// What an avatar of one's own is made of: a person of the bundled family, and what is to be different. Encoded with the
/// names of the HTTP service: `hair_colour`.
public struct AvatarRecipe: Encodable, Sendable, Equatable {
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

    private enum CodingKeys: String, CodingKey {
        case like, skin, hair, eyes, glasses, name
        case hairColour = "hair_colour"
        case clothesColour = "clothes_colour"
    }
}
