#if Service
import ArgumentParser
import Avatarium
import AvatariumCore
import AvatariumService
import Foundation

/// Which database an operator's command works on.
struct AdministrationOptions: ParsableArguments {
    @Option(help: ArgumentHelp(ServiceSetting.data.help, valueName: "folder"))
    var data: String?

    @Option(help: ArgumentHelp(ServiceSetting.database.help, valueName: "url"))
    var database: String?

    @Option(help: ArgumentHelp(ServiceSetting.plans.help, valueName: "file"))
    var plans: String?

    @Option(help: ArgumentHelp("JSON file of the server's settings.", valueName: "file"))
    var config: String?

    @Flag(help: "Print JSON.")
    var json = false

    /// Opens the database, works on it, and closes it.
    /// - Parameters:
    ///   - more: Further settings.
    ///   - makesFolder: Whether the data folder is made where it is missing; else that is an error, since a misspelt folder
    ///     would look like a server without accounts.
    /// - Throws: E071 for settings that are wrong, or a folder that is missing; what the work throws.
    func run<Value: Sendable>(
        _ more: [ServiceSetting: String?] = [:], makesFolder: Bool = false,
        _ body: @Sendable (Administration) async throws -> Value
    ) async throws -> Value {
        var flags: [String: String] = [:]
        let named = [ServiceSetting.data: data, .database: database, .plans: plans].merging(more) { $1 }
        for (setting, text) in named { flags[setting.rawValue] = text }
        let configuration = try await ServiceConfiguration.read(
            flags: flags, file: config ?? ProcessInfo.processInfo.environment["AVATARIUM_CONFIG"],
            needsMasterKey: false)
        let folder = configuration.dataFolder
        guard makesFolder || configuration.database != nil || FileManager.default.fileExists(atPath: folder)
        else {
            throw AvatariumError(
                .invalidConfig,
                "there is no data folder '\(folder.quotedForMessage(limit: 200))'; give the server's folder with --data, or "
                    + "its database with --database",
                context: ["field": "data", "path": folder], systemError: .noSuchFileOrDirectory)
        }
        let administration = try await Administration(configuration)
        do {
            let value = try await body(administration)
            await administration.close()
            return value
        } catch {
            await administration.close()
            throw error
        }
    }

    /// Writes a value as JSON, or as lines.
    func show(_ value: some Encodable, _ lines: @autoclosure () -> [String]) throws {
        if json { return try CommonOptions.printJSON(value) }
        for line in lines() { try StandardOutput.write(line: line) }
    }

    /// Reads a secret from standard input: the command line is seen by every user of a host.
    static func secret(_ what: String) throws -> String {
        if isatty(STDIN_FILENO) == 1 { StandardError.write(line: "type the \(what), then press Return:") }
        guard let line = readLine(), !line.isEmpty else {
            throw AvatariumError(
                .missingRequiredField, "the \(what) is missing; pass it on standard input",
                context: ["field": what])
        }
        return line
    }
}
#endif
