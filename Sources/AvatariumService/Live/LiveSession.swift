import Avatarium
import AvatariumCore
import Foundation
import Logging
import RenderChild

/// One avatar that is there for one viewer: ticks at the frame rate, speaks, and outlives a broken connection.
///
/// ```
/// client's messages ──► handle ──► LiveStage ──tick──► sound ──► Opus ─────────────► socket
///          say ──► engine ──► LiveSpeech ──┘      └──► face ──► child: draw, H.264 ──► socket
/// ```
///
/// Nothing piles up (`LivePictures`). While nobody is connected the clock stands still. What the parts do: turns of text and
/// of recorded speech in `LiveSession+Speech`, frames in `LiveSession+Frames`, the words of the protocol in `LiveMessage` and
/// `LiveAnswer`.
actor LiveSession {
    let id: String
    let order: LiveOrder
    let drawing: (any LiveDrawing)?
    private let logger: Logger
    private let ticker: LiveTicker
    private let audience: LiveAudience
    /// Whether the audience counts this session's viewer.
    private var isCounted = false

    var stage: LiveStage
    /// The connection at hand.
    private(set) var socket: LiveSocket?
    private var ticking: Task<Void, Never>?
    private var passing: Task<Void, Never>?
    /// Whether the drawing has failed: then nobody can come back to it.
    private(set) var isBroken = false

    /// Grows with each interruption and each connection.
    var epoch = 0
    private var lastTurn = 0
    private var latencies: [Int: LiveLatency] = [:]
    /// Texts that wait to be spoken, and who speaks them.
    var texts: [(turn: Int, say: LiveMessage.Say)] = []
    var speaking: Task<Void, Never>?
    var recording: LiveRecording?
    var voice: LiveVoice
    var pictures: LivePictures

    private static let mostTurns = 64

    init(
        id: String, order: LiveOrder, drawing: (any LiveDrawing)?, ticker: LiveTicker,
        audience: LiveAudience, logger: Logger
    ) {
        self.id = id
        self.order = order
        self.drawing = drawing
        self.ticker = ticker
        self.audience = audience
        self.logger = logger
        voice = LiveVoice(frameRate: order.frameRate)
        pictures = LivePictures(frameRate: order.frameRate, audience: audience)
        stage = LiveStage(
            frameRate: order.frameRate, performance: order.performance,
            makesSound: order.streams.contains(.audio))
        stage.mood.emotion = order.clip.emotions?.first
    }

    // MARK: The connection

    /// Begins, or goes on, for a connection.
    /// - Parameter seen: The last frame that the client has shown of this session, where it was there before.
    func attach(_ socket: LiveSocket, seen: Int?) {
        ticking?.cancel()
        self.socket?.close(.goingAway)
        self.socket = socket
        count(drawing != nil)
        if let seen { stage.rewind(to: seen) }
        voice.cut()
        pictures.restart()
        epoch += 1
        tell(
            .ready(
                LiveAnswer.Ready(
                    session: id, isResumed: seen != nil, frame: stage.nextFrame, epoch: epoch, order: order)))
        if let drawing, passing == nil {
            passing = Task { [weak self] in
                do {
                    for try await picture in drawing.pictures { await self?.pass(picture) }
                } catch {
                    await self?.fail(error)
                }
            }
        }
        let ticks = ticker.ticks(order.frameRate)
        ticking = Task { [weak self] in
            for await tick in ticks { await self?.take(tick) }
        }
    }

    /// What becomes of the session when a connection ends.
    enum Departure { case waits, isOver, belongsToAnother }

    /// Stops the clock until somebody comes back. Only the connection that is at hand can be given up.
    func detach(_ socket: LiveSocket) -> Departure {
        guard self.socket === socket else { return isBroken ? .isOver : .belongsToAnother }
        ticking?.cancel()
        ticking = nil
        self.socket = nil
        count(false)
        return isBroken ? .isOver : .waits
    }

    /// Ends the session for good.
    func end() async {
        ticking?.cancel()
        speaking?.cancel()
        passing?.cancel()
        socket?.close(.goingAway)
        socket = nil
        count(false)
        await drawing?.end()
        try? FileManager.default.removeItem(atPath: order.folder)
    }

    /// Joins or leaves the audience.
    private func count(_ isThere: Bool) {
        guard isThere != isCounted else { return }
        isCounted = isThere
        isThere ? audience.join() : audience.leave()
    }

    private func fail(_ error: any Error) {
        guard !(error is CancellationError) else { return }
        isBroken = true
        logger.error("a live session failed", metadata: ["session": "\(id)", "cause": "\(error)"])
        // A crash of the drawing is a lost connection to the client: another session may do better.
        let isCrash = (error as? AvatariumError)?.code == .internalError
        let told =
            isCrash
            ? AvatariumError(.webSocketClosed, "rendering of this avatar stopped; connect again") : error
        tell(.failure(told, turn: nil, isFatal: true))
        socket?.close(.unexpectedServerError)
    }

    // MARK: Messages

    /// Does what the client says.
    /// - Throws: `APIError` and `AvatariumError` for what cannot be done.
    func handle(_ message: LiveMessage) async throws {
        switch message {
        case .start:
            throw APIError.invalid(
                "/type",
                "the session has already started; open another connection for another session")
        case .say(let say): try begin(say)
        case .audio(let piece): try await begin(piece)
        case .samples(let bytes): try await hear(bytes)
        case .audioEnd: try await endRecording()
        case .interrupt: interrupt()
        case .expression(let cue): stage.mood.emotion = cue
        case .gaze(let pitch, let yaw): stage.mood.gaze = GazeCue(start: 0, pitch: pitch, yaw: yaw)
        case .gazeEnd: stage.mood.gaze = nil
        case .listening(let on): stage.mood.isListening = on
        case .keyFrame: pictures.needsKey = true
        case .report(let seconds): pictures.viewerHasShown(seconds)
        case .ping(let time): tell(.pong(time: time))
        }
    }

    func tell(_ answer: LiveAnswer) { socket?.send(answer) }

    /// Sends an error after which the session goes on.
    func tell(_ error: any Error, turn: Int? = nil) { tell(.failure(error, turn: turn, isFatal: false)) }

    // MARK: Turns

    /// Takes a turn on.
    /// - Throws: RATE_LIMIT_EXCEEDED where too many wait.
    func newTurn(_ reference: String?) throws -> Int {
        guard stage.turnCount < Self.mostTurns else {
            throw APIError(
                .rateLimitExceeded,
                "\(Self.mostTurns) turns are waiting to be spoken; wait for `finished`, or interrupt",
                retryAfter: 5)
        }
        lastTurn += 1
        latencies[lastTurn] = LiveLatency(turn: lastTurn)
        stage.mood.isListening = false
        stage.begin(lastTurn)
        tell(.turn(lastTurn, reference: reference))
        return lastTurn
    }

    private func interrupt() {
        speaking?.cancel()
        speaking = nil
        texts = []
        recording = nil
        voice.cut()
        epoch += 1
        latencies = [:]
        let heard = stage.interrupt()
        tell(.interrupted(epoch: epoch, frame: stage.nextFrame, heard: heard))
    }

    /// Speech of a turn was made.
    func spoke(_ turn: Int) { latencies[turn]?.speaks() }

    /// Sound of a turn was sent.
    func sounded(_ turn: Int) { latencies[turn]?.sounds() }

    /// A face of a turn was sent: with the first one its latency is known.
    func showed(_ turn: Int?) {
        guard let turn, latencies[turn]?.shows() == true, var latency = latencies[turn] else { return }
        latency.drawing = pictures.drawingMilliseconds
        latency.effort = drawing == nil ? nil : pictures.effort
        latencies = latencies.filter { $0.key >= turn }
        tell(.latency(latency))
    }
}
