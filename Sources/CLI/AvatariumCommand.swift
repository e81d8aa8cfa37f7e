import ArgumentParser
import Foundation

@main
struct AvatariumCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "avatarium",
        abstract: "Renders a 3D avatar that speaks, without display, browser or GPU.",
        discussion: """
            EXAMPLES
              avatarium render "Hello, world." -o hello.mp4
              avatarium render --audio talk.wav --timings talk.TextGrid --avatar me.glb -o talk.webm \\
                --background transparent
              avatarium still --avatar ada --viseme PP -o pp.png
              avatarium inspect me.vrm
              avatarium doctor

            Exit status: 0 done, 64 options, 65 bad data, 66 missing input, 69 host lacks something,
            70 internal, 73 cannot write, 75 try again, 129, 130 or 143 interrupted.
            """,
        version: "0.1.0",
        subcommands: [
            RenderCommand.self, BatchCommand.self, StillCommand.self, CurvesCommand.self, InspectCommand.self,
            ServeCommand.self, GoldenCommand.self, DoctorCommand.self, VoicesCommand.self,
            AvatarsCommand.self,
        ])

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        // The service ends gracefully by itself; cancelling it would cut off what is under way.
        let handlesSignals = arguments.first == ServeCommand.configuration.commandName
        await Interruption.watch(ignoring: handlesSignals ? [SIGINT, SIGTERM] : []) {
            do {
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
}
