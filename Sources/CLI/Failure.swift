import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation

/// Prints an error as text or JSON on standard error, and exits with its status.
enum Failure {
    static func exit(_ error: any Error, command: any ParsableCommand.Type, json: Bool) -> Never {
        ProgressDisplay.clearBar()
        if error is CancellationError || (error is AvatariumError && Task.isCancelled) {
            StandardError.write(line: "interrupted: no unfinished file was left behind")
            Foundation.exit(Interruption.exitStatus)
        }
        if let error = error as? AvatariumError {
            report(error, json: json)
            Foundation.exit(error.exitStatus)
        }
        let code = command.exitCode(for: error)
        if code == .success || error is ExitCode { command.exit(withError: error) }
        if code == .validationFailure, json {
            let message = OptionHint.applied(to: command.message(for: error), in: command)
                .split(separator: "\n").joined(separator: " ")
            report(AvatariumError(.invalidConfig, message), json: true)
            Foundation.exit(code.rawValue)
        }
        if code == .validationFailure {
            StandardError.write(
                line: usage(OptionHint.applied(to: command.fullMessage(for: error), in: command)))
            Foundation.exit(code.rawValue)
        }
        report(
            AvatariumError(.internalError, "\(error); please report this as a bug", cause: error), json: json)
        Foundation.exit(ErrorCode.internalError.exitStatus)
    }

    /// Returns the parser's message with the code that it has in JSON, and what is meant where a text was given.
    private static func usage(_ message: String) -> String {
        let prefix = "Error: "
        guard message.hasPrefix(prefix) else { return message }
        var lines = message.dropFirst(prefix.count).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        if lines[0].hasPrefix("Unexpected argument") {
            lines[0] += "; put a text of several words in quotes"
        }
        return "avatarium: \(ErrorCode.invalidConfig.code) \(ErrorCode.invalidConfig.name): "
            + lines.joined(separator: "\n")
    }

    private static func report(_ error: AvatariumError, json: Bool) {
        guard json else { return StandardError.write(line: "avatarium: \(error)") }
        StandardError.raw(jsonLine(for: error))
    }

    private static func jsonLine(for error: AvatariumError) -> String {
        ((try? TerminalText.json(error)) ?? TerminalText.safe("\(error)")) + "\n"
    }

    /// What is printed of an error.
    static func line(for error: AvatariumError, json: Bool) -> String {
        json ? jsonLine(for: error) : "avatarium: \(error)\n"
    }
}

extension AvatariumError {
    /// The exit status (sysexits.h): the code's own, but 66 for an input that cannot be opened, and 73 for an output
    /// that cannot be created although its folder is there.
    var exitStatus: Int32 {
        if code == .outputNotWritable {
            return [.noSuchFileOrDirectory, .notDirectory].contains(systemError) ? code.exitStatus : 73
        }
        let missing: [Errno] = [.noSuchFileOrDirectory, .notDirectory, .permissionDenied, .isDirectory]
        return systemError.map(missing.contains) == true ? 66 : code.exitStatus
    }
}
