import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation
import RenderChild

@main
struct AvatariumCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "avatarium",
        abstract: "Renders a 3D avatar that speaks, without display, browser or GPU.",
        discussion: """
            EXAMPLES
              avatarium render "Hello, world." -o hello.mp4
              avatarium render --audio talk.wav --timings talk.TextGrid -o talk.mp4
              avatarium still --avatar ada --viseme PP -o pp.png
              avatarium inspect me.vrm
              avatarium serve
              avatarium doctor

            Exit status: 0 done, 64 options, 65 bad data, 66 missing input, 69 host lacks
            something, 70 internal, 73 cannot write, 75 try again, 129, 130 or 143
            interrupted.
            """,
        version: "0.1.0",
        subcommands: [
            RenderCommand.self, BatchCommand.self, StillCommand.self, CurvesCommand.self, InspectCommand.self,
            ServeCommand.self, GoldenCommand.self, DoctorCommand.self, VoicesCommand.self,
            AvatarsCommand.self,
            RenderWorkerCommand.self, LiveWorkerCommand.self,
        ])

    /// The protections that confine this process, where it is a render child; fixed before any thread starts.
    nonisolated(unsafe) private(set) static var protections: [String] = []

    /// Starts without a task, since the first one already needs a thread: confinement binds the threads that come
    /// after it, and little address space is to be said before a thread cannot be made.
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            let children = [RenderWorkerCommand.configuration, LiveWorkerCommand.configuration]
            if children.contains(where: { $0.commandName == arguments.first }) {
                protections = try RenderChild.confine()
            }
            try AddressSpace.check()
        } catch {
            Failure.exit(error, command: Self.self, json: arguments.contains("--json"))
        }
        Task {
            await run(arguments)
            Foundation.exit(0)
        }
        dispatchMain()
    }

    private static func run(_ arguments: [String]) async {
        // The service ends gracefully by itself; cancelling it would cut off what is under way.
        let handlesSignals = arguments.first == ServeCommand.configuration.commandName
        await Interruption.watch(ignoring: handlesSignals ? [SIGINT, SIGTERM] : []) {
            do {
                try checkCommand(arguments)
                var command = try parseAsRoot(arguments)
                if var asynchronous = command as? any AsyncParsableCommand {
                    try await asynchronous.run()
                } else {
                    try command.run()
                }
            } catch {
                Failure.exit(error, command: Self.self, json: arguments.contains("--json"))
            }
        }
    }

    /// Refuses a command that does not exist, with the nearest one; the parser would complain about its options.
    /// - Throws: E071.
    private static func checkCommand(_ arguments: [String]) throws {
        guard let name = arguments.first, !name.hasPrefix("-"), name != "help" else { return }
        let all = configuration.subcommands.map { $0.configuration }
        let commands = all.filter(\.shouldDisplay).compactMap(\.commandName)
        guard !all.contains(where: { $0.commandName == name }) else { return }
        let near =
            NearMatches.of(name.lowercased(), in: commands).first.map { "did you mean '\($0)'? " } ?? ""
        throw AvatariumError(
            .invalidConfig,
            "there is no command '\(name.quotedForMessage())'; \(near)the commands are "
                + commands.joined(separator: ", "),
            context: ["command": name.quotedForMessage()])
    }
}
