#if Service
import ArgumentParser
import AvatariumCore
import AvatariumService
import Foundation

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Creates, lists and revokes API keys of accounts.",
        discussion: """
            A key is shown only once, when it is created.

            EXAMPLES
              avatarium key create acme --name website --scopes renders,avatars
              avatarium key create acme --name trial --test --expires 2027-01-31T00:00:00Z
              avatarium key list acme --json
              avatarium key revoke acme key_01JD...
            """,
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Creates a key and shows it, once.")

        @Argument(help: "The account's slug.") var account: String
        @Option(help: "A name that identifies the key.") var name = "key"
        @Option(
            help: ArgumentHelp(
                "The scopes of the key: \(Administration.scopes.joined(separator: ", ")).", valueName: "a,b"))
        var scopes = "renders,avatars,conversations"
        @Flag(help: "A test key: clips are marked drafts and free of charge.") var test = false
        @Option(
            help: ArgumentHelp("When the key expires (default: never).", valueName: "2027-01-31T00:00:00Z"))
        var expires: String?
        @OptionGroup var options: AdministrationOptions

        mutating func run() async throws {
            var end: Date?
            if let expires {
                guard let date = try? Date(expires, strategy: .iso8601) else {
                    throw AvatariumError(
                        .invalidConfig,
                        "'\(expires.quotedForMessage())' is not a time; write it as 2027-01-31T00:00:00Z",
                        context: ["field": "expires"])
                }
                end = date
            }
            let scopes = scopes.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            let (account, name, test, ends) = (account, name, test, end)
            let made = try await options.run {
                try await $0.createKey(of: account, name: name, scopes: scopes, isTest: test, expiresAt: ends)
            }
            try options.show(made, [made.key ?? ""])
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists an account's keys, newest first.")

        @Argument(help: "The account's slug.") var account: String
        @OptionGroup var options: AdministrationOptions

        mutating func run() async throws {
            let account = account
            let keys = try await options.run { try await $0.keys(of: account) }
            try options.show(
                keys,
                keys.map { key in
                    [
                        key.id, "\(key.prefix)...\(key.last4)", key.scopes.joined(separator: ","),
                        key.revokedAt.map { "revoked \($0)" } ?? key.expiresAt.map { "until \($0)" }
                            ?? "valid",
                        key.lastUsedAt.map { "used \($0)" } ?? "unused", key.name,
                    ].joined(separator: "\t")
                })
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revokes a key permanently.")

        @Argument(help: "The account's slug.") var account: String
        @Argument(help: "The key's ID, as shown by 'key list'.") var key: String
        @OptionGroup var options: AdministrationOptions

        mutating func run() async throws {
            let (account, key) = (account, key)
            try await options.run { try await $0.revokeKey(key, of: account) }
            try options.show(["id": key], ["revoked \(key)"])
        }
    }
}
#endif
