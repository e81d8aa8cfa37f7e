import ArgumentParser
import Avatarium

struct AvatarsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "avatars",
        abstract: "Lists the avatars that can be named.",
        discussion: """
            EXAMPLES
              avatarium avatars
              avatarium avatars --models ~/avatars --json
            """)

    @OptionGroup var common: CommonOptions

    private struct Item: Encodable {
        var name: String
        var path: String
    }

    mutating func run() async throws {
        let items = common.catalog.avatars().map { Item(name: $0.name, path: $0.path) }
        if common.json { return try CommonOptions.printJSON(items) }
        for item in items { try StandardOutput.write(line: "\(item.name)\t\(item.path)") }
        if items.isEmpty {
            try StandardOutput.write(
                line: "no avatars found; folders searched: \(common.catalog.folders.joined(separator: ", "))")
        }
    }
}
