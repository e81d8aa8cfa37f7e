import AvatariumCore

/// Emotions, gaze, gestures, cuts and animations with their times, from marks in a text or from a JSON track.
public struct PerformanceCues: Sendable, Equatable {
    public var emotions: [EmotionCue]
    public var gaze: [GazeCue]
    public var gestures: [GestureCue]
    public var cameras: [CameraCue] = []
    public var animations: [AnimationCue] = []

    /// Cues of one kind in a track.
    public static let maximumCount = 10_000

    public init(emotions: [EmotionCue] = [], gaze: [GazeCue] = [], gestures: [GestureCue] = []) {
        self.emotions = emotions
        self.gaze = gaze
        self.gestures = gestures
    }

    /// Reads a track: `{"emotions": [{"emotion", "strength", "start", "end"}], "gaze": [{"start", "end",
    /// "pitch", "yaw"}], "gestures": [{"gesture", "start", "strength", "stroke", "hand", "number"}], "cameras": [{"camera", "start",
    /// "seconds"}],
    /// "animations": [{"name", "start", "loop"}]}`. Seconds and degrees; `strength` is 1, `end` the clip's and `loop`
    /// true where they are left out.
    /// - Throws: E093 with a JSON pointer in `context["field"]`, also for more than 10,000 cues of a kind.
    public static func read(_ bytes: [UInt8]) throws -> PerformanceCues {
        let document: JSON
        do {
            document = try JSONParser.parse(bytes)
        } catch {
            throw AvatariumError(
                .validationError, "the performance track is not JSON: \(error)",
                context: ["line": "\(error.line)"], cause: error)
        }
        guard let object = document.object else {
            throw CueField(value: document, pointer: "").error(
                "must be an object with emotions, gaze, gestures, cameras or animations")
        }
        let known = ["emotions", "gaze", "gestures", "cameras", "animations"]
        if let stranger = object.keys.first(where: { !known.contains($0) }) {
            throw CueField(value: document, pointer: "/" + JSON.pointerToken(stranger)).error(
                "is not known; use \(known.joined(separator: ", "))")
        }
        let root = CueField(value: document, pointer: "")
        var cues = PerformanceCues(
            emotions: try root.list("emotions").map { item in
                EmotionCue(
                    emotion: try item.choice("emotion", Emotion.allCases, \.name),
                    strength: try item.number("strength", in: 0...1, standard: 1),
                    start: try item.seconds("start") ?? 0, end: try item.seconds("end"))
            },
            gaze: try root.list("gaze").map { item in
                GazeCue(
                    start: try item.seconds("start") ?? 0, end: try item.seconds("end"),
                    pitch: try item.number("pitch", in: -30...30, standard: 0),
                    yaw: try item.number("yaw", in: -40...40, standard: 0))
            },
            gestures: try root.list("gestures").map { item in
                GestureCue(
                    try item.gesture(),
                    start: try item.seconds("start"),
                    strength: try item.number("strength", in: 0...1, standard: 1),
                    stroke: try item.seconds("stroke"),
                    hand: item.value["hand"] == nil
                        ? nil : try item.choice("hand", GestureCue.Hand.allCases, \.rawValue),
                    number: item.value["number"] == nil
                        ? nil : Int(try item.number("number", in: 1...5, standard: 1)))
            })
        cues.cameras = try root.list("cameras").map { item in
            CameraCue(
                try item.choice("camera", Framing.allCases, \.rawValue),
                start: try item.seconds("start") ?? 0,
                seconds: Double(try item.number("seconds", in: 0...60, standard: 0)))
        }
        cues.animations = try root.list("animations").map { item in
            AnimationCue(
                try item.text("name"), start: try item.seconds("start") ?? 0,
                loop: try item.flag("loop") ?? true)
        }
        return cues
    }
}

/// A value of the track and where it stands, for errors that say so.
private struct CueField {
    var value: JSON
    var pointer: String

    func error(_ fact: String) -> AvatariumError {
        AvatariumError(
            .validationError, "\(pointer.isEmpty ? "the performance track" : pointer) \(fact)",
            context: ["field": pointer.isEmpty ? "/" : pointer])
    }

    func list(_ key: String) throws -> [CueField] {
        guard let child = value[key] else { return [] }
        let place = CueField(value: child, pointer: pointer + "/" + key)
        guard let items = child.array else { throw place.error("must be a list") }
        guard items.count <= PerformanceCues.maximumCount else {
            throw place.error("holds \(items.count) cues; give at most \(PerformanceCues.maximumCount)")
        }
        return try items.enumerated().map { index, item in
            let field = CueField(value: item, pointer: "\(place.pointer)/\(index)")
            guard item.object != nil else { throw field.error("must be an object") }
            return field
        }
    }

    func seconds(_ key: String) throws -> Double? {
        guard let child = value[key] else { return nil }
        guard let time = child.double, time.isFinite, time >= 0, time <= 360_000 else {
            throw CueField(value: child, pointer: pointer + "/" + key).error("must be seconds, 0 or more")
        }
        return time
    }

    func text(_ key: String) throws -> String {
        guard let text = value[key]?.string, !text.isEmpty else {
            throw CueField(value: value[key] ?? value, pointer: pointer + "/" + key).error(
                "must be a text that is not empty")
        }
        return text
    }

    func flag(_ key: String) throws -> Bool? {
        guard let child = value[key] else { return nil }
        guard let flag = child.bool else {
            throw CueField(value: child, pointer: pointer + "/" + key).error("must be true or false")
        }
        return flag
    }

    func number(_ key: String, in range: ClosedRange<Float>, standard: Float) throws -> Float {
        guard let child = value[key] else { return standard }
        guard let number = child.float, range.contains(number) else {
            throw CueField(value: child, pointer: pointer + "/" + key).error(
                "must be a number within \(range.lowerBound) and \(range.upperBound)")
        }
        return number
    }

    func gesture() throws -> GestureCue.Gesture {
        if let named = value["gesture"]?.string.flatMap(GestureCue.Gesture.init(named:)) { return named }
        return try choice("gesture", GestureCue.Gesture.allCases, \.rawValue)
    }

    func choice<Value>(_ key: String, _ choices: [Value], _ name: KeyPath<Value, String>) throws -> Value {
        let place = CueField(value: value[key] ?? value, pointer: pointer + "/" + key)
        guard let found = choices.first(where: { $0[keyPath: name] == value[key]?.string }) else {
            throw place.error(
                "must be one of " + choices.map { $0[keyPath: name] }.joined(separator: ", "))
        }
        return found
    }
}
