import AvatariumCore

/// Azure's viseme events, as the many tools that save them write them.
///
/// `audioOffset` is in ticks of 100 ns by the SDK, but often saved in milliseconds: the median step between
/// events (at least one 12.5 ms frame of the engine) tells which.
enum AzureTimings {
    static let format = TimingFormat("azure", "Azure visemes and blend shapes", ["json"], json: content)

    private static func content(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        try AzureBlendShapes.read(value, source) ?? read(value, source)
    }

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        var root = JSONCursor(value)
        if let inner = root.first(of: "visemes", "Visemes", "visemeData", "lipsync") { root = inner }
        let chunks = root.elements.isEmpty && root.value.object != nil ? [root] : root.elements
        guard let first = chunks.first, offset(first) != nil, id(first)?.value.int != nil else { return nil }
        if chunks.contains(where: { animation($0) != nil }) {
            return try AzureBlendShapes.read(value, source)
        }
        var offsets: [Double] = []
        var symbols: [TimedSymbol] = []
        for chunk in chunks {
            guard let offset = offset(chunk), let id = id(chunk), let number = id.value.int else {
                throw source.error(
                    "a viseme needs a numeric audioOffset and visemeId", at: .pointer(chunk.pointer))
            }
            offsets.append(offset)
            symbols.append(TimedSymbol(start: 0, symbol: "\(number)", place: .pointer(chunk.pointer)))
        }
        let unit = unitsPerSecond(offsets)
        for index in symbols.indices { symbols[index].start = offsets[index] / unit }
        return .phones(
            try TimelineBuilder(source: source, form: "azure", confidence: 0.7).timeline(
                symbols, alphabet: .azure))
    }

    private static func offset(_ chunk: JSONCursor) -> Double? {
        chunk.first(of: "audioOffset", "AudioOffset", "audio_offset", "privAudioOffset", "offset", "Offset")?
            .value.double
    }

    private static func id(_ chunk: JSONCursor) -> JSONCursor? {
        chunk.first(of: "visemeId", "VisemeId", "viseme_id", "privVisemeId", "id", "Id")
    }

    static func animation(_ chunk: JSONCursor) -> String? {
        chunk.first(of: "animation", "Animation", "privAnimation")?.value.string.flatMap {
            $0.contains("BlendShapes") ? $0 : nil
        }
    }

    private static func unitsPerSecond(_ offsets: [Double]) -> Double {
        let steps = zip(offsets, offsets.dropFirst()).map { $1 - $0 }.filter { $0 > 0 }.sorted()
        let typical = steps.isEmpty ? offsets.first ?? 0 : steps[steps.count / 2]
        return typical >= 10_000 ? 1e7 : typical >= 2 ? 1e3 : 1
    }
}

/// Azure's `FacialExpression` animation: chunks `{"FrameIndex", "BlendShapes": [[55 numbers], ...]}` at 60
/// frames per second, which may come out of order.
enum AzureBlendShapes {
    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        var chunks = JSONCursor.all(value)
        if let inner = JSONCursor(value).first(of: "visemes", "Visemes") {
            chunks = inner.elements
        }
        var parts: [(index: Int, rows: [JSONCursor])] = []
        for chunk in chunks {
            var holder = chunk
            if let text = AzureTimings.animation(chunk) {
                guard let inner = try? JSONParser.parse(text) else {
                    throw source.error("its animation is not valid JSON", at: .pointer(chunk.pointer))
                }
                holder = JSONCursor(inner, pointer: "\(chunk.pointer)/animation")
            }
            guard let rows = holder.first(of: "BlendShapes", "blendShapes") else { continue }
            guard rows.elements.first?.value.array != nil else { return nil }
            let index =
                holder.first(of: "FrameIndex", "frameIndex")?.value.int ?? parts.last.map {
                    $0.index + $0.rows.count
                } ?? 0
            guard index >= 0, index < CurveBuilder.maximumFrames else {
                throw source.error("the frame index \(index) is out of range", at: .pointer(holder.pointer))
            }
            parts.append((index, rows.elements))
        }
        guard !parts.isEmpty else { return nil }
        parts.sort { $0.index < $1.index }
        var builder = CurveBuilder(source: source, names: names)
        for part in parts {
            for (row, chunk) in part.rows.enumerated() {
                try builder.append(
                    time: Double(part.index + row) / 60, values: try chunk.numbers(source),
                    at: .pointer(chunk.pointer))
            }
        }
        return .curves(try builder.track(rate: FrameRate(60)))
    }

    /// The order of Azure's documentation, "Get facial position with viseme": 52 of ARKit, then three turns.
    static let names: [String] = [
        "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft",
        "eyeSquintLeft",
        "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight",
        "eyeLookUpRight", "eyeSquintRight", "eyeWideRight", "jawForward", "jawLeft", "jawRight", "jawOpen",
        "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight", "mouthSmileLeft",
        "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight",
        "mouthStretchLeft", "mouthStretchRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
        "mouthShrugUpper", "mouthPressLeft", "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight",
        "mouthUpperUpLeft", "mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp",
        "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
        "noseSneerLeft", "noseSneerRight", "tongueOut", "headRoll", "leftEyeRoll", "rightEyeRoll",
    ]
}
