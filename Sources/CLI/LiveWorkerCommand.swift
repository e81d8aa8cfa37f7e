#if Service
import ArgumentParser
import RenderChild

/// The child of `avatarium serve` that draws for one viewer; not for people.
struct LiveWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "live-worker",
        abstract: "Internal: draws the faces that `avatarium serve` sends on standard input.",
        shouldDisplay: false)

    mutating func run() async throws { try await LiveChild.run() }
}
#endif
