import AvatariumCore

/// NVIDIA's Audio2Face: `{"exportFps", "facsNames", "weightMat": [[...]]}`.
enum Audio2Face {
    static let format = TimingFormat(
        "audio2face", "NVIDIA Audio2Face", ["json"], json: read, writer: .curves { $0.audio2FaceJSON() })

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        let root = JSONCursor(value)
        guard let names = root.first(of: "facsNames"), let rows = root.first(of: "weightMat") else {
            return nil
        }
        let fps = root.first(of: "exportFps")?.value.double ?? 30
        guard CurveBuilder.rates.contains(fps), let rate = FrameRate("\(fps)") else {
            throw source.error(
                "\(fps) is not a frame rate; give 0.1 to 1000 frames per second", at: .pointer("/exportFps"))
        }
        var builder = CurveBuilder(source: source, names: try names.strings(source))
        for (index, row) in rows.elements.enumerated() {
            try builder.append(
                time: rate.seconds(atFrame: index), values: try row.numbers(source), at: .pointer(row.pointer)
            )
        }
        return .curves(try builder.track(rate: rate))
    }
}
