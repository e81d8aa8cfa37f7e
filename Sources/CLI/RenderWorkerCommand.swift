#if Service
import ArgumentParser
import Avatarium
import RenderChild

/// The render child of `avatarium serve`; not for people.
struct RenderWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render-worker",
        abstract: "Renders what `avatarium serve` orders on standard input; started by it.",
        shouldDisplay: false)

    mutating func run() async throws {
        try await RenderChild.run(protections: AvatariumCommand.protections)
    }
}
#endif
