import ArgumentParser
import Avatarium
import AvatariumCore
import GoldenImages

struct GoldenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "golden",
        abstract: "Compares pictures with recorded ones.",
        discussion: """
            A case file names pictures, what to draw and how close each must come (docs/GOLDEN.md). Expected \
            pictures are looked for in EXPECTED/RENDERER/NAME.png, then in EXPECTED/NAME.png.

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

            Exit status: 0 all passed, 65 something differs, is missing or was recorded.
            """,
        subcommands: [GoldenCheckCommand.self, GoldenRecordCommand.self, GoldenReportCommand.self])
}

struct GoldenCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Draws the cases and compares them; failures leave pictures and a page.",
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
        abstract: "Makes the pictures drawn now the expected ones; never in CI, never a pass.",
        discussion: """
            Without --all only pictures that are expected nowhere are recorded. Exit status 65 when any was: \
            look at them, then check.

            EXAMPLES
              avatarium golden record tests/cases.json
              avatarium golden record tests/cases.json --all --only smile
              avatarium golden record tests/cases.json --for-all-renderers
            """)

    @OptionGroup var suite: GoldenOptions
    @OptionGroup var common: CommonOptions

    @Flag(help: "Record every picture that is not exactly as expected, too.")
    var all = false

    @Flag(help: "Record for every renderer instead of this one.")
    var forAllRenderers = false

    mutating func run() async throws {
        let mode: RecordMode = all ? .all : .missing
        guard mode.effective() == mode else {
            throw AvatariumError(
                .invalidConfig,
                "pictures are never recorded in continuous integration (CI is set): record them on your own "
                    + "machine and look at them", context: ["field": "CI"])
        }
        try await suite.run(mode: mode, keepsPassed: false, common: common, recordsForAll: forAllRenderers)
    }
}

struct GoldenReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Checks, and shows the pictures that passed on the page, too.",
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
