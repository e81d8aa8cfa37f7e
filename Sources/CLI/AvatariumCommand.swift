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
            GoldenCommand.self, DoctorCommand.self, VoicesCommand.self, AvatarsCommand.self,
        ])

    /// Starts without a task, since the first one already needs a thread.
    static func main() {
        do {
            try AddressSpace.check()
        } catch {
            Failure.exit(
                error, command: Self.self, json: CommandLine.arguments.dropFirst().contains("--json"))
        }
        Task {
            await runRoot()
            Foundation.exit(0)
        }
        dispatchMain()
    }

    private static func runRoot() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        await Interruption.watch {
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
