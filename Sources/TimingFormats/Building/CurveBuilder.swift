import AvatariumCore

/// Makes a face track of rows of named values at given times.
struct CurveBuilder {
    /// An hour and a half at 60 frames a second.
    static let maximumFrames = 324_000

    private enum Target {
        case shape(ARKitShape)
        /// Component of `headRotation`, radians.
        case head(Int)
    }

    private let source: TimingSource
    private let targets: [(column: Int, target: Target)]
    private let columns: Int
    private var rows: [(time: Double, frame: FaceFrame)] = []

    /// - Parameter names: the columns' names; those that name no face shape are left out.
    init(source: TimingSource, names: [String]) {
        self.source = source
        columns = names.count
        targets = names.enumerated().compactMap { index, name in
            Self.target(name).map { (index, $0) }
        }
    }

    /// Whether any column drives a face shape.
    var isEmpty: Bool { targets.isEmpty }

    /// ARKit's names in any case and prefix (`blendShapes.EyeBlinkLeft`, `JawOpen`, `mouthSmile_L`).
    private static func target(_ name: String) -> Target? {
        var plain = name.split(separator: ".").last.map(String.init) ?? name
        if plain.hasSuffix("_L") { plain = plain.dropLast(2) + "Left" }
        if plain.hasSuffix("_R") { plain = plain.dropLast(2) + "Right" }
        switch plain.lowercased() {
        case "headpitch": return .head(0)
        case "headyaw": return .head(1)
        case "headroll": return .head(2)
        default: break
        }
        guard let first = plain.first else { return nil }
        return ARKitShape(name: first.lowercased() + plain.dropFirst()).map { .shape($0) }
    }

    /// Adds a row; rows of one time replace each other.
    mutating func append(time: Double, values: [Double], at place: TimingPlace) throws {
        guard rows.count < Self.maximumFrames else {
            throw source.error("it has more than \(Self.maximumFrames) frames; split it", at: place)
        }
        guard values.count >= columns || values.count >= 52 else {
            throw source.error("a row of \(values.count) values where \(columns) are due", at: place)
        }
        guard time >= 0, time < TimelineBuilder.longest else {
            throw source.error("the time \(time) is not a time from 0 on", at: place)
        }
        var frame = FaceFrame()
        for (column, target) in targets where column < values.count {
            let value = values[column]
            guard value.isFinite, abs(value) < 1e6 else {
                throw source.error("the value in column \(column + 1) is not a number", at: place)
            }
            switch target {
            case .shape(let shape): frame[shape] = Float(min(1, max(0, value)))
            case .head(let axis): frame.headRotation[axis] = Float(min(3.2, max(-3.2, value)))
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

    /// The track on a regular grid from 0; values between rows are interpolated, gaps at either end held.
    /// - Parameter rate: the rate, where the form says; else it is found from the typical step.
    func track(rate: FrameRate?) throws -> FaceTrack {
        guard !targets.isEmpty else {
            throw source.error("none of its columns names a face shape of ARKit (such as jawOpen)")
        }
        guard let last = rows.last else { throw source.error("it has no frames") }
        if let limit = source.audioDuration, last.time > limit + 1 {
            throw source.error(
                "its last frame at \((last.time * 1000).rounded() / 1000) s lies past the end of the audio ("
                    + "\((limit * 1000).rounded() / 1000) s); these curves belong to other audio")
        }
        let rate = rate ?? typicalRate
        let count = Int((last.time * rate.framesPerSecond + 1e-6).rounded(.down)) + 1
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
            frame.headRotation += share * (b.frame.headRotation - a.frame.headRotation)
            frames.append(frame)
        }
        return FaceTrack(frameRate: rate, frames: frames)
    }

    /// The common rate nearest to the median step.
    private var typicalRate: FrameRate {
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
}
