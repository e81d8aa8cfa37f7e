import Avatarium
import AvatariumCore

/// What the service says on a live socket: a JSON object with `type` (docs/LIVE.md).
enum LiveAnswer {
    case ready(Ready)
    /// A turn was taken on.
    case turn(Int, reference: String?)
    case event(LiveStage.Event)
    case interrupted(epoch: Int, frame: Int, heard: LiveStage.Heard?)
    case latency(LiveLatency)
    case pong(time: Double)
    case failure(any Error, turn: Int?, isFatal: Bool)

    struct Ready {
        var session: String
        var isResumed: Bool
        var frame: Int
        var epoch: Int
        var order: LiveOrder
    }

    var json: JSON {
        switch self {
        case .ready(let ready): Self.json(ready)
        case .turn(let turn, let reference):
            Self.message("turn", ("turn", .integer(turn)), ("reference", reference.map(JSON.string)))
        case .event(let event): Self.json(event)
        case .interrupted(let epoch, let frame, let heard):
            Self.message(
                "interrupted", ("epoch", .integer(epoch)), ("frame", .integer(frame)),
                ("turn", heard.map { .integer($0.turn) }), ("seconds", heard.map { .rounded($0.seconds) }),
                ("word", heard?.word.map(JSON.string)))
        case .latency(let latency): Self.json(latency)
        case .pong(let time):
            Self.message("pong", ("time", .number(time)), ("server_time", Self.serverTime))
        case .failure(let error, let turn, let isFatal):
            Self.message(
                "error", ("fatal", .bool(isFatal)), ("turn", turn.map { .integer($0) }),
                ("error", (try? JSON.encoding(LiveFailure.avatariumError(error))) ?? .null))
        }
    }

    /// Members without a value are left out.
    private static func message(_ type: String, _ members: (String, JSON?)...) -> JSON {
        var object = JSONObject()
        object.set("type", .string(type))
        for case (let name, let value?) in members { object.set(name, value) }
        return .object(object)
    }

    /// Milliseconds since 1970.
    private static var serverTime: JSON { .number(Double(LiveClock.now()) / 1000) }

    private static func json(_ ready: Ready) -> JSON {
        let order = ready.order
        func names(_ list: [String]) -> JSON { .array(list.map(JSON.string)) }
        let video: JSON? =
            order.streams.contains(.video)
            ? .members([
                "codec": .string(LivePictureFormat.codec), "width": .integer(order.size.width),
                "height": .integer(order.size.height),
            ]) : nil
        let audio: JSON? =
            order.streams.contains(.audio)
            ? .members(["codec": .string("opus"), "sample_rate": .integer(48_000)]) : nil
        let face: JSON? =
            order.streams.contains(.face)
            ? .members([
                "shapes": names(ARKitShape.names), "visemes": names(OculusViseme.allCases.map(\.name)),
                "emotions": names(Emotion.allCases.map(\.name)),
            ]) : nil
        return message(
            "ready", ("session", .string(ready.session)), ("resumed", .bool(ready.isResumed)),
            ("frame_rate", .number(order.frameRate.framesPerSecond)), ("frame", .integer(ready.frame)),
            ("epoch", .integer(ready.epoch)), ("time", serverTime), ("video", video), ("audio", audio),
            ("face", face))
    }

    private static func json(_ event: LiveStage.Event) -> JSON {
        let (type, detail): (String, (String, JSON?)) =
            switch event.kind {
            case .started: ("started", ("", nil))
            case .finished: ("finished", ("", nil))
            case .sentence(let text): ("sentence", ("text", .string(text)))
            case .word(let text): ("word", ("text", .string(text)))
            case .phone(let ipa): ("phone", ("ipa", .string(ipa)))
            case .bookmark(let name): ("bookmark", ("name", .string(name)))
            }
        return message(
            type, detail, ("turn", .integer(event.turn)), ("seconds", .rounded(event.seconds)),
            ("duration", event.duration > 0 ? .rounded(event.duration) : nil))
    }

    private static func json(_ latency: LiveLatency) -> JSON {
        func milliseconds(_ value: Double?) -> JSON? { value.map { .rounded($0, 1) } }
        return message(
            "latency", ("turn", .integer(latency.turn)), ("speech_ms", milliseconds(latency.spoken)),
            ("sound_ms", milliseconds(latency.heard)), ("face_ms", milliseconds(latency.seen ?? 0)),
            ("draw_ms", milliseconds(latency.drawing)),
            ("pictures", latency.effort.map { .string("\($0)") }))
    }
}
