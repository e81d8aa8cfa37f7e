import AvatariumCore

extension FaceTrack {
    /// `{"frameRate", "shapeNames", "visemeNames", "frames": [{"time", "shapes", "visemes", "headRotation",
    /// "gaze", "emotions"}]}`; seconds and radians.
    public func json() -> String {
        func list(_ values: [Float]) -> String {
            "[" + values.map(Self.decimal).joined(separator: ",") + "]"
        }
        func names(_ values: [String]) -> String {
            "[" + values.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        }
        var text = "{\"frameRate\":\"\(frameRate)\",\"shapeNames\":\(names(ARKitShape.names)),"
        text += "\"visemeNames\":\(names(OculusViseme.allCases.map(\.name))),"
        text += "\"emotionNames\":\(names(Emotion.allCases.map(\.name))),\"frames\":[\n"
        for (index, frame) in frames.enumerated() {
            let head = frame.headRotation
            text += "{\"time\":\(frameRate.seconds(atFrame: index)),\"shapes\":\(list(frame.shapes)),"
            text += "\"visemes\":\(list(frame.visemes)),\"headRotation\":\(list([head.x, head.y, head.z])),"
            text += "\"gaze\":\(list([frame.gaze.x, frame.gaze.y])),\"emotions\":\(list(frame.emotions))}"
            text += index + 1 < frames.count ? ",\n" : "\n"
        }
        return text + "]}\n"
    }
}
