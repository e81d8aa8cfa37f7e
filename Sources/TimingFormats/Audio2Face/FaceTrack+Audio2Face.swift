import AvatariumCore

extension FaceTrack {
    /// The blend shape JSON that NVIDIA's Audio2Face exports and its importers read: `exportFps`, `numPoses`,
    /// `numFrames`, `facsNames` and a row of `weightMat` for each frame.
    public func audio2FaceJSON() -> String {
        let names = ARKitShape.names.map { "\"\($0)\"" }.joined(separator: ", ")
        var out = DecimalText(reserving: frames.count * 480)
        out.add("{\n  \"exportFps\": \(frameRate.framesPerSecond),\n  \"trackPath\": \"\",\n")
        out.add("  \"numPoses\": \(ARKitShape.count),\n  \"numFrames\": \(frames.count),\n")
        out.add("  \"facsNames\": [\(names)],\n  \"weightMat\": [\n")
        for (index, frame) in frames.enumerated() {
            out.add("    [")
            out.add(frame.shapes, separator: ", ")
            out.add(index + 1 < frames.count ? "],\n" : "]\n")
        }
        out.add("  ]\n}\n")
        return out.text
    }
}
