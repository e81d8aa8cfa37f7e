import Avatarium
import AvatariumCore
import Foundation
import Logging
import RenderChild
import ServiceStore

/// What a viewer asked for when the session began.
struct LiveOrder: Sendable {
    enum Stream: String, Sendable, CaseIterable {
        case video, audio, face
    }

    var account: AccountID
    /// The look; its avatar is a path or a bundled name.
    var clip: ClipRequest
    var isTrusted: Bool
    var streams: Set<Stream>
    var voice: String?
    var frameRate: FrameRate
    /// A folder of this session, removed with it.
    var folder: String
}

/// One avatar that is there for one viewer: ticks at the frame rate, speaks, and outlives a broken connection.
///
/// ```
/// client's messages ──► handle ──► LiveStage ──tick──► sound ──► Opus ─────────────► socket
///          say ──► engine ──► LiveSpeech ──┘      └──► face ──► child: draw, H.264 ──► socket
/// ```
///
/// Nothing piles up: a frame is not drawn while two are under way or the socket is behind, and then decoding begins again
/// with a key picture. While nobody is connected the clock stands still.
actor LiveSession {
    let id: String
    let order: LiveOrder
    private let drawing: (any LiveDrawing)?
    private let logger: Logger
    private var stage: LiveStage
    private var socket: LiveSocket?
    private var ticking: Task<Void, Never>?
    private var passing: Task<Void, Never>?

    /// Grows with each interruption.
    private var epoch = 0
    private var lastTurn = 0
    private var speech: [Spoken] = []
    private var speaking: Task<Void, Never>?
    private var recording: Recording?
    private var voice: LiveVoice

    /// Faces that are being drawn, by their frame, and what is to be said of each.
    private var underWay: [Int: Drawn] = [:]
    private var needsKey = true
    /// Whether the drawing has failed: then nobody can come back to it.
    private(set) var isBroken = false
    /// The last time that the client has shown, and when it said so; nil for one that does not report.
    private var shown: (seconds: Double, at: ContinuousClock.Instant)?
    private var latencies: [Int: TurnLatency] = [:]
    private var drawTimes: [Int64] = []

    /// Bytes that may wait for the client before pictures are left out, and before sound is.
    private static let fullAt = 192 << 10
    private static let deafAt = 1 << 20
    /// Seconds that the client's picture may be behind before pictures are left out.
    private static let lateAt = 1.5
    private static let mostTurns = 64
    /// Seconds of speech that are made ahead, and that a client may send ahead.
    private static let farthestAhead = 60.0
    private static let farthestSent = 600.0

    private struct Spoken {
        var turn: Int
        var say: LiveMessage.Say
    }

    private struct Drawn {
        var turn: Int?
        var epoch: Int
    }

    private struct Recording {
        var turn: Int
        var sampleRate: Int
        var language: String?
        var speech: LiveSpeech
        var listener: LiveListener
        /// Timings of the piece whose samples are coming.
        var timings: [UInt8]?
        var pending: [Float] = []
        /// A sample's second byte is still to come.
        var oddByte: UInt8?
    }

    /// When the stages of a turn were reached.
    private struct TurnLatency {
        var asked = ContinuousClock.now
        var spoken: Double?
        var heard: Double?
        var seen: Double?
        var isReported = false
        func since() -> Double { (ContinuousClock.now - asked).seconds * 1000 }
    }

    init(id: String, order: LiveOrder, drawing: (any LiveDrawing)?, logger: Logger) {
        self.id = id
        self.order = order
        self.drawing = drawing
        self.logger = logger
        voice = LiveVoice(frameRate: order.frameRate)
        stage = LiveStage(frameRate: order.frameRate, performance: order.clip.livePerformance)
        stage.mood.emotion = order.clip.emotions?.first
    }

    // MARK: The connection

    /// Begins, or goes on, for a connection.
    /// - Parameter seen: The last frame that the client has shown of this session, where it was there before.
    func attach(_ socket: LiveSocket, seen: Int?) {
        ticking?.cancel()
        self.socket?.close(.goingAway)
        self.socket = socket
        if let seen { stage.rewind(to: seen) }
        voice.cut()
        needsKey = true
        underWay = [:]
        shown = nil
        epoch += 1
        say(ready(resumed: seen != nil))
        if let drawing, passing == nil {
            passing = Task { [weak self] in
                do {
                    for try await picture in drawing.pictures { await self?.pass(picture) }
                } catch {
                    await self?.fail(error)
                }
            }
        }
        ticking = Task { [weak self] in await Self.tick(self) }
    }

    /// What becomes of the session when a connection ends.
    enum Departure { case waits, isOver, belongsToAnother }

    /// Stops the clock until somebody comes back. Only the connection that is at hand can be given up.
    func detach(_ socket: LiveSocket) -> Departure {
        guard self.socket === socket else { return isBroken ? .isOver : .belongsToAnother }
        ticking?.cancel()
        ticking = nil
        self.socket = nil
        return isBroken ? .isOver : .waits
    }

    /// Ends the session for good.
    func end() async {
        ticking?.cancel()
        speaking?.cancel()
        passing?.cancel()
        socket?.close(.goingAway)
        socket = nil
        await drawing?.end()
        try? FileManager.default.removeItem(atPath: order.folder)
    }

    private func ready(resumed: Bool) -> JSON {
        let size = order.clip.size ?? ImageSize(width: 1280, height: 720)
        var ready: [(String, JSON)] = [
            ("type", .string("ready")), ("session", .string(id)), ("resumed", .bool(resumed)),
            ("frame_rate", .number(order.frameRate.framesPerSecond)), ("frame", .integer(stage.nextFrame)),
            ("epoch", .integer(epoch)), ("time", .number(Double(LiveClock.now()) / 1000)),
        ]
        if order.streams.contains(.video) {
            ready.append(
                (
                    "video",
                    .members([
                        "codec": .string(LivePictureFormat.codec), "width": .integer(size.width),
                        "height": .integer(size.height),
                    ])
                ))
        }
        if order.streams.contains(.audio) {
            ready.append(("audio", .members(["codec": .string("opus"), "sample_rate": .integer(48_000)])))
        }
        if order.streams.contains(.face) {
            func names(_ list: [String]) -> JSON { .array(list.map(JSON.string)) }
            ready.append(
                (
                    "face",
                    .members([
                        "shapes": names(ARKitShape.names),
                        "visemes": names(OculusViseme.allCases.map(\.name)),
                        "emotions": names(Emotion.allCases.map(\.name)),
                    ])
                ))
        }
        var object = JSONObject()
        for (name, value) in ready { object.set(name, value) }
        return .object(object)
    }

    // MARK: Messages

    /// Does what the client says.
    /// - Throws: `APIError` and `AvatariumError` for what cannot be done.
    func handle(_ message: LiveMessage) async throws {
        switch message {
        case .start:
            throw APIError.invalid("/type", "the session has begun; connect again for another")
        case .say(let say): try begin(say)
        case .audio(let piece): try await begin(piece)
        case .samples(let bytes): try await hear(bytes)
        case .audioEnd: try await endRecording()
        case .interrupt: interrupt()
        case .expression(let cue): stage.mood.emotion = cue
        case .gaze(let pitch, let yaw): stage.mood.gaze = GazeCue(start: 0, pitch: pitch, yaw: yaw)
        case .gazeEnd: stage.mood.gaze = nil
        case .listening(let on): stage.mood.isListening = on
        case .keyFrame: needsKey = true
        case .report(let seconds): shown = (seconds, .now)
        case .ping(let time):
            say(
                .members([
                    "type": .string("pong"), "time": .number(time),
                    "server_time": .number(Double(LiveClock.now()) / 1000),
                ]))
        }
    }

    private func newTurn(_ reference: String?) throws -> Int {
        guard stage.turnCount < Self.mostTurns else {
            throw APIError(
                .rateLimitExceeded,
                "\(Self.mostTurns) turns wait to be spoken; wait for `finished`, or interrupt",
                retryAfter: 5)
        }
        lastTurn += 1
        latencies[lastTurn] = TurnLatency()
        stage.mood.isListening = false
        stage.begin(lastTurn)
        var accepted: [(String, JSON)] = [("type", .string("turn")), ("turn", .integer(lastTurn))]
        if let reference { accepted.append(("reference", .string(reference))) }
        var object = JSONObject()
        for (name, value) in accepted { object.set(name, value) }
        say(.object(object))
        return lastTurn
    }

    // MARK: Text

    private func begin(_ say: LiveMessage.Say) throws {
        var say = say
        say.options.voice = say.options.voice ?? order.voice
        try say.options.validate()
        speech.append(Spoken(turn: try newTurn(say.reference), say: say))
        if speaking == nil { speaking = Task { await self.speakAll() } }
    }

    private func speakAll() async {
        while !speech.isEmpty, !Task.isCancelled {
            let next = speech.removeFirst()
            do {
                try await speak(next)
            } catch is CancellationError {
                break
            } catch {
                stage.end(next.turn)
                tell(error, turn: next.turn)
            }
        }
        // An interruption has put another task in this one's place.
        if !Task.isCancelled { speaking = nil }
    }

    private func speak(_ spoken: Spoken) async throws {
        var live = LiveSpeech(
            text: spoken.say.text, spoken.say.options, base: performance, mood: stage.mood, turn: spoken.turn,
            frameRate: order.frameRate)
        for try await piece in try LiveSpeech.speak(live.text, spoken.say.options) {
            try Task.checkCancellation()
            add(try live.add(piece), of: piece, live.timeline, turn: spoken.turn)
            // What is asked for at once is not kept at once.
            while stage.secondsAhead > Self.farthestAhead { try await Task.sleep(for: .milliseconds(200)) }
        }
        try Task.checkCancellation()
        add(try live.finish(), of: nil, live.timeline, turn: spoken.turn)
        stage.end(spoken.turn)
    }

    private var performance: PerformanceOptions { order.clip.livePerformance }

    private func add(
        _ part: Performance.Part, of piece: Utterance?, _ timeline: PhoneTimeline, turn: Int
    ) {
        let sentence = piece.map { $0.timeline.words.map(\.text).joined(separator: " ") }
        stage.add(part, timeline: timeline, sentence: sentence?.isEmpty == true ? nil : sentence, to: turn)
        if let latency = latencies[turn], latency.spoken == nil { latencies[turn]?.spoken = latency.since() }
    }

    private func interrupt() {
        speaking?.cancel()
        speaking = nil
        speech = []
        recording = nil
        voice.cut()
        epoch += 1
        let heard = stage.interrupt()
        var object = JSONObject()
        object.set("type", .string("interrupted"))
        object.set("epoch", .integer(epoch))
        object.set("frame", .integer(stage.nextFrame))
        if let heard {
            object.set("turn", .integer(heard.turn))
            object.set("seconds", .rounded(heard.seconds))
            if let word = heard.word { object.set("word", .string(word)) }
        }
        say(.object(object))
        latencies = [:]
    }

    // MARK: Recorded speech

    private func begin(_ piece: LiveMessage.AudioPiece) async throws {
        if recording != nil {
            try await closePiece()
            recording?.timings = piece.timings
            guard recording?.sampleRate == piece.sampleRate else {
                throw APIError.invalid(
                    "/sample_rate", "the sample rate changes within a turn; send audio_end before")
            }
            return
        }
        let turn = try newTurn(piece.reference)
        recording = Recording(
            turn: turn, sampleRate: piece.sampleRate, language: piece.language,
            speech: LiveSpeech(
                text: nil, SpeechOptions(), base: performance, mood: stage.mood, turn: turn,
                frameRate: order.frameRate),
            listener: LiveListener(sampleRate: piece.sampleRate), timings: piece.timings)
    }

    private func hear(_ bytes: [UInt8]) async throws {
        guard var at = recording else {
            throw APIError.invalid(
                "/type", "samples came without a turn; send {\"type\": \"audio\"} before them")
        }
        guard stage.secondsAhead < Self.farthestSent else {
            throw APIError(
                .rateLimitExceeded,
                "\(Int(Self.farthestSent / 60)) minutes of sound wait to be heard; send no faster than it is spoken",
                retryAfter: 5)
        }
        let all = (at.oddByte.map { [$0] } ?? []) + bytes
        at.oddByte = all.count % 2 == 1 ? all.last : nil
        let samples = stride(from: 0, to: all.count - 1, by: 2).map {
            Float(Int16(bitPattern: UInt16(all[$0]) | UInt16(all[$0 + 1]) << 8)) / 32768
        }
        if at.timings != nil {
            guard at.pending.count + samples.count <= 120 * at.sampleRate else {
                throw APIError.invalid(
                    "/audio", "a piece with timings is longer than 120 s; send it in smaller ones")
            }
            at.pending += samples
            recording = at
            return
        }
        recording = at
        let pieces = await recording?.listener.adding(samples, isLast: false)
        try take(pieces)
    }

    /// Puts analysed windows on the stage. The recording may have been interrupted meanwhile.
    private func take(_ result: (listener: LiveListener, pieces: [Utterance])?) throws {
        guard let result, var at = recording else { return }
        at.listener = result.listener
        for piece in result.pieces {
            add(try at.speech.add(piece), of: nil, at.speech.timeline, turn: at.turn)
        }
        recording = at
    }

    /// Ends a piece that has timings of its own.
    private func closePiece() async throws {
        guard var at = recording, let timings = at.timings, !at.pending.isEmpty else { return }
        let audio = AudioBuffer(sampleRate: at.sampleRate, samples: at.pending)
        at.pending = []
        at.timings = nil
        let piece = try LiveSpeech.utterance(of: audio, timings: timings, language: at.language)
        add(try at.speech.add(piece), of: piece, at.speech.timeline, turn: at.turn)
        recording = at
    }

    private func endRecording() async throws {
        guard recording != nil else {
            throw APIError.invalid("/type", "there is no audio to end; send {\"type\": \"audio\"} before")
        }
        try await closePiece()
        try take(await recording?.listener.adding([], isLast: true))
        guard var at = recording else { return }
        add(try at.speech.finish(), of: nil, at.speech.timeline, turn: at.turn)
        stage.end(at.turn)
        recording = nil
    }

    // MARK: Frames

    private static func tick(_ session: LiveSession?) async {
        guard let rate = session?.order.frameRate else { return }
        let clock = ContinuousClock()
        var start = clock.now
        var count = 0
        while !Task.isCancelled {
            let due = start + .seconds(rate.seconds(atFrame: count))
            let late = clock.now - due
            if late > .seconds(1) {
                // The machine was suspended or starved: go on from here instead of hurrying after.
                start = clock.now
                count = 0
            } else if late < .zero {
                try? await clock.sleep(until: due, tolerance: .milliseconds(1))
            }
            guard !Task.isCancelled else { return }
            await session?.tick(isLate: late > .seconds(rate.seconds(atFrame: 2)))
            count += 1
        }
    }

    private func tick(isLate: Bool) {
        guard let socket else { return }
        let moment = stage.tick()
        send(moment.sound, at: moment.index)
        for event in moment.events { tell(event) }
        if order.streams.contains(.face) { sendFace(moment, socket) }
        if drawing != nil, !isLate { draw(moment, socket) }
        if moment.index % 450 == 449 { socket.ping() }
        if socket.silentSeconds > 60 { socket.close(.goingAway) }
    }

    private func sendFace(_ moment: LiveStage.Moment, _ socket: LiveSocket) {
        // A face at rest changes slowly.
        guard !moment.isIdle || stage.mood.isListening || moment.index % 2 == 0, socket.backlog < Self.fullAt
        else { return }
        socket.send(
            binary: LivePacket.bytes(
                .face, moment.turn == nil ? [.key] : [.key, .speaking], turn: moment.turn ?? 0, epoch: epoch,
                seconds: order.frameRate.seconds(atFrame: moment.index), drawnAt: LiveClock.now(),
                LivePacket.face(moment.face)))
        if drawing == nil { saw(moment.turn) }
    }

    private func draw(_ moment: LiveStage.Moment, _ socket: LiveSocket) {
        let isBehind =
            socket.backlog > Self.fullAt
            || shown.map {
                order.frameRate.seconds(atFrame: moment.index) - $0.seconds > Self.lateAt
                    && (ContinuousClock.now - $0.at).seconds < 10
            } ?? false
        if isBehind {
            // What follows a gap can be decoded from a key picture on only.
            needsKey = true
            return
        }
        let rests = moment.isIdle && !stage.mood.isListening && moment.index % 2 == 1
        guard underWay.count < 2, !rests || needsKey else { return }
        underWay[moment.index] = Drawn(turn: moment.turn, epoch: epoch)
        drawing?.draw(LiveFace(index: moment.index, isKey: needsKey, face: moment.face))
        needsKey = false
    }

    private func pass(_ picture: LivePicture) {
        // A picture of an earlier connection means nothing to this one, whose decoder begins with a key picture.
        guard let drawn = underWay.removeValue(forKey: picture.index), let socket else { return }
        drawTimes = drawTimes.suffix(99) + [picture.microseconds]
        var flags: LivePacket.Flags = drawn.turn == nil ? [] : [.speaking]
        if picture.isKey { flags.insert(.key) }
        socket.send(
            binary: LivePacket.bytes(
                .video, flags, turn: drawn.turn ?? 0, epoch: drawn.epoch,
                seconds: order.frameRate.seconds(atFrame: picture.index), drawnAt: picture.drawnAt,
                picture.bytes))
        saw(drawn.turn)
    }

    private func send(_ sound: LiveStage.Sound?, at frame: Int) {
        guard order.streams.contains(.audio) else { return }
        do {
            let packets = try voice.take(sound, planned: frame + stage.lead)
            guard let socket, socket.backlog < Self.deafAt else { return }
            for packet in packets {
                socket.send(
                    binary: LivePacket.bytes(
                        .audio, packet.isFirst ? [.key, .first] : [.key], turn: packet.turn, epoch: epoch,
                        seconds: packet.seconds, drawnAt: 0, packet.bytes))
            }
            if let turn = sound?.turn, let latency = latencies[turn], latency.heard == nil {
                latencies[turn]?.heard = latency.since()
            }
        } catch {
            voice.cut()
            tell(error, turn: sound?.turn)
        }
    }

    // MARK: What is told

    private func saw(_ turn: Int?) {
        guard let turn, var latency = latencies[turn], !latency.isReported else { return }
        latency.seen = latency.since()
        latency.isReported = true
        latencies[turn] = latency
        latencies = latencies.filter { $0.key >= turn }
        let draw = drawTimes.sorted()
        var object = JSONObject()
        object.set("type", .string("latency"))
        object.set("turn", .integer(turn))
        if let spoken = latency.spoken { object.set("speech_ms", .rounded(spoken, 1)) }
        if let heard = latency.heard { object.set("sound_ms", .rounded(heard, 1)) }
        object.set("face_ms", .rounded(latency.seen ?? 0, 1))
        if !draw.isEmpty { object.set("draw_ms", .rounded(Double(draw[draw.count / 2]) / 1000, 1)) }
        say(.object(object))
    }

    private func tell(_ event: LiveStage.Event) {
        var object = JSONObject()
        func set(_ type: String, _ name: String? = nil, _ value: String? = nil) {
            object.set("type", .string(type))
            if let name, let value { object.set(name, .string(value)) }
        }
        switch event.kind {
        case .started: set("started")
        case .finished: set("finished")
        case .sentence(let text): set("sentence", "text", text)
        case .word(let text): set("word", "text", text)
        case .phone(let ipa): set("phone", "ipa", ipa)
        case .bookmark(let name): set("bookmark", "name", name)
        }
        object.set("turn", .integer(event.turn))
        object.set("seconds", .rounded(event.seconds))
        if event.duration > 0 { object.set("duration", .rounded(event.duration)) }
        say(.object(object))
    }

    /// Tells of a failure that the session survives.
    func tell(_ error: any Error, turn: Int? = nil) {
        say(LiveFailure.json(error, turn: turn, isFatal: false))
    }

    private func fail(_ error: any Error) {
        guard !(error is CancellationError) else { return }
        isBroken = true
        logger.error("a live session failed", metadata: ["session": "\(id)", "cause": "\(error)"])
        // A crash of the drawing is a lost connection to the client: another session may do better.
        let isCrash = (error as? AvatariumError)?.code == .internalError
        say(
            LiveFailure.json(
                isCrash
                    ? AvatariumError(.webSocketClosed, "the drawing of this avatar stopped; connect again")
                    : error,
                turn: nil, isFatal: true))
        socket?.close(.unexpectedServerError)
    }

    private func say(_ message: JSON) { socket?.send(text: message.encoded()) }
}

/// Failures in the library's form, which clients of live sockets get.
enum LiveFailure {
    static func json(_ error: any Error, turn: Int?, isFatal: Bool) -> JSON {
        let failure = avatariumError(error)
        var object = JSONObject()
        object.set("type", .string("error"))
        object.set("fatal", .bool(isFatal))
        if let turn { object.set("turn", .integer(turn)) }
        object.set("error", (try? JSON.encoding(failure)) ?? .null)
        return .object(object)
    }

    /// The contract's library code for what an HTTP answer would have said.
    static func avatariumError(_ error: any Error) -> AvatariumError {
        switch error {
        case var error as AvatariumError:
            error.cause = nil
            guard APIError.code(of: error.code) != .configError else {
                return AvatariumError(
                    error.code,
                    "the server is not set up for this; its operator finds in the log what is missing")
            }
            return error
        case let error as APIError:
            return AvatariumError(
                code(of: error.code), error.message,
                context: error.field.map { ["field": $0] } ?? [:],
                retryAfter: error.retryAfter.map { $0 * 1000 })
        default:
            return AvatariumError(.internalError, "something failed on the server; try again")
        }
    }

    private static func code(of code: APIError.Code) -> ErrorCode {
        switch code {
        case .unauthorized: .apiKeyMissing
        case .invalidAPIKey: .apiKeyInvalid
        case .tokenExpired: .apiKeyExpired
        case .tokenInvalid, .forbidden: .unauthorized
        case .avatarNotFound: .avatarNotFound
        case .conversationNotFound: .conversationNotFound
        case .rateLimitExceeded, .authRateLimit: .rateLimited
        case .freeTierLimitExceeded, .avatarLimitExceeded: .quotaExceeded
        case .missingParameter: .missingRequiredField
        case .invalidRequest, .invalidParameter, .invalidSlug: .validationError
        case .aiProviderError: .aiProviderError
        case .ttsProviderError, .byokProviderError: .ttsProviderError
        case .sessionNotFound, .accountNotFound, .notFound: .validationError
        case .configError, .internalError: .internalError
        }
    }
}

extension ClipRequest {
    /// How the avatar of a live session acts; hands beat where the picture shows them.
    fileprivate var livePerformance: PerformanceOptions {
        let showsHands = camera == .waist || camera == .body
        return PerformanceOptions(
            idle: idle ?? true, seed: seed ?? 0, gestureMode: showsHands ? gestures ?? .auto : .off)
    }
}
