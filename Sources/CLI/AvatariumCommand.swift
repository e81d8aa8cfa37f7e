import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation

#if Service
import RenderChild
#endif

@main
struct AvatariumCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "avatarium",
        abstract: "Renders videos of a 3D avatar that speaks, without a display, browser or GPU.",
        discussion: """
            EXAMPLES
              avatarium render "Hello, world." -o hello.mp4
              avatarium render --audio talk.wav --timings talk.TextGrid -o talk.mp4
              avatarium still --avatar ada --viseme PP -o pp.png
              avatarium inspect me.vrm
              avatarium serve
              avatarium doctor

            Default options are read from ~/.config/avatarium/defaults.json, or from the
            file named by AVATARIUM_DEFAULTS: {"render": {"size": "1920x1080"}}.

            Exit status: 0 success, 64 usage, 65 bad data, 66 missing input, 69 service or
            host requirement unavailable, 70 internal error, 73 cannot write, 75 try again
            later, 77 permission, 129, 130 or 143 interrupted.
            """,
        version: "0.1.0",
        subcommands: [
            RenderCommand.self, BatchCommand.self, StillCommand.self, CurvesCommand.self, InspectCommand.self,
            GoldenCommand.self, DoctorCommand.self, VoicesCommand.self, AvatarsCommand.self,
            AvatarCommand.self,
        ] + service)

    #if Service
    private static var service: [any ParsableCommand.Type] {
        [
            ServeCommand.self, AccountCommand.self, KeyCommand.self, PlanCommand.self,
            MasterKeyCommand.self,
            RenderWorkerCommand.self,
            LiveWorkerCommand.self,
        ]
    }
    /// The protections that confine this process, where it is a render child; fixed before any thread starts.
    nonisolated(unsafe) private(set) static var protections: [String] = []
    #else
    private static var service: [any ParsableCommand.Type] { [] }
    #endif

    /// Starts without a task, since the first one already needs a thread: confinement binds the threads that come
    /// after it, and little address space is to be said before a thread cannot be made.
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        StandardStreams.open()
        do {
            #if Service
            let children = [RenderWorkerCommand.configuration, LiveWorkerCommand.configuration]
            let isChild = children.contains { $0.commandName == arguments.first }
            if isChild { protections = try RenderChild.confine() }
            if arguments.first == ServeCommand.configuration.commandName { PromptScheduling.begin() }
            #else
            let isChild = false
            #endif
            try AddressSpace.check(
                for: arguments.first, json: arguments.contains("--json"),
                isSupervised: isChild || BatchSupervisor.isWorker)
            atexit { Interruption.makeThreadsEndPromptly() }
        } catch {
            Failure.exit(error, command: Self.self, json: arguments.contains("--json"))
        }
        // Not of higher priority, as a task of the main thread would be: for root libdispatch would then put the program
        // before all others of the machine, and for others it would tell the system's log that it may not.
        Task(priority: .medium) {
            await run(arguments)
            Foundation.exit(0)
        }
        dispatchMain()
    }

    private static func run(_ arguments: [String]) async {
        // The service ends gracefully by itself; cancelling it would cut off what is under way.
        let handlesSignals = arguments.first == "serve"
        await Interruption.watch(ignoring: handlesSignals ? [SIGINT, SIGTERM] : []) {
            var json = arguments.contains("--json")
            do {
                var command = try parse(arguments, json: &json)
                if var asynchronous = command as? any AsyncParsableCommand {
                    try await asynchronous.run()
                } else {
                    try command.run()
                }
            } catch {
                Failure.exit(error, command: Self.self, json: json)
            }
        }
    }

    /// Parses the arguments, with the user's default options of the command before them.
    private static func parse(_ given: [String], json: inout Bool) throws -> any ParsableCommand {
        // What people try first.
        let arguments =
            [["version"], ["-v"], ["-V"]].contains(given) ? ["--version"] : AvatarCommand.completed(given)
        try checkCommand(arguments[...])
        let defaults = try DefaultOptions.read(commands: commandsWithDefaults)
        let all = defaults?.applied(to: arguments) ?? arguments
        json = all.contains("--json")
        do {
            return try parseAsRoot(all)
        } catch {
            guard let defaults, all != arguments, (try? parseAsRoot(arguments)) != nil else { throw error }
            throw AvatariumError(
                .invalidConfig,
                "the default options of \(arguments[0]) are wrong: \(message(for: error)); correct the file, or set "
                    + "\(DefaultOptions.variable) to an empty value", context: ["path": defaults.path])
        }
    }

    private static var commandsWithDefaults: [String] {
        // `serve` has its own file, and golden pictures are to be the same for everybody.
        commandNames.filter { !["serve", "golden"].contains($0) }
    }

    private static var commandNames: [String] {
        configuration.subcommands.map { $0.configuration }.filter { $0.shouldDisplay }
            .compactMap { $0.commandName }
    }

    /// Refuses a command that does not exist, with the nearest one; the parser would complain about its options.
    /// - Parameters:
    ///   - parent: Whose commands they are.
    ///   - path: The names before them, each with a space after it.
    /// - Throws: E071; E081 for one that this program was built without.
    private static func checkCommand(
        _ arguments: ArraySlice<String>, in parent: CommandConfiguration = configuration, path: String = ""
    ) throws {
        guard let name = arguments.first, !name.hasPrefix("-"), name != "help" else { return }
        let named = parent.subcommands.first {
            $0._commandName == name || $0.configuration.aliases.contains(name)
        }
        if let part = named?.configuration {
            guard !part.subcommands.isEmpty else { return }
            return try checkCommand(arguments.dropFirst(), in: part, path: "\(path)\(name) ")
        }
        guard path + name != "serve" else {
            throw AvatariumError(
                .hostRequirementMissing,
                "this program was built without the HTTP service; build it with the trait Service, which is on by default"
            )
        }
        let names = parent.subcommands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
        let near = NearMatches.of(name.lowercased(), in: names + ["help"]).first
        throw AvatariumError(
            .invalidConfig,
            "there is no command '\(path)\(name.quotedForMessage())'; "
                + (near.map { "did you mean '\(path)\($0)'? " } ?? "")
                + (name.contains(" ")
                    ? "to have a text spoken, use `avatarium render TEXT -o hello.mp4`; " : "")
                + "\(path.isEmpty ? "the commands" : "those of \(path.dropLast())") are \(names.joined(separator: ", "))",
            context: ["command": path + name.quotedForMessage()])
    }
}
