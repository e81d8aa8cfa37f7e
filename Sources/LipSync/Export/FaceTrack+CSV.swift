import AvatariumCore
import Foundation

extension FaceTrack {
    /// One row a frame: time in seconds, the 52 ARKit coefficients by name, and the head's turn in radians.
    public func csv() -> String {
        var text =
            (["time"] + ARKitShape.names + ["headPitch", "headYaw", "headRoll"]).joined(separator: ",") + "\n"
        for (index, frame) in frames.enumerated() {
            text += String(format: "%.6f", frameRate.seconds(atFrame: index))
            for value in frame.shapes { text += "," + Self.decimal(value) }
            for axis in 0..<3 { text += "," + Self.decimal(frame.headRotation[axis]) }
            text += "\n"
        }
        return text
    }

    /// Five decimals, without a minus on zero.
    static func decimal(_ value: Float) -> String {
        let units = Int((Double(value.isFinite ? value : 0) * 100_000).rounded())
        let digits = String(abs(units) % 100_000)
        let padding = String(repeating: "0", count: 5 - digits.count)
        return "\(units < 0 ? "-" : "")\(abs(units) / 100_000).\(padding)\(digits)"
    }
}
