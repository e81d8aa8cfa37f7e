import ArgumentParser
import Avatarium
import AvatarMaker
import AvatariumCore
import Foundation

/// The family of bundled avatars, and avatars of one's own made from it.
struct AvatarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "avatar",
        abstract: "Lists avatars, shows one, or creates your own.",
        discussion: """
            EXAMPLES
              avatarium avatar list
              avatarium avatar show nia
              avatarium avatar make --like ada --skin 4 --hair curls -o me.glb
            """,
        subcommands: [AvatarsCommand.self, Show.self, Make.self], defaultSubcommand: AvatarsCommand.self)

    static func family(_ common: CommonOptions) throws -> Family {
        try Family(avatars: common.catalog.avatars())
    }

    /// What one person of the family is made of.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Shows what a bundled avatar is made of.",
            discussion: """
                EXAMPLES
                  avatarium avatar show ada
                  avatarium avatar show omar --json
                """)

        @Argument(help: "A bundled avatar's name.")
        var name: String

        @OptionGroup var common: CommonOptions

        mutating func run() async throws {
            let path = try common.catalog.path(of: name)
            guard let person = try AvatarCommand.family(common).people.first(where: { $0.name == name })
            else {
                throw AvatariumError(
                    .avatarNotFound,
                    "'\(name.quotedForMessage())' was not made by 'avatar make' and has no recipe; try 'avatarium inspect'",
                    context: ["avatar": name, "path": path])
            }
            if common.json { return try CommonOptions.printJSON(person) }
            for (key, value) in [
                ("name", person.name), ("who", person.note), ("skin", "\(person.skin)"),
                ("hair", person.hair),
                ("hair colour", person.hairColour), ("eyes", person.eyes), ("clothes", person.clothes),
                ("glasses", person.glasses.isEmpty ? "none" : person.glasses), ("licence", person.licence),
                ("file", path),
            ] { try StandardOutput.write(line: "\(key)\t\(value)") }
        }
    }

    /// An avatar of one's own.
    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "make", abstract: "Creates an avatar from parts of the bundled ones.",
            discussion: """
                The file is both glTF and VRM 1.0: name it .glb or .vrm. The same options always give the same bytes. \
                Like the bundled avatars it is CC0.

                EXAMPLES
                  avatarium avatar make --like ada --skin 4 --hair curls -o me.glb
                  avatarium avatar make --like ben --hair fringe --hair-colour '#40201a' \\
                    --eyes green --glasses round -o him.vrm
                  avatarium avatar make --recipe me.json -o me.glb
                """)

        @Option(help: ArgumentHelp("The person whose face to use.", valueName: "name"))
        var like: String?

        @Option(help: ArgumentHelp("Skin tone, 1 (lightest) to 10 (darkest).", valueName: "n"))
        var skin: Int?

        @Option(
            help: ArgumentHelp(
                "Hairstyle: bob, bun, buzz, curls, fringe, long, quiff, scarf, tousled.", valueName: "name"))
        var hair: String?

        @Option(
            help: ArgumentHelp(
                "Hair colour: auburn, black, blond, brown, dark, ginger, grey, pepper, silver or #rrggbb.",
                valueName: "colour"))
        var hairColour: String?

        @Option(
            help: ArgumentHelp("Eye colour: blue, brown, dark, green, hazel.", valueName: "colour"))
        var eyes: String?

        @Option(
            help: ArgumentHelp(
                "Glasses: round (the default if no value follows), square or none.", valueName: "name"))
        var glasses: String?

        @Option(help: ArgumentHelp("Colour of the clothes.", valueName: "#rrggbb"))
        var clothesColour: String?

        @Option(help: ArgumentHelp("The avatar's name in the file.", valueName: "name"))
        var name: String?

        @Option(
            help: ArgumentHelp(
                "A JSON file with the same options: {\"like\": \"ada\", \"skin\": 4}.", valueName: "file"))
        var recipe: String?

        @Option(
            name: .shortAndLong,
            help: ArgumentHelp("The output file: .glb, .vrm, or - for standard output.", valueName: "file"))
        var output: String

        @OptionGroup var common: CommonOptions

        mutating func run() async throws {
            try StandardOutput.refuseTerminal(output, "an avatar")
            let suffix = (output as NSString).pathExtension.lowercased()
            guard output == "-" || ["glb", "vrm"].contains(suffix) else {
                throw AvatariumError(
                    .invalidConfig,
                    "an avatar is a .glb or .vrm file; give the output one of these extensions",
                    context: ["field": "output"])
            }
            let bytes = try AvatarMaker(try AvatarCommand.family(common)).make(try wanted())
            try ResultFile.write(bytes, to: output)
            if common.json, output != "-" {
                try CommonOptions.printJSON(Result(output: output, bytes: bytes.count))
            }
        }

        private struct Result: Encodable {
            var output: String
            var bytes: Int
        }

        private func wanted() throws -> AvatarRecipe {
            var made: AvatarRecipe
            if let recipe {
                let text = try InputFile.read(
                    recipe, "recipe", field: "recipe", code: .invalidConfig, limit: 1 << 20)
                do {
                    made = try AvatarRecipe(json: try JSONParser.parse([UInt8](text)))
                } catch let error as JSONSyntaxError {
                    throw AvatariumError(
                        .invalidConfig, "the recipe is not JSON: \(error)",
                        context: ["field": "recipe", "path": recipe])
                }
            } else if let like {
                made = AvatarRecipe(like: like)
            } else {
                throw AvatariumError(
                    .invalidConfig, "no face is given; add --like ada, or a --recipe",
                    context: ["field": "like"])
            }
            if let like { made.like = like }
            made.skin = skin ?? made.skin
            made.hair = hair ?? made.hair
            made.hairColour = hairColour ?? made.hairColour
            made.eyes = eyes ?? made.eyes
            made.glasses = glasses ?? made.glasses
            made.clothesColour = clothesColour ?? made.clothesColour
            made.name = name ?? made.name
            return made
        }
    }
}

extension AvatarCommand {
    /// Arguments in which `avatar make --glasses` says which, where no value follows.
    static func completed(_ arguments: [String]) -> [String] {
        guard arguments.starts(with: ["avatar", "make"]),
            let at = arguments.firstIndex(of: "--glasses"),
            arguments.dropFirst(at + 1).first.map({ $0.hasPrefix("-") }) ?? true
        else { return arguments }
        return arguments[...at] + [AvatarRecipe.plainGlasses] + arguments[(at + 1)...]
    }
}
