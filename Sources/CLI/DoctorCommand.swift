import ArgumentParser
import Avatarium
import Foundation

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Checks this host; exits with 0 only if `render` would work.",
        discussion: """
            EXAMPLES
              avatarium doctor
              avatarium doctor --json
            """)

    @OptionGroup var common: CommonOptions

    mutating func run() async throws {
        let report = await HostReport.examine(catalog: common.catalog, device: common.device)
        if common.json {
            try CommonOptions.printJSON(report, pretty: true)
        } else {
            try StandardOutput.write(line: report.text)
        }
        if !report.problems.isEmpty { throw ExitCode(69) }
    }
}
