import ArgumentParser
import Avatarium
import AvatarMaker

struct AvatarsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "avatars",
        abstract: "Lists the available avatars.",
        discussion: """
            EXAMPLES
              avatarium avatars
              avatarium avatars --models ~/avatars --json
            """,
        aliases: ["list"])

    @OptionGroup var common: CommonOptions

    private struct Item: Encodable {
        var name: String
        var path: String
        var note: String?
        var licence: String?
    }

    mutating func run() async throws {
        let items = common.catalog.avatars().map { avatar in
            let note = AvatarNote(path: avatar.path)
            return Item(name: avatar.name, path: avatar.path, note: note?.who, licence: note?.licence)
        }
        if common.json { return try CommonOptions.printJSON(items) }
        for item in items {
            try StandardOutput.write(
                line: [item.name, item.note ?? "", item.licence ?? "", item.path].joined(separator: "\t"))
        }
        if items.isEmpty {
            try StandardOutput.write(
                line: "no avatars found; folders searched: \(common.catalog.folders.joined(separator: ", "))")
        }
    }
}
