import AvatariumCore
import Foundation
import GLTF
import Rendering
import Speech
import TimingFormats

/// Bounds on what a request may bring along, beside those of models (`LoadLimits`) and of drawing (`RenderLimits`).
package enum InputLimits {
    /// Bytes of a text.
    package static let textBytes = SpeechRequest.maximumBytes
    /// Bytes of a timing file.
    package static let timingsBytes = TimingFile.maximumSize
    /// Bytes of a performance track.
    package static let performanceBytes = 64 << 20

    /// Every limit in words, for the help of commands.
    package static var summary: String {
        """
        A text may have at most \(textBytes >> 20) MiB, timings \(timingsBytes >> 20) MiB, a performance track \
        \(performanceBytes >> 20) MiB, a clip \(Int(Clip.maximumDurationSeconds / 3600)) hours, and a picture \
        \(ImageSize.range.lowerBound) to \(ImageSize.range.upperBound) pixels in each dimension. \(RenderLimits().summary) \
        \(LoadLimits().summary)
        """
    }
}

/// Small files that are read whole: a text, timings, a mapping, a batch.
package enum InputFile {
    /// Reads a file. Pipes that the program was given (`/dev/stdin`, a shell's `<(...)`) are read to their end.
    /// - Parameters:
    ///   - what: What the file should be, for messages.
    ///   - field: The field or option that names it.
    ///   - code: The error's code where it cannot be read.
    ///   - limit: Bytes.
    /// - Throws: `code` with the system's reason where it cannot be read, E093 where it is larger than the limit.
    package static func read(
        _ path: String, _ what: String, field: String, code: ErrorCode = .validationError, limit: Int
    ) throws -> Data {
        do throws(RegularFile.Failure) {
            return Data(try RegularFile.read(path, limit: limit, takesGivenPipes: true))
        } catch {
            throw refusal(path, what, field, code, error)
        }
    }

    /// Checks that a file can be opened.
    /// - Throws: As `read` does.
    package static func require(_ path: String, _ what: String, field: String, code: ErrorCode) throws {
        do throws(RegularFile.Failure) {
            _ = try RegularFile(path, takesGivenPipes: true)
        } catch {
            throw refusal(path, what, field, code, error)
        }
    }

    private static func refusal(
        _ path: String, _ what: String, _ field: String, _ code: ErrorCode, _ failure: RegularFile.Failure
    ) -> AvatariumError {
        var code = code
        let fact: String
        switch failure {
        case .kind("a pipe"): fact = "\(failure); give a file, or the pipe as /dev/stdin"
        case .larger:
            fact = "\(failure); split it"
            code = .validationError
        default: fact = "\(failure); \(failure.remedy)"
        }
        return AvatariumError(
            code, "the \(what) '\(path.quotedForMessage(limit: 200))' \(fact)",
            context: ["field": field, "path": path], systemError: failure.systemError)
    }
}
