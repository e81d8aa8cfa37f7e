#if Service
import ArgumentParser
import AvatariumService

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Lists plans and puts accounts on them.",
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
                        plan.name, plan.messages.map { "\($0) messages a month" } ?? "messages without limit",
                        "\(plan.avatars) avatars",
                        plan.seconds.map { "\(Int($0)) s a clip" } ?? "clips of any length",
                        plan.pixels.map { "\($0) pixels" } ?? "pictures of any size",
                        "\(plan.concurrency) clip\(plan.concurrency == 1 ? "" : "s") at a time",
                    ].joined(separator: "\t")
                })
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts an account on a plan, from its next request on.")

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
