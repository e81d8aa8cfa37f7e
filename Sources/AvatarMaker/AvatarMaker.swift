import AvatariumCore

/// Makes avatars of one's own out of the bundled family: a person's face, with the hair, the colours and the glasses of others.
/// The same recipe gives the same bytes.
public struct AvatarMaker: Sendable {
    private let family: Family

    public init(_ family: Family) { self.family = family }

    /// The avatar as GLB, which is VRM 1.0 as well: it may be called `.glb` or `.vrm`.
    /// - Throws: E071 with the recipe's field where a value is not known.
    public func make(_ given: AvatarRecipe) throws -> [UInt8] {
        let recipe = given.inNamesOfTheFamily
        let base = try family.file(recipe.like)
        guard let person = family.people.first(where: { $0.name == recipe.like }) else {
            return base.encoded()
        }
        var assembler = AvatarAssembler(base: base)
        var facts = person
        if let skin = recipe.skin {
            guard (1...family.palette.skins.count).contains(skin) else {
                throw AvatarRecipe.refused(
                    "skin",
                    "skin must be 1 (lightest) to \(family.palette.skins.count) (darkest); it is \(skin)"
                )
            }
            let tone = try family.palette.factor(
                family.palette.skins[skin - 1], "skin", field: "skin")
            // The hands' material is the body's.
            for material in ["Wolf3D_Skin", "Wolf3D_Body"] { assembler.tint(material, tone) }
            facts = facts.with(skin: skin)
        }
        if let hair = recipe.hair, hair != person.hair {
            assembler.adopt("Wolf3D_Hair", from: try family.donor("hair", hair, of: \.hair))
            facts = facts.with(hair: hair)
            // The ears are under the cloth; their rings would come through it.
            if hair == "scarf" { assembler.remove("Earrings") }
        }
        // Somebody else's hair takes the colour of the person's own; cloth keeps its own.
        let isCloth = facts.hair == "scarf"
        if let colour = recipe.hairColour
            ?? (facts.hair == person.hair || isCloth ? nil : person.ownHairColour)
        {
            try tint(&assembler, hair: colour, browsToo: recipe.hairColour != nil && !isCloth)
            facts = facts.with(hairColour: colour)
        }
        if let eyes = recipe.eyes, eyes != person.eyes {
            assembler.adoptImage("eye", from: try family.donor("eyes", eyes, of: \.eyes))
            facts = facts.with(eyes: eyes)
        }
        if let glasses = recipe.glasses, glasses != person.glasses {
            if glasses == "none" {
                assembler.remove("Wolf3D_Glasses")
            } else {
                assembler.adopt("Wolf3D_Glasses", from: try family.donor("glasses", glasses, of: \.glasses))
            }
            facts = facts.with(glasses: glasses == "none" ? "" : glasses)
        }
        if let colour = recipe.clothesColour {
            assembler.tint(
                "Wolf3D_Outfit_Top", try family.palette.factor(colour, "clothes", field: "clothesColour"))
        }
        return assembler.assembled(asset: asset(of: base, facts, recipe)).named(recipe.name).encoded()
    }

    private func tint(_ assembler: inout AvatarAssembler, hair name: String, browsToo: Bool) throws {
        let palette = family.palette
        guard let colour = palette.hair[name] ?? (name.hasPrefix("#") ? name : nil) else {
            throw AvatarRecipe.refused(
                "hairColour",
                "hairColour '\(name.quotedForMessage())' is not known; "
                    + AvatarRecipe.choice(
                        of: palette.hair.keys.filter { $0 != "scarf" }.sorted(), near: name)
                    + ", or write #rrggbb")
        }
        assembler.tint("Wolf3D_Hair", try palette.factor(colour, "hair", field: "hairColour"))
        guard browsToo else { return }
        for material in ["Brows", "Beard"] {
            assembler.tint(material, try palette.factor(colour, "brows", field: "hairColour"))
        }
    }

    private func asset(of base: GLBFile, _ person: Person, _ recipe: AvatarRecipe) -> JSON {
        let asset = base.json["asset"]?.object ?? JSONObject()
        return .object(
            asset.replacing([
                "generator": .string("avatarium avatar make"),
                "extras": .members(["person": person.json, "like": .string(recipe.like)]),
            ]))
    }
}

extension Person {
    /// What grows under a headscarf is dark, as the brows are.
    fileprivate var ownHairColour: String { hair == "scarf" ? "dark" : hairColour }

    fileprivate func with(
        skin: Int? = nil, hair: String? = nil, hairColour: String? = nil, eyes: String? = nil,
        glasses: String? = nil
    ) -> Person {
        Person(
            name: name, note: note, skin: skin ?? self.skin, hair: hair ?? self.hair,
            hairColour: hairColour ?? self.hairColour, eyes: eyes ?? self.eyes, clothes: clothes,
            glasses: glasses ?? self.glasses, licence: licence)
    }

    fileprivate var json: JSON {
        .members([
            "note": .string(note), "skin": .integer(skin), "hair": .string(hair),
            "hairColour": .string(hairColour),
            "eyes": .string(eyes), "clothes": .string(clothes), "glasses": .string(glasses),
        ])
    }
}

extension GLBFile {
    /// Returns the avatar with another name in VRM's meta.
    fileprivate func named(_ name: String?) -> GLBFile {
        guard let name, let extensions = json["extensions"]?.object, let vrm = extensions["VRMC_vrm"]?.object,
            let meta = vrm["meta"]?.object
        else { return self }
        let renamed = vrm.replacing(["meta": .object(meta.replacing(["name": .string(name)]))])
        return GLBFile(
            json: json.replacing(["extensions": .object(extensions.replacing(["VRMC_vrm": .object(renamed)]))]
            ), binary: binary)
    }
}
