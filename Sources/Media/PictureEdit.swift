import AvatariumCore
import CAV
import Glibc

/// What is laid over a clip's pictures: overlays, captions, a fade at either end. One graph of libavfilter.
///
/// Overlays are scaled once, and those that never change are handed over once.
package final class PictureEdit {
    /// What there is to do.
    package struct Plan: Sendable {
        package var size: ImageSize
        package var frameRate: FrameRate
        package var overlays: [Overlay] = []
        /// A script of Advanced SubStation Alpha, which libass draws.
        package var captions: String?
        /// Seconds of the fades.
        package var fadeIn = 0.0
        package var fadeOut = 0.0
        /// Seconds of the clip.
        package var duration: Double
        /// Whether fades go to transparent and not to black.
        package var fadesAlpha = false

        package init(size: ImageSize, frameRate: FrameRate, duration: Double) {
            self.size = size
            self.frameRate = frameRate
            self.duration = duration
        }

        package var isEmpty: Bool { overlays.isEmpty && captions == nil && fadeIn <= 0 && fadeOut <= 0 }
    }

    private struct Layer {
        let overlay: Overlay
        let video: MovingPicture
        let frame: OwnFrame
    }

    private let plan: Plan
    private var layers: [Layer] = []
    private var graph: FilterGraph
    private let input: OwnFrame
    private var index = 0
    /// Holds the captions while the graph lives.
    private let script: UnnamedFile?

    /// - Throws: E071 for an overlay that cannot be used, E081 where libavfilter is missing.
    package init(_ plan: Plan) throws {
        self.plan = plan
        var parts: [String] = []
        let time = "time_base=\(plan.frameRate.denominator)/\(plan.frameRate.numerator)"
        parts.append(Self.source(0, plan.size, time))
        var last = "v0"
        for (k, overlay) in plan.overlays.enumerated() {
            let video = try MovingPicture(
                path: overlay.file, field: "overlay",
                fit: .width(
                    max(1, Int((overlay.size * Double(plan.size.width)).rounded())),
                    maximumHeight: plan.size.height),
                repeats: overlay.loop)
            let picture = try video.picture(at: 0).picture
            let size = ImageSize(width: picture.width, height: picture.height)
            let frame = try OwnFrame(width: size.width, height: size.height)
            try frame.fill(picture, opacity: overlay.opacity)
            layers.append(Layer(overlay: overlay, video: video, frame: frame))
            let place = overlay.origin(of: size, in: plan.size)
            parts.append(Self.source(k + 1, size, time))
            let end = overlay.end ?? 1e9
            parts.append(
                "[\(last)][v\(k + 1)]overlay=x=\(place.x):y=\(place.y):format=rgb:eof_action=repeat:"
                    + "enable='between(t,\(overlay.start),\(end))'[o\(k)]")
            last = "o\(k)"
        }
        var tail: [String] = []
        script = try plan.captions.map { try UnnamedFile(Array($0.utf8)) }
        if let script { tail.append("ass=filename=\(script.path)") }
        let alpha = plan.fadesAlpha ? ":alpha=1" : ""
        if plan.fadeIn > 0 { tail.append("fade=t=in:st=0:d=\(plan.fadeIn)\(alpha)") }
        if plan.fadeOut > 0 {
            tail.append(
                "fade=t=out:st=\(max(0, plan.duration - plan.fadeOut)):d=\(plan.fadeOut)\(alpha)")
        }
        tail.append("format=rgba")
        parts.append("[\(last)]\(tail.joined(separator: ","))[out];[out]buffersink@out")
        input = try OwnFrame(width: plan.size.width, height: plan.size.height)
        graph = try FilterGraph(parts.joined(separator: ";"), sourceCount: 1 + layers.count)
        for (k, layer) in layers.enumerated() where layer.video.isStill {
            layer.frame.frame.pointee.pts = 0
            try graph.push(layer.frame.frame, to: k + 1)
            try graph.push(nil, to: k + 1)
        }
    }

    private static func source(_ index: Int, _ size: ImageSize, _ time: String) -> String {
        "buffer@in\(index)=video_size=\(size.width)x\(size.height):pix_fmt=rgba:\(time):pixel_aspect=1/1[v\(index)]"
    }

    /// Edits the next picture, whose alpha is straight.
    /// - Throws: E092 where libavfilter fails; E071 for an overlay that turns out to be damaged.
    package func apply(to pixels: inout PixelBuffer) throws {
        let seconds = plan.frameRate.seconds(atFrame: index)
        for (k, layer) in layers.enumerated() where !layer.video.isStill {
            let moment = try layer.video.picture(at: max(0, seconds - layer.overlay.start))
            if moment.isNew { try layer.frame.fill(moment.picture, opacity: layer.overlay.opacity) }
            layer.frame.frame.pointee.pts = Int64(index)
            try graph.push(layer.frame.frame, to: k + 1)
        }
        try pixels.bytes.withUnsafeBufferPointer { try input.fill($0) }
        input.frame.pointee.pts = Int64(index)
        try graph.push(input.frame)
        index += 1
        var count = 0
        try graph.pull { frame in
            count += 1
            pixels.bytes.withUnsafeMutableBytes { raw in
                guard let source = frame.pointee.data.0, let target = raw.baseAddress else { return }
                let row = plan.size.width * 4
                for y in 0..<plan.size.height {
                    (target + y * row).copyMemory(
                        from: source + y * Int(frame.pointee.linesize.0), byteCount: row)
                }
            }
        }
        guard count == 1 else {
            throw AvatariumError(
                .internalError, "libavfilter returned \(count) frames for one; please report this as a bug",
                context: ["stage": "edit"])
        }
    }
}

extension OwnFrame {
    /// Fills the picture, its alpha scaled.
    fileprivate func fill(_ picture: PixelBuffer, opacity: Double) throws {
        var bytes = picture.bytes
        if opacity < 1 {
            for i in stride(from: 3, to: bytes.count, by: 4) {
                bytes[i] = UInt8((Double(bytes[i]) * opacity).rounded())
            }
        }
        try bytes.withUnsafeBufferPointer { try fill($0) }
    }
}

/// A file without a name, for libraries that read nothing but files; it is gone when this is.
private final class UnnamedFile {
    private let descriptor: Int32
    /// Leads to the file while this lives.
    var path: String { "/proc/self/fd/\(descriptor)" }

    /// - Throws: E025 where there is no room.
    init(_ bytes: [UInt8]) throws {
        var name = Array("/tmp/avatarium-XXXXXX\0".utf8).map { CChar(bitPattern: $0) }
        if let folder = getenv("TMPDIR"), folder.pointee != 0 {
            name = Array((String(cString: folder) + "/avatarium-XXXXXX").utf8CString)
        }
        descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw Self.failure(errno) }
        unlink(name)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var done = 0
        while done < bytes.count {
            let got = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, bytes.count - done) }
            if got > 0 { done += got } else if errno != EINTR { throw Self.failure(errno) }
        }
    }

    private static func failure(_ number: Int32) -> AvatariumError {
        AvatariumError(
            .outputNotWritable, "a temporary file cannot be written; free some space, or set TMPDIR",
            context: ["rule": "temporary"], systemError: Errno(rawValue: number))
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
