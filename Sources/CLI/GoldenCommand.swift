import ArgumentParser
import Avatarium
import AvatariumCore
import GoldenImages

struct GoldenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "golden",
        abstract: "Compares rendered pictures with recorded ones.",
        discussion: """
            A case file lists pictures, what to draw, and the tolerance of each comparison (docs/GOLDEN.md). Expected \
            pictures are looked up in EXPECTED/RENDERER/NAME.png, then in EXPECTED/NAME.png.

            EXAMPLES
              avatarium golden record tests/cases.json
              avatarium golden check tests/cases.json
              avatarium golden check tests/cases.json --only smile --report out
              avatarium golden report tests/cases.json --report out/golden
              avatarium golden check tests/cases.json --junit out/golden.xml

            A case file:
              {"defaults": {"avatar": "ada", "size": "256x256", "idle": false},
               "tolerances": {"mine": {"flipMean": 0.01, "similarity": 0.99}},
               "cases": [{"name": "smile", "request": {"weights": {"mouthSmileLeft": 1}}},
                         {"name": "pp", "request": {"viseme": "PP"}, "tolerance": "mine"},
                         {"name": "hello", "times": [0.4, 1.2],
                          "clip": {"audio": "hi.wav", "timings": "hi.TextGrid"}},
                         {"name": "model", "inspect": "me.glb"}]}

            Exit status: 0 if all passed, 65 if a picture differs, is missing or was recorded.
            """,
        subcommands: [GoldenCheckCommand.self, GoldenRecordCommand.self, GoldenReportCommand.self])
}

struct GoldenCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Renders the cases and compares them; writes a report with the pictures of failures.",
        discussion: """
            EXAMPLES
              avatarium golden check tests/cases.json
              avatarium golden check tests/cases.json --expected goldens --json
            """)

    @OptionGroup var suite: GoldenOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        try await suite.run(mode: .never, keepsPassed: false, common: common)
    }
}

struct GoldenRecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Records rendered pictures as the expected ones; refused in CI, never a pass.",
        discussion: """
            Without --all, only pictures without an expected picture are recorded. Exit status 65 if any was \
            recorded: review them, then run check.

            EXAMPLES
              avatarium golden record tests/cases.json
              avatarium golden record tests/cases.json --all --only smile
              avatarium golden record tests/cases.json --for-all-renderers
            """)

    @OptionGroup var suite: GoldenOptions
    @OptionGroup var common: CommonOptions

    @Flag(help: "Also record pictures that differ from the expected ones in any way.")
    var all = false

    @Flag(help: "Record for all renderers instead of only this one.")
    var forAllRenderers = false

    mutating func run() async throws {
        let mode: RecordMode = all ? .all : .missing
        guard mode.effective() == mode else {
            throw AvatariumError(
                .invalidConfig,
                "pictures are never recorded in continuous integration (CI is set); record them on your own "
                    + "machine and review them", context: ["field": "CI"])
        }
        try await suite.run(mode: mode, keepsPassed: false, common: common, recordsForAll: forAllRenderers)
    }
}

struct GoldenReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Like check, but the report also shows the pictures that passed.",
        discussion: """
            EXAMPLES
              avatarium golden report tests/cases.json --report out/golden
            """)

    @OptionGroup var suite: GoldenOptions
    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        try await suite.run(mode: .never, keepsPassed: true, common: common)
    }
}
