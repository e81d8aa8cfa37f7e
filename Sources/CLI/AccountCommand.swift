#if Service
import ArgumentParser
import AvatariumService

struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Creates, lists and closes accounts of the service.",
        discussion: """
            Works directly on the server's database: with SQLite only while no server runs, with PostgreSQL at any time.

            EXAMPLES
              avatarium account create acme --plan paid
              echo "correct horse battery" | avatarium account create acme \\
                --email ada@acme.example
              avatarium account list --json
              avatarium account show acme
              echo "a new sentence" | avatarium account password ada@acme.example
              avatarium account close acme --database postgres://avatarium@db/avatarium
            """,
        subcommands: [Create.self, List.self, Show.self, Password.self, Close.self])

    private static func line(_ account: Administration.AccountRecord) -> String {
        [account.slug, account.plan, account.state, account.createdAt, account.name ?? ""].joined(
            separator: "\t")
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Creates an account.")

        @Argument(help: "The account's slug: 3 to 50 characters from a-z, 0-9 and hyphen.") var slug: String
        @Option(help: "The display name.") var name: String?
        @Option(help: "The account's plan.") var plan = "free"
        @Option(help: "E-mail address of a person who can log in; the password is read from standard input.")
        var email: String?
        @OptionGroup var options: AdministrationOptions

        mutating func run() async throws {
            let password = try email.map { _ in try AdministrationOptions.secret("password") }
            let (slug, name, plan, email) = (slug, name, plan, email)
            let made = try await options.run(makesFolder: true) {
                try await $0.createAccount(
                    slug: slug, name: name, plan: plan, email: email, password: password)
            }
            try options.show(
                made,
                ["created \(made.slug) (\(made.plan)); to create a key: avatarium key create \(made.slug)"])
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists accounts, newest first.")

        @Option(help: "Maximum number of accounts to list.") var limit = 1000
        @OptionGroup var options: AdministrationOptions

        mutating func run() async throws {
            let limit = max(1, limit)
            let accounts = try await options.run { try await $0.accounts(limit: limit) }
            try options.show(accounts, accounts.map(AccountCommand.line))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows an account and its usage.")

        @Argument(help: "The account's slug.") var slug: String
        @OptionGroup var options: AdministrationOptions

        mutating func run() async throws {
            let slug = slug
            let usage = try await options.run { try await $0.usage(of: slug) }
            let limit = usage.messageLimit.map { " of \($0)" } ?? ""
            try options.show(
                usage,
                [
                    AccountCommand.line(usage.account),
                    "\(usage.month): \(usage.messages)\(limit) messages, \(usage.renders) clips of \(usage.seconds) s; "
                        + "\(usage.avatars) of \(usage.avatarLimit) avatars",
                ])
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Changes a person's password, read from standard input, and ends all their logins.")

        @Argument(help: "The person's e-mail address.") var email: String
        @OptionGroup var options: AdministrationOptions

        mutating func run() async throws {
            let (email, password) = (email, try AdministrationOptions.secret("password"))
            try await options.run { try await $0.setPassword(password, of: email) }
            try options.show(["email": email], ["changed the password of \(email)"])
        }
    }

    struct Close: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Closes an account: its keys and logins end at once, and the servers then delete its data.")

        @Argument(help: "The account's slug.") var slug: String
        @OptionGroup var options: AdministrationOptions

        mutating func run() async throws {
            let slug = slug
            try await options.run { try await $0.closeAccount(slug) }
            try options.show(["slug": slug], ["closed \(slug)"])
        }
    }
}
#endif
