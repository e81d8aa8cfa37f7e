import AvatariumCore

extension FaceTrack {
    /// One row a frame: time in seconds, the 52 ARKit coefficients by name, and the head's turn in radians.
    public func csv() -> String {
        var out = DecimalText(reserving: frames.count * 460)
        out.add((["time"] + ARKitShape.names + ["headPitch", "headYaw", "headRoll"]).joined(separator: ","))
        out.add("\n")
        for (index, frame) in frames.enumerated() {
            out.add(frameRate.seconds(atFrame: index), digits: 6)
            out.add(",")
            out.add(frame.shapes)
            for axis in 0..<3 {
                out.add(",")
                out.add(Double(frame.headRotation[axis]))
            }
            out.add("\n")
        }
        return out.text
    }
}
