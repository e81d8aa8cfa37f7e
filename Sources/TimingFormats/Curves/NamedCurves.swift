import AvatariumCore

/// Frames by name in JSON: `[{"time": seconds, "blendshapes": {"jawOpen": 0.1, ...}}, ...]`, as tools of many kinds save
/// them. The list may be `frames` of an object with a rate (`fps`), which then stands for times; the shapes may lie in the
/// frame itself, or be a list of names with scores (MediaPipe).
enum NamedCurves {
    static let format = TimingFormat("blendshapes", "Named blend shapes in JSON", ["json"], json: read)

    private static let times = ["time", "timestamp", "t", "timeCode", "timecode", "seconds"]
    private static let rates = ["fps", "frameRate", "framerate", "frame_rate", "exportFps"]

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONCursor(value)
        let list = root["frames"]?.elements ?? []
        let frames = list.isEmpty ? JSONCursor.all(value) : list
        guard let first = frames.first, let names = shapes(of: first)?.keys.sorted() else {
            return nil
        }
        var builder = CurveBuilder(source: source, names: names)
        let isNested = nested(first) != nil
        guard builder.shapeCount > (isNested ? 0 : 1) || builder.shapeCount == 1 && time(of: first) != nil
        else {
            return nil
        }
        let rate = try rates.lazy.compactMap { root[$0] }.first.map { member in
            guard let number = try member.time(source), CurveBuilder.rates.contains(number),
                let rate = FrameRate("\(number)")
            else {
                throw source.error("this is not a frame rate; give 0.1 to 1000", at: .pointer(member.pointer))
            }
            return rate
        }
        for (index, frame) in frames.enumerated() {
            guard let shapes = shapes(of: frame) else {
                throw source.error("this frame has no shapes", at: .pointer(frame.pointer))
            }
            let values = try names.map { name in
                guard let member = shapes[name] else { return 0.0 }
                guard let number = member.value.double else {
                    if !isNested, !CurveBuilder.isShape(name) { return 0.0 }
                    throw source.error("this is not a number", at: .pointer(member.pointer))
                }
                return number
            }
            let time = try time(of: frame)?.time(source)
            guard let seconds = time ?? rate?.seconds(atFrame: index) else {
                throw source.error(
                    "a frame needs a time in seconds, or the file needs 'fps', its frames per second",
                    at: .pointer(frame.pointer))
            }
            try builder.append(
                time: seconds, isInteger: self.time(of: frame)?.value.isInteger ?? false, values: values,
                at: .pointer(frame.pointer))
        }
        return .curves(try builder.track(rate: time(of: first) == nil ? rate : nil))
    }

    private static func time(of frame: JSONCursor) -> JSONCursor? {
        times.lazy.compactMap { frame[$0] }.first { $0.value != .null }
    }

    private static func nested(_ frame: JSONCursor) -> JSONCursor? {
        frame.first(of: "blendshapes", "blendShapes", "BlendShapes", "shapes", "weights", "visemes")
    }

    /// The values of a frame by their names; nil where it has none.
    private static func shapes(of frame: JSONCursor) -> [String: JSONCursor]? {
        guard let holder = nested(frame) else {
            guard frame.value.object != nil else { return nil }
            return Dictionary(frame.members.map { ($0.key, $0.cursor) }) { first, _ in first }
        }
        if holder.value.object != nil {
            return Dictionary(holder.members.map { ($0.key, $0.cursor) }) { first, _ in first }
        }
        let pairs = holder.elements.compactMap { item -> (String, JSONCursor)? in
            guard let name = item.first(of: "categoryName", "category_name", "name", "shape")?.value.string,
                let score = item.first(of: "score", "value", "weight")
            else { return nil }
            return (name, score)
        }
        return pairs.isEmpty ? nil : Dictionary(pairs) { first, _ in first }
    }
}

extension JSON {
    /// Whether this is a number that is written without fraction and exponent.
    var isInteger: Bool {
        if case .number(_, true) = self { return true }
        return false
    }
}
