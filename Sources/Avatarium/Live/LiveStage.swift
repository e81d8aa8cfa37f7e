import AvatariumCore
import LipSync

/// The face and the voice of an avatar that is there all the time: speaks turn after turn, can be interrupted at any
/// frame, and lives between turns. A value without clock or I/O: its owner calls ``tick()`` for every frame.
///
/// ```
/// turns ──► plan (a few frames ahead: sound leaves now) ──► slots ──► tick (faces leave, joined to the one before)
/// ```
///
/// Sound is planned ``lead`` frames before its face is shown, so that a listener has it when the picture comes: then
/// pictures need no buffer of their own, and lips and sound keep together.
package struct LiveStage {
    /// What happens in one frame.
    package struct Moment: Sendable {
        /// The number of the frame; its time is `frameRate.seconds(atFrame: index)`.
        package var index: Int
        package var face: FaceFrame
        /// The turn that is being spoken.
        package var turn: Int?
        /// Whether nothing moves but an idle face.
        package var isIdle: Bool
        package var events: [Event]
        /// The sound of frame `index + lead`; nil where that frame is silent.
        package var sound: Sound?
    }

    /// Samples that are heard from one frame's time to the next one's.
    package struct Sound: Sendable, Equatable {
        package var samples: [Float]
        package var sampleRate: Int
        /// The frame with which it begins to be heard.
        package var frame: Int
        package var turn: Int
    }

    /// What begins in a frame.
    package struct Event: Sendable, Equatable {
        package enum Kind: Sendable, Equatable {
            case started
            case finished
            case sentence(String)
            case word(String)
            case phone(String)
            /// An SSML mark or a mark of the text.
            case bookmark(String)
        }
        package var kind: Kind
        package var turn: Int
        /// Seconds on the stage's clock.
        package var seconds: Double
        /// How long it lasts, seconds; 0 for a moment.
        package var duration: Double
    }

    /// What the viewer had heard of a turn when it was interrupted.
    package struct Heard: Sendable, Equatable {
        package var turn: Int
        /// Seconds of the turn.
        package var seconds: Double
        /// The last word that had begun, where words are known.
        package var word: String?
    }

    package let frameRate: FrameRate
    /// Frames by which sound leaves before its face.
    package let lead: Int
    package var mood = LiveMood() { didSet { idle.mood = mood } }

    private let makesSound: Bool
    private var turns: [Turn] = []
    private var slots: [Slot] = []
    /// Slots that are to be shown again after a broken connection.
    private var again: [Slot] = []
    private var past: [Slot] = []
    private var idle: IdleFaces
    private var index = 0
    private var shown = FaceFrame()
    private var blend: FaceBlend?
    private var showsTurn: Int?

    /// How far back `rewind` can go, seconds.
    package static let memorySeconds = 5.0

    /// - Parameters:
    ///   - lead: Frames by which sound leaves before its face, 0 to 30.
    ///   - makesSound: Whether moments have sound; a viewer of faces alone needs none.
    package init(
        frameRate: FrameRate = .fps30, performance: PerformanceOptions = PerformanceOptions(), lead: Int = 2,
        makesSound: Bool = true
    ) {
        self.makesSound = makesSound
        self.frameRate = frameRate
        self.lead = min(max(lead, 0), 30)
        idle = IdleFaces(performance, frameRate: frameRate)
    }

    /// The next frame's number.
    package var nextFrame: Int { index }

    /// How many turns are being spoken or wait.
    package var turnCount: Int { turns.count }
    /// Seconds of speech that are known and not yet planned.
    package var secondsAhead: Double {
        frameRate.seconds(atFrame: turns.reduce(0) { $0 + $1.faces.count - $1.planned })
    }

    // MARK: Turns

    private struct Turn {
        var id: Int
        var faces: [FaceFrame] = []
        var audio: ClipAudio?
        var words: [Word] = []
        var phones: [Phone] = []
        var sentences: [(start: Double, text: String)] = []
        var bookmarks: [(start: Double, name: String)] = []
        var isWhole = false
        /// Frames planned so far.
        var planned = 0
    }

    private struct Slot {
        /// Nil for an idle frame.
        var turn: Int?
        var face: FaceFrame?
        var events: [Event] = []
        var sound: Sound?
        var turnSeconds = 0.0
        var word: String?
    }

    /// Adds a turn, which begins when those before it have ended.
    package mutating func begin(_ turn: Int) { turns.append(Turn(id: turn)) }

    /// Adds what is known of a turn's speech. Faces may end before the audio does.
    package mutating func add(
        _ part: Performance.Part, timeline: PhoneTimeline, sentence: String?, to turn: Int
    ) {
        guard let at = turns.firstIndex(where: { $0.id == turn }) else { return }
        if let sentence, let first = timeline.words.dropFirst(turns[at].words.count).first {
            turns[at].sentences.append((first.start, sentence))
        }
        turns[at].audio = part.audio
        turns[at].faces += part.faces
        turns[at].words = timeline.words
        turns[at].phones = timeline.phones
    }

    package mutating func add(bookmark: String, at seconds: Double, to turn: Int) {
        guard let at = turns.firstIndex(where: { $0.id == turn }) else { return }
        turns[at].bookmarks.append((seconds, bookmark))
    }

    /// Says that nothing more comes of a turn. One without any face is taken off.
    package mutating func end(_ turn: Int) {
        guard let at = turns.firstIndex(where: { $0.id == turn }) else { return }
        turns[at].isWhole = true
        if turns[at].faces.count == turns[at].planned, turns[at].planned == 0 { turns.remove(at: at) }
    }

    /// Drops everything that is being said or waits; the mouth closes within 100 ms.
    /// - Returns: What had been heard of the turn at hand.
    package mutating func interrupt() -> Heard? {
        let current = showsTurn
        let last = past.last { $0.turn == current }
        turns = []
        slots = []
        again = []
        past = []
        return current.map {
            Heard(turn: $0, seconds: last?.turnSeconds ?? 0, word: last?.word)
        }
    }

    /// Goes back to a frame that was shown within the last seconds, so that speech which was lost with a connection is
    /// said again.
    /// - Parameter frame: The last frame that the viewer has seen.
    package mutating func rewind(to frame: Int) {
        let lost = min(past.count, max(0, index - 1 - frame))
        again = past.suffix(lost).filter { $0.turn != nil } + slots.filter { $0.turn != nil } + again
        past.removeLast(lost)
        slots = []
    }

    // MARK: Frames

    /// Makes the next frame.
    package mutating func tick() -> Moment {
        var sound: Sound?
        while slots.count <= lead {
            var slot = plan(at: index + slots.count)
            if let new = slot.sound {
                // Only the first tick after a start plans several: their sound leaves together.
                sound =
                    sound.map { known in
                        guard known.turn == new.turn, known.sampleRate == new.sampleRate else { return known }
                        return Sound(
                            samples: known.samples + new.samples, sampleRate: known.sampleRate,
                            frame: known.frame, turn: known.turn)
                    } ?? new
            }
            if slot.turn == nil { slot.sound = nil }
            slots.append(slot)
        }
        let slot = slots.removeFirst()
        remember(slot)
        let face = join(slot)
        defer { index += 1 }
        return Moment(
            index: index, face: face, turn: slot.turn, isIdle: slot.turn == nil && blend == nil,
            events: slot.events, sound: sound)
    }

    private mutating func remember(_ slot: Slot) {
        past.append(slot)
        let limit = frameRate.frameCount(coveringSeconds: Self.memorySeconds)
        if past.count > limit { past.removeFirst(past.count - limit) }
    }

    private mutating func plan(at frame: Int) -> Slot {
        if !again.isEmpty {
            var slot = again.removeFirst()
            let seconds = frameRate.seconds(atFrame: frame)
            slot.sound?.frame = frame
            for event in slot.events.indices { slot.events[event].seconds = seconds }
            return slot
        }
        while let turn = turns.first, turn.isWhole, turn.planned == turn.faces.count { turns.removeFirst() }
        guard var turn = turns.first, turn.planned < turn.faces.count else { return Slot() }
        let number = turn.planned
        turn.planned += 1
        turns[0] = turn
        let (start, end) = (frameRate.seconds(atFrame: number), frameRate.seconds(atFrame: number + 1))
        var slot = Slot(turn: turn.id, face: turn.faces[number], turnSeconds: start)
        slot.sound = sound(of: turn, from: start, to: end, frame: frame)
        slot.events = events(of: turn, from: start, to: end, at: frameRate.seconds(atFrame: frame))
        if turn.isWhole, turn.planned == turn.faces.count {
            slot.events.append(
                Event(
                    kind: .finished, turn: turn.id, seconds: frameRate.seconds(atFrame: frame + 1),
                    duration: 0))
        }
        slot.word = turn.words.last { $0.start <= start }?.text
        return slot
    }

    private func sound(of turn: Turn, from start: Double, to end: Double, frame: Int) -> Sound? {
        guard makesSound, let audio = turn.audio else { return nil }
        let rate = Double(audio.sampleRate)
        let range = (Int(start * rate)..<Int(end * rate)).clamped(to: 0..<audio.sampleCount)
        guard !range.isEmpty, let samples = try? audio.samples(range) else { return nil }
        return Sound(samples: samples, sampleRate: audio.sampleRate, frame: frame, turn: turn.id)
    }

    private func events(of turn: Turn, from start: Double, to end: Double, at seconds: Double) -> [Event] {
        func event(_ kind: Event.Kind, _ time: Double, _ duration: Double = 0) -> Event {
            Event(kind: kind, turn: turn.id, seconds: seconds + max(0, time - start), duration: duration)
        }
        func begins(_ time: Double) -> Bool { time < end && (time >= start || start == 0) }
        var events = start == 0 ? [event(.started, 0)] : []
        events += turn.sentences.filter { begins($0.start) }.map { event(.sentence($0.text), $0.start) }
        events += turn.bookmarks.filter { begins($0.start) }.map { event(.bookmark($0.name), $0.start) }
        events += turn.words.within(start, end, \.start).map {
            event(.word($0.text), $0.start, $0.end - $0.start)
        }
        events += turn.phones.within(start, end, \.start).filter { !$0.isSilence }
            .map { event(.phone($0.ipa), $0.start, $0.duration) }
        return events
    }

    // MARK: Faces

    private mutating func join(_ slot: Slot) -> FaceFrame {
        let target: FaceFrame
        if let face = slot.face {
            if showsTurn != slot.turn {
                blend = FaceBlend(from: shown, at: index, mouthFrames: 0, frames: frames(0.25))
            }
            target = face
        } else {
            let (face, isNew) = idle.take()
            if showsTurn != nil {
                blend = FaceBlend(from: shown, at: index, mouthFrames: frames(0.1), frames: frames(0.4))
            } else if isNew, index > 0 {
                blend = FaceBlend(from: shown, at: index, mouthFrames: frames(0.3), frames: frames(0.5))
            }
            target = face
        }
        showsTurn = slot.turn
        if blend?.isOver(at: index) == true { blend = nil }
        shown = blend?.face(at: index, to: target) ?? target
        return shown
    }

    private func frames(_ seconds: Double) -> Int { frameRate.frameCount(coveringSeconds: seconds) }
}

extension Array {
    /// The elements of a list sorted by time that begin in a span.
    fileprivate func within(_ start: Double, _ end: Double, _ time: (Element) -> Double) -> ArraySlice<
        Element
    > {
        func first(_ limit: Double) -> Int {
            var (low, high) = (0, count)
            while low < high {
                let middle = (low + high) / 2
                if time(self[middle]) >= limit { high = middle } else { low = middle + 1 }
            }
            return low
        }
        let from = first(start)
        return self[from..<Swift.max(from, first(end))]
    }
}

/// The way from one face to another: the mouth at its own pace, since lips must be where their sound is.
struct FaceBlend {
    let from: FaceFrame
    let at: Int
    /// Frames after which the mouth, and all else, has arrived.
    let mouthFrames: Int
    let frames: Int

    func isOver(at index: Int) -> Bool { index - at >= max(mouthFrames, frames) }

    func face(at index: Int, to target: FaceFrame) -> FaceFrame {
        let mouth = weight(index, mouthFrames)
        let rest = weight(index, frames)
        var face = target
        for shape in face.shapes.indices {
            face.shapes[shape] = mix(
                from.shapes[shape], target.shapes[shape], Self.isMouth[shape] ? mouth : rest)
        }
        for viseme in face.visemes.indices {
            face.visemes[viseme] = mix(from.visemes[viseme], target.visemes[viseme], mouth)
        }
        for emotion in face.emotions.indices {
            face.emotions[emotion] = mix(from.emotions[emotion], target.emotions[emotion], rest)
        }
        face.headRotation = from.headRotation + (target.headRotation - from.headRotation) * rest
        face.gaze = from.gaze + (target.gaze - from.gaze) * rest
        face.body = from.body.mixed(with: target.body, rest)
        return face
    }

    /// 0 to 1 with a soft start and end; the first frame has moved already.
    private func weight(_ index: Int, _ frames: Int) -> Float {
        guard frames > 0 else { return 1 }
        let x = min(1, Float(index - at + 1) / Float(frames))
        return x * x * (3 - 2 * x)
    }

    private func mix(_ a: Float, _ b: Float, _ weight: Float) -> Float { a + (b - a) * weight }

    /// The shapes that speech moves.
    private static let isMouth: [Bool] = ARKitShape.allCases.map {
        $0.name.hasPrefix("mouth") || $0.name.hasPrefix("jaw") || $0 == .tongueOut || $0 == .cheekPuff
    }
}
