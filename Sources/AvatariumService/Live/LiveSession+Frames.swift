import Avatarium
import AvatariumCore
import RenderChild

/// What leaves with each frame: sound, events, the face, and the face's picture when it is drawn.
extension LiveSession {
    /// Bytes that may wait for the client before sound is left out.
    private static let deafAt = 1 << 20
    /// Frames from one ping to the next, and seconds of silence after which a client is gone.
    private static let framesPerPing = 450
    private static let silentAt = 60.0

    func take(_ tick: LiveTicker.Tick) {
        guard let socket else { return }
        let moment = stage.tick()
        // What belongs to a frame leaves at once.
        socket.together {
            send(moment.sound, at: moment.index, socket)
            for event in moment.events { tell(.event(event)) }
            if order.streams.contains(.face) { sendFace(moment, socket) }
            if moment.index % Self.framesPerPing == Self.framesPerPing - 1 { socket.ping() }
        }
        if let drawing { draw(moment, isLate: tick.isLate, drawing, socket) }
        if socket.silentSeconds > Self.silentAt { socket.close(.goingAway) }
    }

    private func draw(
        _ moment: LiveStage.Moment, isLate: Bool, _ drawing: any LiveDrawing, _ socket: LiveSocket
    ) {
        // A late frame would only make the next ones late.
        guard !isLate else { return pictures.leftOut() }
        let face = pictures.next(moment, rests: rests(moment), epoch: epoch, backlog: socket.backlog)
        if let face { drawing.draw(face) }
    }

    /// Whether the face moves slowly.
    private func rests(_ moment: LiveStage.Moment) -> Bool { moment.isIdle && !stage.mood.isListening }

    private func sendFace(_ moment: LiveStage.Moment, _ socket: LiveSocket) {
        guard !rests(moment) || moment.index % 2 == 0, socket.backlog < LivePictures.fullAt else { return }
        socket.send(
            binary: LivePacket.face(
                moment.face, turn: moment.turn, epoch: epoch,
                seconds: order.frameRate.seconds(atFrame: moment.index), madeAt: LiveClock.now()))
        if drawing == nil { showed(moment.turn) }
    }

    private func send(_ sound: LiveStage.Sound?, at frame: Int, _ socket: LiveSocket) {
        guard order.streams.contains(.audio) else { return }
        do {
            let packets = try voice.take(sound, planned: frame + stage.lead)
            guard socket.backlog < Self.deafAt else { return }
            for packet in packets {
                socket.send(
                    binary: LivePacket.bytes(
                        .audio, packet.isFirst ? [.key, .first] : [.key], turn: packet.turn, epoch: epoch,
                        seconds: packet.seconds, drawnAt: 0, packet.bytes))
            }
            if let sound { sounded(sound.turn) }
        } catch {
            voice.cut()
            tell(error, turn: sound?.turn)
        }
    }

    /// Passes a drawn picture on.
    func pass(_ picture: LivePicture) {
        guard let known = pictures.arrived(picture), let socket else { return }
        var flags: LivePacket.Flags = known.turn == nil ? [] : [.speaking]
        if picture.isKey { flags.insert(.key) }
        socket.send(
            binary: LivePacket.bytes(
                .video, flags, turn: known.turn ?? 0, epoch: known.epoch,
                seconds: order.frameRate.seconds(atFrame: picture.index), drawnAt: picture.drawnAt,
                picture.bytes))
        showed(known.turn)
    }
}
