import ArgumentParser
import Avatarium
import AvatariumCore

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
              avatarium doctor

            Exit status: 0 done, 64 options, 65 bad data, 66 missing input, 69 host lacks
            something, 70 internal, 73 cannot write, 75 try again, 129, 130 or 143
            interrupted.
            """,
        version: "0.1.0",
        subcommands: [
            RenderCommand.self, BatchCommand.self, StillCommand.self, CurvesCommand.self, InspectCommand.self,
            GoldenCommand.self, DoctorCommand.self, VoicesCommand.self, AvatarsCommand.self,
        ])

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        await Interruption.watch {
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
        let commands = configuration.subcommands.compactMap { $0.configuration.commandName }
        guard !commands.contains(name) else { return }
        let near =
            NearMatches.of(name.lowercased(), in: commands).first.map { "did you mean '\($0)'? " } ?? ""
        throw AvatariumError(
            .invalidConfig,
            "there is no command '\(name.quotedForMessage())'; \(near)the commands are "
                + commands.joined(separator: ", "),
            context: ["command": name.quotedForMessage()])
    }
}
