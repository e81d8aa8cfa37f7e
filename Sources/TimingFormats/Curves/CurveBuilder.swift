import AvatariumCore

/// Makes a face track of rows of named values at given times.
struct CurveBuilder {
    /// An hour and a half at 60 frames per second.
    static let maximumFrames = 324_000
    /// Frames per second that a track may have.
    static let rates = 0.1...1000.0

    private enum Target {
        case shape(ARKitShape)
        case viseme(OculusViseme)
        /// Component of `headRotation`, radians.
        case head(Int)
    }

    private let source: TimingSource
    private let names: [String]
    private let targets: [(column: Int, target: Target)]
    /// Columns that carry something other than the face, which is known and not said.
    private let silent: Set<Int>
    private var rows: [(time: Double, frame: FaceFrame)] = []
    /// The largest value of each target, as the file has it.
    private var largest: [Float]
    /// The smallest value of a shape, and the largest turn of the head.
    private var least: Float = 0
    private var widest: Float = 0
    /// Whether all times are written as whole numbers.
    private var isWhole = true

    /// - Parameter names: The columns' names; those that name no face shape are left out.
    init(source: TimingSource, names: [String]) {
        self.source = source
        self.names = names
        let areVisemes = names.count { Self.viseme($0) != nil } >= Self.fewestVisemes
        targets = names.enumerated().compactMap { index, name in
            (Self.target(name) ?? (areVisemes ? Self.viseme(name).map { .viseme($0) } : nil)).map {
                (index, $0)
            }
        }
        silent = Set(names.indices.filter { Self.isKnownToBeElsewhere(names[$0]) })
        largest = [Float](repeating: 0, count: targets.count)
    }

    /// So many of a table's columns must be visemes: single letters name other things too.
    private static let fewestVisemes = 5

    /// Oculus' names, with or without `viseme_`; `ih`, `oh` and `ou` as its documents write them.
    private static func viseme(_ name: String) -> OculusViseme? {
        var plain = name.split(separator: ".").last.map(String.init) ?? name
        if plain.lowercased().hasPrefix("viseme_") { plain.removeFirst(7) }
        switch plain.lowercased() {
        case "ih": return .I
        case "oh": return .O
        case "ou": return .U
        default: return OculusViseme.allCases.first { $0.name.lowercased() == plain.lowercased() }
        }
    }

    /// Whether no column drives a face shape.
    var isEmpty: Bool { targets.isEmpty }

    /// How many columns are face shapes.
    var shapeCount: Int {
        targets.count { if case .head = $0.target { false } else { true } }
    }

    static func isShape(_ name: String) -> Bool { target(name) != nil }

    /// The column's name without its prefixes and in ARKit's way of writing sides.
    private static func plain(_ name: String) -> String {
        var plain = name.split(separator: ".").last.map(String.init) ?? name
        if plain.hasSuffix("_L") { plain = plain.dropLast(2) + "Left" }
        if plain.hasSuffix("_R") { plain = plain.dropLast(2) + "Right" }
        return plain
    }

    /// ARKit's names in any case of the first letter and with any prefix (`blendShapes.EyeBlinkLeft`, `JawOpen`,
    /// `mouthSmile_L`).
    private static func target(_ name: String) -> Target? {
        let plain = plain(name)
        switch plain.lowercased() {
        case "headpitch": return .head(0)
        case "headyaw": return .head(1)
        case "headroll": return .head(2)
        default: break
        }
        guard let first = plain.first else { return nil }
        return ARKitShape(name: first.lowercased() + plain.dropFirst()).map { .shape($0) }
    }

    /// Times, counts, and the eyes of Live Link Face, whose turns the eyeLook shapes hold as well.
    private static func isKnownToBeElsewhere(_ name: String) -> Bool {
        let plain = plain(name).lowercased()
        return CSVCurves.times.union(["frame", "blendshapecount", "_neutral", ""]).contains(
            plain)
            || ["lefteye", "righteye"].contains { plain.hasPrefix($0) }
    }

    /// Adds a row; rows of one time replace each other.
    /// - Parameter isInteger: Whether the time is written as a whole number.
    mutating func append(
        time: Double, isInteger: Bool = false, values: [Double], at place: TimingPlace
    ) throws {
        isWhole = isWhole && isInteger
        guard rows.count < Self.maximumFrames else {
            throw source.error("it has more than \(Self.maximumFrames) frames; split it", at: place)
        }
        guard values.count >= names.count || values.count >= 52 else {
            throw source.error("a row of \(values.count) values, but \(names.count) are expected", at: place)
        }
        guard time >= 0, time < TimelineBuilder.longest else {
            throw source.error("the time \(time) is not a time from 0 on", at: place)
        }
        var frame = FaceFrame()
        for (index, (column, target)) in targets.enumerated() where column < values.count {
            let value = values[column]
            guard value.isFinite, abs(value) < 1e6 else {
                throw source.error("the value in column \(column + 1) is not a number", at: place)
            }
            switch target {
            case .shape(let shape):
                // As given: percent is found when all rows are known.
                frame[shape] = max(0, Float(value))
                largest[index] = max(largest[index], Float(value))
                least = min(least, Float(value))
            case .viseme(let viseme):
                frame[viseme] = max(0, Float(value))
                largest[index] = max(largest[index], Float(value))
                least = min(least, Float(value))
            case .head(let axis):
                frame.headRotation[axis] = Float(min(360, max(-360, value)))
                widest = max(widest, abs(frame.headRotation[axis]))
            }
        }
        if let last = rows.last {
            guard time >= last.time else {
                throw source.error(
                    "out of order: \(time) s comes after \(last.time) s; sort by time", at: place)
            }
            if time == last.time {
                rows[rows.count - 1].frame = frame
                return
            }
        }
        rows.append((time, frame))
    }

    /// Returns the track on a regular grid from 0; values between rows are interpolated, gaps at either end held.
    /// - Parameter rate: The rate, where the form says; else it is found from the rows' times.
    mutating func track(rate: FrameRate?) throws -> FaceTrack {
        guard !targets.isEmpty else {
            throw source.error(
                "none of its columns names a face shape of ARKit (such as jawOpen) or a viseme (viseme_aa)")
        }
        guard !rows.isEmpty else { throw source.error("it has no frames") }
        noteColumns()
        try limitValues()
        limitTurns()
        try scaleTimes()
        let last = rows[rows.count - 1]
        if let limit = source.audioDuration, last.time > limit + 1 {
            throw source.error(
                "its last frame at \(TimelineBuilder.show(last.time)) s lies past the end of the audio ("
                    + "\(TimelineBuilder.show(limit)) s); these curves belong to other audio")
        }
        if let regular = rate ?? regularRate, isRegular(at: regular) {
            return FaceTrack(frameRate: regular, frames: rows.map(\.frame))
        }
        return try resampled(rate ?? nearestCommonRate)
    }

    // MARK: Values

    /// Names the columns that nothing is made of.
    private func noteColumns() {
        let used = Set(targets.map(\.column))
        var seen: Set<String> = []
        if let twice = used.sorted().first(where: { !seen.insert(names[$0]).inserted }) {
            source.note(
                "CURVE_COLUMN_TWICE",
                "the column '\(names[twice].quotedForMessage(limit: 30))' appears twice; the last one is used"
            )
        }
        let ignored = names.indices.filter { !used.contains($0) && !silent.contains($0) }.map { names[$0] }
        guard !ignored.isEmpty else { return }
        let examples = ignored.prefix(5).map { "'\($0.quotedForMessage(limit: 30))'" }.joined(separator: ", ")
        source.note(
            "CURVE_COLUMN_UNKNOWN",
            "\(ignored.count == 1 ? "1 column names" : "\(ignored.count) columns name") no face shape of ARKit and "
                + "\(ignored.count == 1 ? "is" : "are") ignored: "
                + "\(examples)\(ignored.count > 5 ? ", ..." : "")"
        )
    }

    /// Brings percent to 0...1; other values beyond 1 are limited, which is noted.
    private mutating func limitValues() throws {
        let most = largest.max() ?? 0
        if least < -0.05 {
            source.note(
                "CURVE_VALUES_BELOW_ZERO",
                "its values go down to \(TimelineBuilder.show(Double(least))); values below 0 are read as 0",
                severity: .information)
        }
        guard most > 1 else { return }
        // A little over 1 is a solver's overshoot; up to 2, an exaggerated performance.
        let isPercent = most > 2 && most <= 130
        guard isPercent || most <= 2 else {
            throw source.error(
                "its values reach \(TimelineBuilder.show(Double(most))); give weights from 0 to 1, or percent"
            )
        }
        let whole: Float = isPercent ? 100 : 1
        for row in rows.indices {
            for shape in rows[row].frame.shapes.indices {
                rows[row].frame.shapes[shape] = min(1, rows[row].frame.shapes[shape] / whole)
            }
            for viseme in rows[row].frame.visemes.indices {
                rows[row].frame.visemes[viseme] = min(1, rows[row].frame.visemes[viseme] / whole)
            }
        }
        if isPercent {
            source.note(
                "CURVE_VALUES_IN_PERCENT",
                "its values reach \(TimelineBuilder.show(Double(most))) and are read as percent")
        } else if most > 1.05 {
            source.note(
                "CURVE_VALUES_ABOVE_ONE",
                "its values reach \(TimelineBuilder.show(Double(most))); values above 1 are limited to 1",
                severity: .information)
        }
    }

    /// Brings degrees to radians: nobody's head turns by more than half a turn.
    private mutating func limitTurns() {
        guard widest > 3.2 else { return }
        for row in rows.indices { rows[row].frame.headRotation *= .pi / 180 }
        source.note(
            "TIMING_UNIT",
            "its turns of the head reach \(TimelineBuilder.show(Double(widest))) and are read as degrees")
    }

    // MARK: Times

    /// Brings times in milliseconds, ticks or frames of other units to seconds where whole numbers make no rate.
    private mutating func scaleTimes() throws {
        let steps = zip(rows, rows.dropFirst()).map { $1.time - $0.time }.sorted()
        guard !steps.isEmpty else { return }
        let typical = steps[steps.count / 2]
        let last = rows[rows.count - 1].time
        let fitsAudio = source.audioDuration.map { last <= $0 + 1 } ?? false
        guard typical >= (isWhole ? 5 : 1000), !fitsAudio else { return }
        for (unit, name) in [
            (1e3, "milliseconds"), (1e6, "microseconds"), (1e7, "ticks of 100 ns"), (1e9, "nanoseconds"),
        ]
        where (0.004...0.21).contains(typical / unit) {
            for index in rows.indices { rows[index].time /= unit }
            source.note(
                "TIMING_UNIT",
                "its times give a plausible frame rate only as \(name), not as seconds; they are read as such"
            )
            return
        }
        throw source.error(
            "its times are \(TimelineBuilder.show(typical)) apart, which is not a frame rate in seconds; give seconds"
        )
    }

    /// The rate at which every row is one frame, from the first on: a whole number, a fraction of small parts, an NTSC
    /// rate, or one of three decimals, whichever fits best. Nil where rows lie otherwise.
    private var regularRate: FrameRate? {
        guard rows.count > 1, let last = rows.last, last.time > 0 else { return .fps30 }
        let measured = Double(rows.count - 1) / (last.time - rows[0].time)
        guard Self.rates.contains(measured) else { return nil }
        let candidates =
            [1, 2, 3, 4, 6, 7, 9, 1001].map { FrameRate(Int((measured * Double($0)).rounded()), $0) }
            + [FrameRate(Int((measured * 1.001).rounded()) * 1000, 1001)]
            + [FrameRate("\((measured * 1000).rounded() / 1000)")]
        let rates = candidates.compactMap(\.self).map { (rate: $0, error: largestError(at: $0)) }
        return rates.min { $0.error + 1e-9 < $1.error }?.rate
    }

    /// Whether row i stands at frame i, to the rounding of written times: six decimals here, milliseconds elsewhere.
    private func isRegular(at rate: FrameRate) -> Bool {
        largestError(at: rate) <= max(2e-6, min(1.1e-3, 0.05 / rate.framesPerSecond))
    }

    /// How far a row lies from the frame of its number, seconds.
    private func largestError(at rate: FrameRate) -> Double {
        rows.enumerated().reduce(0) { max($0, abs($1.element.time - rate.seconds(atFrame: $1.offset))) }
    }

    /// The usual rate nearest to the median step.
    private var nearestCommonRate: FrameRate {
        let steps = zip(rows, rows.dropFirst()).map { $1.time - $0.time }.sorted()
        guard !steps.isEmpty else { return .fps30 }
        let measured = 1 / steps[steps.count / 2]
        let common = [
            "12", "15", "23.976", "24", "25", "29.97", "30", "48", "50", "59.94", "60", "100", "120",
        ]
        let rates = common.compactMap { FrameRate($0) }
        let nearest = rates.min { abs($0.framesPerSecond - measured) < abs($1.framesPerSecond - measured) }
        return nearest ?? .fps30
    }

    private func resampled(_ rate: FrameRate) throws -> FaceTrack {
        let last = rows[rows.count - 1]
        // Written times are rounded: a last row within a hundredth of a frame of its frame is that frame.
        let count = Int((last.time * rate.framesPerSecond + 0.01).rounded(.down)) + 1
        guard count <= Self.maximumFrames else {
            throw source.error("it lasts longer than \(Self.maximumFrames) frames; split it")
        }
        var frames: [FaceFrame] = []
        frames.reserveCapacity(count)
        var at = 0
        for index in 0..<count {
            let time = rate.seconds(atFrame: index)
            while at + 1 < rows.count, rows[at + 1].time <= time + 1e-4 { at += 1 }
            guard at + 1 < rows.count, rows[at].time < time - 1e-4 else {
                frames.append(rows[at].frame)
                continue
            }
            let (a, b) = (rows[at], rows[at + 1])
            let share = Float((time - a.time) / (b.time - a.time))
            var frame = a.frame
            for shape in frame.shapes.indices {
                frame.shapes[shape] += share * (b.frame.shapes[shape] - a.frame.shapes[shape])
            }
            for viseme in frame.visemes.indices {
                frame.visemes[viseme] += share * (b.frame.visemes[viseme] - a.frame.visemes[viseme])
            }
            frame.headRotation += share * (b.frame.headRotation - a.frame.headRotation)
            frames.append(frame)
        }
        return FaceTrack(frameRate: rate, frames: frames)
    }
}
