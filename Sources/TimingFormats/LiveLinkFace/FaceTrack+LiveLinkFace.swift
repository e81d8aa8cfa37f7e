import AvatariumCore

extension FaceTrack {
    /// The CSV of Apple's and Epic's Live Link Face: a time code, the count 61, the shapes in that app's order
    /// (right before left for jaw and mouth), then head and eyes in radians.
    ///
    /// The time code is `HH:MM:SS:FF.mmm`: frames of the clip's rounded-up rate, thousandths of a frame.
    public func liveLinkFaceCSV() -> String {
        let columns = Self.liveLinkOrder.map { name in name.prefix(1).uppercased() + name.dropFirst() }
        var out = DecimalText(reserving: frames.count * 530)
        out.add("Timecode,BlendShapeCount," + (columns + Self.liveLinkAngles).joined(separator: ",") + "\n")
        let order = Self.liveLinkOrder.compactMap { ARKitShape(name: $0) }
        for (index, frame) in frames.enumerated() {
            let head = frame.headRotation
            let eye = frame.gaze
            let angles = [head.y, head.x, head.z, eye.y, eye.x, 0, eye.y, eye.x, 0]
            out.add(timecode(ofFrame: index) + ",61,")
            out.add(order.map { frame[$0] } + angles)
            out.add("\n")
        }
        return out.text
    }

    private func timecode(ofFrame index: Int) -> String {
        let whole = (frameRate.numerator + frameRate.denominator - 1) / frameRate.denominator
        let time = frameRate.seconds(atFrame: index)
        // A frame number that rounding pushed to the next second belongs there.
        var seconds = Int(time)
        var thousandths = Int(((time - Double(seconds)) * Double(whole) * 1000).rounded())
        if thousandths >= whole * 1000 {
            seconds += 1
            thousandths = 0
        }
        return [seconds / 3600, seconds / 60 % 60, seconds % 60, thousandths / 1000]
            .map { $0.zeroPadded(2) }.joined(separator: ":") + "." + (thousandths % 1000).zeroPadded(3)
    }

    private static let liveLinkOrder: [String] =
        ["Left", "Right"].flatMap { side in
            ["eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide"].map {
                $0 + side
            }
        } + [
            "jawForward", "jawRight", "jawLeft", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker",
            "mouthRight", "mouthLeft", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft",
            "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft",
            "mouthStretchRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
            "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight",
            "mouthUpperUpLeft", "mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp",
            "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
            "noseSneerLeft", "noseSneerRight", "tongueOut",
        ]

    private static let liveLinkAngles = [
        "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll", "RightEyeYaw",
        "RightEyePitch", "RightEyeRoll",
    ]
}
