import AvatariumCore
import CAV

/// The pictures of a video, or of an image, by time: scaled, and repeated where asked for. Times must not go back.
package final class MovingPicture {
    /// How a picture is brought to another size.
    package enum Fit: Sendable, Equatable {
        /// Scaled until it covers the size, and cut.
        case cover(ImageSize)
        /// Scaled to a width, pixels; the height follows, up to a limit.
        case width(Int, maximumHeight: Int)
    }

    private let path: String
    /// The field that names it, for messages.
    private let field: String
    private let fit: Fit
    private let repeats: Bool
    private let origin: InputSource.Origin
    private var demuxer: Demuxer
    private var decoder: StreamDecoder
    private var stream: UnsafeMutablePointer<AVStream>
    private let converter = PictureConverter()
    /// Seconds at which this round of the video began.
    private var roundStart = 0.0
    /// Seconds by the video's own clock of its first picture.
    private var firstTime: Double?
    /// What is shown now, and what comes next; times by the clip's clock.
    private var shown: (start: Double, picture: PixelBuffer)?
    private var coming: [(start: Double, picture: PixelBuffer)] = []
    private var lastTime = 0.0
    private var frameSeconds = 0.04
    private var hasEnded = false
    /// Pictures decoded so far.
    private var count = 0

    /// - Throws: E071 with `context["field"]` where the file cannot be read or holds no picture.
    package init(path: String, field: String, fit: Fit, repeats: Bool) throws {
        self.path = path
        self.field = field
        self.fit = fit
        self.repeats = repeats
        do throws(RegularFile.Failure) {
            origin = try InputSource.Origin(path: path)
        } catch {
            throw AvatariumError(
                .invalidConfig,
                "the \(field) '\(path.quotedForMessage(limit: 200))' \(error); \(error.remedy)",
                context: ["field": field, "path": path], systemError: error.systemError)
        }
        (demuxer, stream, decoder) = try Self.open(origin, path, field)
        try decodeMore()
        guard let first = coming.first else { throw Self.unreadable(path, field, "it contains no picture") }
        shown = first
        coming.removeFirst()
    }

    private static func open(_ origin: InputSource.Origin, _ path: String, _ field: String) throws -> (
        Demuxer, UnsafeMutablePointer<AVStream>, StreamDecoder
    ) {
        let demuxer: Demuxer
        do throws(Demuxer.Failure) {
            demuxer = try Demuxer(InputSource(origin))
        } catch {
            if case .notMedia(let words) = error { throw unreadable(path, field, words) }
            throw unreadable(path, field, "out of memory")
        }
        guard let stream = demuxer.bestStream(AVMEDIA_TYPE_VIDEO) else {
            throw unreadable(path, field, "it has no pictures")
        }
        demuxer.select(stream)
        do throws(StreamDecoder.Unavailable) {
            return (demuxer, stream, try StreamDecoder(stream))
        } catch {
            throw unreadable(path, field, "\(error.codec): \(error.reason)")
        }
    }

    private static func unreadable(
        _ path: String, _ field: String, _ reason: String
    ) -> AvatariumError {
        AvatariumError(
            .invalidConfig,
            "the \(field) '\(path.quotedForMessage(limit: 200))' cannot be used: \(reason); give a video (MP4, WebM, "
                + "MOV, GIF) or an image (PNG, JPEG, WebP)",
            context: ["field": field, "path": path])
    }

    /// Whether there is one picture alone, so that it never changes.
    package var isStill: Bool { hasEnded && count == 1 }

    /// Returns the picture of a moment, and whether it is another one than the call before returned.
    /// - Throws: E071 where the video turns out to be damaged; `CancellationError`.
    package func picture(at seconds: Double) throws -> (picture: PixelBuffer, isNew: Bool) {
        var isNew = false
        while true {
            while let next = coming.first, next.start <= seconds + 1e-6 {
                shown = next
                coming.removeFirst()
                isNew = true
            }
            guard coming.isEmpty, !isStill else { break }
            if !hasEnded { try decodeMore() }
            if coming.isEmpty, hasEnded, repeats, !isStill {
                try rewind()
                try decodeMore()
            }
            if coming.isEmpty { break }
        }
        guard let shown else { throw Self.unreadable(path, field, "it contains no picture") }
        return (shown.picture, isNew)
    }

    /// Reads on until there is another picture or the video ends.
    private func decodeMore() throws {
        let timeBase = av_q2d(stream.pointee.time_base)
        func take(_ frame: UnsafeMutablePointer<AVFrame>) throws {
            guard let picture = fitted(frame) else {
                throw Self.unreadable(path, field, "a picture of it cannot be converted")
            }
            let stamp = frame.pointee.best_effort_timestamp
            let time = stamp == LibAV.noTimestamp ? lastTime + frameSeconds : Double(stamp) * timeBase
            let first = firstTime ?? time
            firstTime = first
            let start = roundStart + max(0, time - first)
            if count > 0, start > lastTime { frameSeconds = min(1, max(0.004, start - lastTime)) }
            lastTime = max(lastTime, start)
            count += 1
            coming.append((lastTime, picture))
        }
        var failures = 0
        while coming.isEmpty, !hasEnded {
            try Task.checkCancellation()
            switch demuxer.next() {
            case .packet(let packet):
                if packet.pointee.stream_index == stream.pointee.index { try decoder.decode(packet, take) }
            case .damaged(let words):
                failures += 1
                if failures > 8 { throw Self.unreadable(path, field, words) }
            case .end:
                try decoder.decode(nil, take)
                hasEnded = true
            }
        }
    }

    /// Begins the video again, right after its last picture.
    private func rewind() throws {
        roundStart = lastTime + frameSeconds
        firstTime = nil
        hasEnded = false
        (demuxer, stream, decoder) = try Self.open(origin, path, field)
    }

    private func fitted(_ frame: UnsafeMutablePointer<AVFrame>) -> PixelBuffer? {
        var width = Double(frame.pointee.width)
        let height = Double(frame.pointee.height)
        guard width > 0, height > 0 else { return nil }
        // Pixels that are not square, as those of DV and DVDs.
        let aspect = av_q2d(frame.pointee.sample_aspect_ratio)
        if aspect.isFinite, (0.25...4).contains(aspect) { width *= aspect }
        switch fit {
        case .width(let wanted, let maximumHeight):
            let tall = (Double(wanted) * height / width).rounded()
            let scale = min(1, Double(maximumHeight) / max(tall, 1))
            return converter.picture(
                frame,
                size: ImageSize(
                    width: max(1, Int((Double(wanted) * scale).rounded())),
                    height: max(1, Int((tall * scale).rounded()))))
        case .cover(let size):
            let scale = max(Double(size.width) / width, Double(size.height) / height)
            // Of an extreme shape no more is scaled than can be shown many times over.
            let wide = max(size.width, min(Int((width * scale).rounded()), 16 * size.width))
            let tall = max(size.height, min(Int((height * scale).rounded()), 16 * size.height))
            let scaled = converter.picture(frame, size: ImageSize(width: wide, height: tall))
            return scaled?.middle(size)
        }
    }
}

extension PixelBuffer {
    /// Returns the middle of a picture that is at least as large.
    fileprivate func middle(_ size: ImageSize) -> PixelBuffer {
        guard width != size.width || height != size.height else { return self }
        let (x, y) = ((width - size.width) / 2, (height - size.height) / 2)
        var cut = [UInt8]()
        cut.reserveCapacity(size.width * size.height * 4)
        for row in y..<y + size.height {
            let start = (row * width + x) * 4
            cut += bytes[start..<start + size.width * 4]
        }
        return PixelBuffer(width: size.width, height: size.height, bytes: cut)
    }
}
