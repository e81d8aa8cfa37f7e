#if Service
import ArgumentParser
import Avatarium
import RenderChild

/// The render child of `avatarium serve`; not for people.
struct RenderWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render-worker",
        abstract: "Internal: renders the jobs that `avatarium serve` sends on standard input.",
        shouldDisplay: false)

    mutating func run() async throws {
        try await RenderChild.run(protections: AvatariumCommand.protections)
    }
}
#endif
