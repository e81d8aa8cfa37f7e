import ArgumentParser
import Avatarium
import Foundation

/// How a command ends badly: words or one line of JSON on standard error, and the contract's exit status.
enum Failure {
    static func exit(_ error: any Error, command: any ParsableCommand.Type, json: Bool) -> Never {
        if error is CancellationError || (error is AvatariumError && Task.isCancelled) {
            StandardError.write("interrupted: no unfinished file was left behind\n")
            Foundation.exit(Interruption.exitStatus)
        }
        if let error = error as? AvatariumError {
            report(error, json: json)
            Foundation.exit(error.exitStatus)
        }
        let code = command.exitCode(for: error)
        if code == .success || error is ExitCode { command.exit(withError: error) }
        if code == .validationFailure, json {
            report(AvatariumError(.invalidConfig, command.message(for: error)), json: true)
            Foundation.exit(code.rawValue)
        }
        if code == .validationFailure { command.exit(withError: error) }
        report(
            AvatariumError(.internalError, "\(error); please report this as a bug", cause: error), json: json)
        Foundation.exit(ErrorCode.internalError.exitStatus)
    }

    private static func report(_ error: AvatariumError, json: Bool) {
        let line: String
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            line = (try? encoder.encode(error)).map { String(decoding: $0, as: UTF8.self) } ?? "\(error)"
        } else {
            line = "avatarium: \(error)"
        }
        StandardError.write(line + "\n")
    }
}

extension AvatariumError {
    /// sysexits: the code's own, which for E025 means that the output's folder is missing; 73 where the output
    /// cannot be created for another reason.
    var exitStatus: Int32 {
        guard code == .outputNotWritable else { return code.exitStatus }
        return [.noSuchFileOrDirectory, .notDirectory].contains(systemError) ? code.exitStatus : 73
    }
}
