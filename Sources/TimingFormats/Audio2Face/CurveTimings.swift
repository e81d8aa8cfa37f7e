import AvatariumCore

/// Ready-made face curves in JSON.
enum CurveTimings {
    /// Frames a second that a track may have.
    static let rates = 0.1...1000.0

    /// Audio2Face's export: `{"exportFps", "facsNames", "weightMat": [[...]]}`.
    static func audio2Face(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONChunk(pointer: "", value: value)
        guard let names = root.first("facsNames"), let rows = root.first("weightMat") else { return nil }
        let fps = root.first("exportFps")?.value.double ?? 30
        guard rates.contains(fps), let rate = FrameRate("\(fps)") else {
            throw source.error(
                "\(fps) is no frame rate; give 0.1 to 1000 frames a second", at: .pointer("/exportFps"))
        }
        var builder = CurveBuilder(source: source, names: try names.strings(source))
        for (index, row) in rows.elements.enumerated() {
            try builder.append(
                time: rate.seconds(atFrame: index), values: try row.numbers(source), at: .pointer(row.pointer)
            )
        }
        return .curves(try builder.track(rate: rate))
    }

    /// Frames by name: `[{"time": seconds, "blendshapes": {"jawOpen": 0.1, ...}}, ...]`.
    static func named(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = JSONChunk.all(value)
        guard let first = chunks.first?.first("blendshapes", "blendShapes", "BlendShapes", "shapes"),
            let names = first.value.object?.keys, chunks[0].value["time"]?.double != nil
        else { return nil }
        var builder = CurveBuilder(source: source, names: names)
        guard !builder.isEmpty else { return nil }
        for chunk in chunks {
            guard let shapes = chunk.first("blendshapes", "blendShapes", "BlendShapes", "shapes") else {
                throw source.error("this frame has no shapes", at: .pointer(chunk.pointer))
            }
            let values = try names.map { name in
                guard let member = shapes.value[name] else { return 0.0 }
                guard let number = member.double else {
                    throw source.error(
                        "this is not a number", at: .pointer("\(shapes.pointer)/\(JSON.pointerToken(name))"))
                }
                return number
            }
            try builder.append(
                time: try source.number(chunk.value, "time", at: chunk.pointer), values: values,
                at: .pointer(chunk.pointer))
        }
        return .curves(try builder.track(rate: nil))
    }
}
