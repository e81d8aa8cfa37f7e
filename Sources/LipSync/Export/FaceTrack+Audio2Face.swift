import AvatariumCore

extension FaceTrack {
    /// The blend shape JSON that NVIDIA's Audio2Face exports and its importers read: `exportFps`, `numPoses`,
    /// `numFrames`, `facsNames` and a row of `weightMat` for each frame.
    public func audio2FaceJSON() -> String {
        let names = ARKitShape.names.map { "\"\($0)\"" }.joined(separator: ", ")
        let rows = frames.map { "[" + $0.shapes.map(Self.decimal).joined(separator: ", ") + "]" }
        return """
            {
              "exportFps": \(frameRate.framesPerSecond),
              "trackPath": "",
              "numPoses": \(ARKitShape.count),
              "numFrames": \(frames.count),
              "facsNames": [\(names)],
              "weightMat": [
            \(rows.joined(separator: ",\n"))
              ]
            }

            """
    }
}
