import AvatariumCore

/// Frames by name in JSON: `[{"time": seconds, "blendshapes": {"jawOpen": 0.1, ...}}, ...]`.
enum NamedCurves {
    static let format = TimingFormat("blendshapes", "Named blend shapes in JSON", ["json"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let chunks = JSONCursor.all(value)
        guard let first = chunks.first?.first(of: "blendshapes", "blendShapes", "BlendShapes", "shapes"),
            let names = first.value.object?.keys, chunks[0].value["time"]?.double != nil
        else { return nil }
        var builder = CurveBuilder(source: source, names: names)
        guard !builder.isEmpty else { return nil }
        for chunk in chunks {
            guard let shapes = chunk.first(of: "blendshapes", "blendShapes", "BlendShapes", "shapes") else {
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
                time: try source.number(chunk.value, "time", at: chunk.pointer),
                isInteger: chunk["time"]?.value.isInteger ?? false, values: values,
                at: .pointer(chunk.pointer))
        }
        return .curves(try builder.track(rate: nil))
    }
}

extension JSON {
    /// Whether this is a number that is written without fraction and exponent.
    var isInteger: Bool {
        if case .number(_, true) = self { return true }
        return false
    }
}
