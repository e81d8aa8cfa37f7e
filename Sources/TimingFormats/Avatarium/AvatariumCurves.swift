import AvatariumCore

/// Avatarium's own face track, as `FaceTrack.json()` writes it and somebody may have edited it: `{"frameRate",
/// "shapeNames", "visemeNames", "emotionNames", "frames": [{"shapes", "visemes", "headRotation", "gaze",
/// "emotions"}]}`; all but `frameRate`, `shapeNames` and `shapes` may be left out. Angles in radians.
enum AvatariumCurves {
    static let format = TimingFormat(
        "json", "Avatarium face curves", ["json"], json: read, writer: .curves { $0.json() })

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONCursor(value)
        guard let frames = root.first(of: "frames"), let shapeNames = root.first(of: "shapeNames") else {
            return nil
        }
        guard let text = root.first(of: "frameRate")?.value.string, let rate = FrameRate(text),
            CurveBuilder.rates.contains(rate.framesPerSecond)
        else {
            throw source.error(
                "this is not a frame rate; give \"30\" or \"30000/1001\", 0.1 to 1000",
                at: .pointer("/frameRate"))
        }
        let shapes = try indices(shapeNames, source) { ARKitShape(name: $0)?.rawValue }
        let visemes = try indices(root.first(of: "visemeNames"), source) { name in
            OculusViseme.allCases.first { $0.name == name }?.rawValue
        }
        let emotions = try indices(root.first(of: "emotionNames"), source) { Emotion(name: $0)?.rawValue }
        let rows = frames.elements
        guard !rows.isEmpty else { throw source.error("it has no frames", at: .pointer("/frames")) }
        guard rows.count <= CurveBuilder.maximumFrames else {
            throw source.error("it has more than \(CurveBuilder.maximumFrames) frames; split it")
        }
        let track = try rows.map { row in
            var frame = FaceFrame()
            guard row.first(of: "shapes") != nil else {
                throw source.error("this frame has no shapes", at: .pointer(row.pointer))
            }
            try fill(&frame.shapes, at: shapes, from: row.first(of: "shapes"), 0...1, source)
            try fill(&frame.visemes, at: visemes, from: row.first(of: "visemes"), 0...1, source)
            try fill(&frame.emotions, at: emotions, from: row.first(of: "emotions"), 0...1, source)
            var angles: [Float] = [0, 0, 0]
            try fill(&angles, at: [0, 1, 2], from: row.first(of: "headRotation"), -3.2...3.2, source)
            frame.headRotation = SIMD3(angles[0], angles[1], angles[2])
            angles = [0, 0]
            try fill(&angles, at: [0, 1], from: row.first(of: "gaze"), -3.2...3.2, source)
            frame.gaze = SIMD2(angles[0], angles[1])
            return frame
        }
        if let limit = source.audioDuration, case let last = rate.seconds(atFrame: track.count - 1),
            last > limit + 1
        {
            throw source.error(
                "its last frame at \(last) s lies past the end of the audio (\(limit) s); these curves belong to "
                    + "other audio")
        }
        return .curves(FaceTrack(frameRate: rate, frames: track))
    }

    /// Where each named value goes.
    private static func indices(
        _ names: JSONCursor?, _ source: TimingSource, _ index: (String) -> Int?
    ) throws -> [Int] {
        guard let names else { return [] }
        return try zip(names.elements, names.strings(source)).map { element, name in
            guard let index = index(name) else {
                throw source.error("'\(name)' is not a name in this list", at: .pointer(element.pointer))
            }
            return index
        }
    }

    private static func fill(
        _ values: inout [Float], at indices: [Int], from row: JSONCursor?, _ range: ClosedRange<Double>,
        _ source: TimingSource
    ) throws {
        guard let row else { return }
        let numbers = try row.numbers(source)
        guard numbers.count == indices.count else {
            throw source.error(
                "\(numbers.count) values, but \(indices.count) are expected", at: .pointer(row.pointer))
        }
        for (index, number) in zip(indices, numbers) {
            values[index] = Float(min(max(number, range.lowerBound), range.upperBound))
        }
    }
}
