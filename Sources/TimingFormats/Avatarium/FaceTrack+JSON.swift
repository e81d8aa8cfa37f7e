import AvatariumCore

extension FaceTrack {
    /// `{"frameRate", "shapeNames", "visemeNames", "emotionNames", "frames": [{"time", "shapes", "visemes",
    /// "headRotation", "gaze", "emotions"}]}`; seconds and radians, values in the order of the names.
    public func json() -> String {
        func names(_ values: [String]) -> String {
            "[" + values.map { "\"\($0)\"" }.joined(separator: ",") + "]"
        }
        var out = DecimalText(reserving: frames.count * 760)
        out.add("{\"frameRate\":\"\(frameRate)\",\"shapeNames\":\(names(ARKitShape.names)),")
        out.add("\"visemeNames\":\(names(OculusViseme.allCases.map(\.name))),")
        out.add("\"emotionNames\":\(names(Emotion.allCases.map(\.name))),\"frames\":[\n")
        for (index, frame) in frames.enumerated() {
            let head = frame.headRotation
            out.add("{\"time\":")
            out.add(frameRate.seconds(atFrame: index), digits: 6)
            for (name, values) in [
                ("shapes", frame.shapes), ("visemes", frame.visemes),
                ("headRotation", [head.x, head.y, head.z]), ("gaze", [frame.gaze.x, frame.gaze.y]),
                ("emotions", frame.emotions),
            ] {
                out.add(",\"\(name)\":[")
                out.add(values)
                out.add("]")
            }
            out.add(index + 1 < frames.count ? "},\n" : "}\n")
        }
        out.add("]}\n")
        return out.text
    }
}
