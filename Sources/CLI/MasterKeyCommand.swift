#if Service
import ArgumentParser
import Avatarium
import AvatariumCore
import AvatariumService
import Foundation

struct MasterKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "master-key",
        abstract: "Replaces the key that seals the service's stored secrets.",
        discussion: """
            Works directly on the server's database. Stop every server first: each knows one master key only.

            EXAMPLES
              avatarium master-key rotate
              avatarium master-key rotate --new-master-key-file new.key \\
                --database postgres://avatarium@db/avatarium
            """,
        subcommands: [Rotate.self])

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seals every stored secret with a new master key.",
            discussion: """
                Without --new-master-key-file, a new key is made in the data folder, where the current one is kept there.
                An interrupted rotation is continued by the same command; until then no server starts.

                Access tokens, cursors and signed URLs become invalid; keys, passwords and refresh tokens stay valid.
                """)

        @Option(
            help: ArgumentHelp(
                "File that holds the current master key (default: AVATARIUM_MASTER_KEY, or the one in the data folder).",
                valueName: "file"))
        var masterKeyFile: String?
        @Option(help: ArgumentHelp("File that holds the new master key.", valueName: "file"))
        var newMasterKeyFile: String?
        @OptionGroup var options: AdministrationOptions

        mutating func run() async throws {
            let next = try newMasterKeyFile.map {
                try ServiceConfiguration.masterKey(file: $0, field: "new-master-key-file")
            }
            try await options.run([.masterKeyFile: masterKeyFile]) { try await $0.rotateMasterKey(to: next) }
            try options.show(
                ["rotated": true],
                [
                    "rotated; "
                        + (next == nil
                            ? "the data folder has the new key" : "start the servers with the new key")
                ])
        }
    }
}
#endif
