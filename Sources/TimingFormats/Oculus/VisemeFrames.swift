import AvatariumCore

/// Frames of the 15 weights of Oculus' visemes, from `sil` to `ou` in their order: lists of lists, or what OVRLipSync keeps
/// (`entries` with `Visemes`); the rate as `fps`, or the `length` of all in seconds.
enum VisemeFrames {
    static let format = TimingFormat("visemeframes", "Frames of 15 viseme weights", ["json"], json: read)

    private static let lists = [
        "frames", "visemes", "visemeFrames", "weights", "visemeWeights", "entries", "data", "values",
    ]
    private static let weights = ["Visemes", "visemes", "weights", "visemeWeights", "values"]
    private static let rates = ["fps", "frameRate", "framerate", "frame_rate", "sampleRate"]
    private static let times = ["time", "timestamp", "t"]

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONCursor(value)
        // `visemes` may be the names beside the frames.
        let rows =
            lists.lazy.compactMap { root[$0]?.elements }.first {
                $0.first.map { row(of: $0) != nil } ?? false
            }
            ?? (root.elements.first.map { row(of: $0) != nil } ?? false ? root.elements : [])
        guard let first = rows.first else { return nil }
        let hasTimes = time(of: first) != nil
        let rate = try hasTimes ? nil : rate(of: root, frames: rows.count, source)
        var builder = CurveBuilder(source: source, names: OculusViseme.allCases.map { "viseme_\($0.name)" })
        for (index, cursor) in rows.enumerated() {
            guard let row = row(of: cursor) else {
                throw source.error("a frame needs 15 weights, from sil to ou", at: .pointer(cursor.pointer))
            }
            guard let seconds = try rate?.seconds(atFrame: index) ?? time(of: cursor)?.time(source) else {
                throw source.error("a frame needs a time in seconds", at: .pointer(cursor.pointer))
            }
            try builder.append(
                time: seconds, isInteger: time(of: cursor)?.value.isInteger ?? false,
                values: try row.numbers(source), at: .pointer(row.pointer))
        }
        return .curves(try builder.track(rate: rate))
    }

    private static func row(of cursor: JSONCursor) -> JSONCursor? {
        let row = cursor.value.array != nil ? cursor : weights.lazy.compactMap { cursor[$0] }.first
        guard let row, let values = row.value.array, values.count == OculusViseme.count,
            values.allSatisfy({ $0.double != nil })
        else { return nil }
        return row
    }

    private static func time(of cursor: JSONCursor) -> JSONCursor? {
        times.lazy.compactMap { cursor[$0] }.first { $0.value != .null }
    }

    private static func rate(of root: JSONCursor, frames: Int, _ source: TimingSource) throws -> FrameRate {
        for member in rates.lazy.compactMap({ root[$0] }) {
            guard let number = try member.time(source), CurveBuilder.rates.contains(number),
                let rate = FrameRate("\(number)")
            else {
                throw source.error("this is not a frame rate; give 0.1 to 1000", at: .pointer(member.pointer))
            }
            return rate
        }
        let length = try root.first(of: "length", "duration")?.time(source) ?? source.audioDuration
        guard let length, length > 0 else {
            throw source.error(
                "frames of viseme weights need a frame rate; give it as \"fps\", or the "
                    + "audio", at: .pointer("")
            )
        }
        let measured = Double(frames) / length
        guard CurveBuilder.rates.contains(measured),
            let rate = FrameRate(Int((measured * 1000).rounded()), 1000)
        else {
            throw source.error(
                "\(frames) frames in \(length) s do not give a frame rate; give \"fps\"", at: .pointer(""))
        }
        return rate
    }
}
