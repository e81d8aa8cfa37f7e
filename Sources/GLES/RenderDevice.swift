import AvatariumCore
import Foundation

/// What draws.
public enum RenderDevice: String, Sendable, CaseIterable, Codable {
    /// A GPU where one answers, else the CPU.
    case auto
    /// Mesa's llvmpipe, whatever else there is.
    case cpu
    /// A GPU; where none answers, an error instead of a slower picture.
    case gpu

    /// The environment variable that chooses the device where the program does not.
    public static let variable = "AVATARIUM_DEVICE"

    /// What the environment asks for; `auto` where it says nothing.
    /// - Throws: E071 for any other word.
    public static func preferred(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> RenderDevice {
        guard let text = environment[variable], !text.isEmpty else { return .auto }
        guard let device = RenderDevice(rawValue: text.lowercased()) else {
            throw AvatariumError(
                .invalidConfig,
                "\(variable) is '\(text.quotedForMessage())'; set it to "
                    + allCases.map(\.rawValue).joined(separator: ", "),
                context: ["field": "device"])
        }
        return device
    }
}
