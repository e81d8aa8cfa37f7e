#if Service
import ArgumentParser
import RenderChild

/// The child of `avatarium serve` that draws for one viewer; not for people.
struct LiveWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "live-worker",
        abstract: "Draws the faces that `avatarium serve` sends on standard input; started by it.",
        shouldDisplay: false)

    mutating func run() async throws { try await LiveChild.run() }
}
#endif
