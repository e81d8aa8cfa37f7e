#if Service
import ArgumentParser
import AvatariumService

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Lists plans and assigns accounts to them.",
        discussion: """
            EXAMPLES
              avatarium plan list
              avatarium plan list --plans plans.json --json
              avatarium plan set acme paid
            """,
        subcommands: [List.self, Set.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists what each plan allows.")

        @OptionGroup var options: AdministrationOptions

        mutating func run() async throws {
            let plans = try await options.run(makesFolder: true) { $0.planRecords() }
            try options.show(
                plans,
                plans.map { plan in
                    [
                        plan.name, plan.messages.map { "\($0) messages per month" } ?? "unlimited messages",
                        "\(plan.avatars) avatars",
                        plan.seconds.map { "\(Int($0)) s per clip" } ?? "clips of any length",
                        plan.pixels.map { "\($0) pixels" } ?? "pictures of any size",
                        "\(plan.concurrency) clip\(plan.concurrency == 1 ? "" : "s") at a time",
                    ].joined(separator: "\t")
                })
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Assigns an account to a plan, effective from its next request.")

        @Argument(help: "The account's slug.") var account: String
        @Argument(help: "The plan's name.") var plan: String
        @OptionGroup var options: AdministrationOptions

        mutating func run() async throws {
            let (account, plan) = (account, plan)
            let changed = try await options.run { try await $0.setPlan(plan, of: account) }
            try options.show(changed, ["\(changed.slug) is on \(changed.plan)"])
        }
    }
}
#endif
