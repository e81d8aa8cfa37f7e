import ArgumentParser

@main
struct AvatariumBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "avatarium-bench",
        abstract: "Measures Avatarium Render; every number in the docs comes from here.",
        subcommands: [
            ThroughputBench.self, BatchBench.self, StartBench.self, QualityBench.self, EncodingBench.self,
            LipSyncBench.self, FidelityBench.self, DrawingFuzz.self, FileFuzz.self,
        ])
}
