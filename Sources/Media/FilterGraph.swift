import AvatariumCore
import CAV
import Glibc

/// The functions of libavfilter that we call. It is loaded when a clip first needs it, so that plain clips neither
/// wait for it nor for the thirty libraries behind it.
private struct FilterLibrary: Sendable {
    typealias Opaque = OpaquePointer

    let allocate: @convention(c) () -> Opaque?
    let free: @convention(c) (UnsafeMutablePointer<Opaque?>) -> Void
    let parse:
        @convention(c) (
            Opaque, UnsafePointer<CChar>, UnsafeMutablePointer<Opaque?>?, UnsafeMutablePointer<Opaque?>?,
            UnsafeMutableRawPointer?
        ) -> Int32
    let configure: @convention(c) (Opaque, UnsafeMutableRawPointer?) -> Int32
    let find: @convention(c) (Opaque, UnsafePointer<CChar>) -> Opaque?
    let push: @convention(c) (Opaque, UnsafeMutablePointer<AVFrame>?, Int32) -> Int32
    let pull: @convention(c) (Opaque, UnsafeMutablePointer<AVFrame>) -> Int32

    /// The release that belongs to the libavutil in use: since FFmpeg 5 the two count up together.
    static let major = Int(avutil_version() >> 16) - 49

    static let shared = Result<FilterLibrary, AvatariumError> { () throws(AvatariumError) in
        let name = "libavfilter.so.\(major)"
        func missing(_ reason: String) -> AvatariumError {
            AvatariumError(
                .hostRequirementMissing,
                "\(name) cannot be used: \(reason); install Debian's libavfilter\(major), or leave out captions burnt "
                    + "in, overlays, fades, loudness and GIF",
                context: ["library": name])
        }
        guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            throw missing(LibAV.text(dlerror()) ?? "unknown reason")
        }
        func symbol(_ name: String) throws(AvatariumError) -> UnsafeMutableRawPointer {
            guard let found = dlsym(library, name) else { throw missing("it has no \(name)") }
            return found
        }
        return FilterLibrary(
            allocate: unsafeBitCast(
                try symbol("avfilter_graph_alloc"), to: (@convention(c) () -> Opaque?).self),
            free: unsafeBitCast(
                try symbol("avfilter_graph_free"),
                to: (@convention(c) (UnsafeMutablePointer<Opaque?>) -> Void).self),
            parse: unsafeBitCast(
                try symbol("avfilter_graph_parse_ptr"),
                to: (@convention(c) (
                    Opaque, UnsafePointer<CChar>, UnsafeMutablePointer<Opaque?>?,
                    UnsafeMutablePointer<Opaque?>?, UnsafeMutableRawPointer?
                ) -> Int32).self),
            configure: unsafeBitCast(
                try symbol("avfilter_graph_config"),
                to: (@convention(c) (Opaque, UnsafeMutableRawPointer?) -> Int32).self),
            find: unsafeBitCast(
                try symbol("avfilter_graph_get_filter"),
                to: (@convention(c) (Opaque, UnsafePointer<CChar>) -> Opaque?).self),
            push: unsafeBitCast(
                try symbol("av_buffersrc_add_frame_flags"),
                to: (@convention(c) (Opaque, UnsafeMutablePointer<AVFrame>?, Int32) -> Int32).self),
            pull: unsafeBitCast(
                try symbol("av_buffersink_get_frame"),
                to: (@convention(c) (Opaque, UnsafeMutablePointer<AVFrame>) -> Int32).self))
    }
}

/// A graph of libavfilter: frames in, frames out.
///
/// Its description is written by us alone and holds numbers, never what users wrote. Its sources are called `in0`,
/// `in1` and so on (`buffer@in0=...`), its sink `out`.
final class FilterGraph {
    private let library: FilterLibrary
    private var graph: OpaquePointer?
    private var sources: [OpaquePointer] = []
    private var sink: OpaquePointer
    private let output: UnsafeMutablePointer<AVFrame>

    /// Whether libavfilter can be loaded here.
    static var isAvailable: Bool { (try? FilterLibrary.shared.get()) != nil }

    /// AV_BUFFERSRC_FLAG_PUSH and AV_BUFFERSRC_FLAG_KEEP_REF.
    private static let flags: Int32 = 4 | 8

    /// - Parameter isSound: Whether samples go through it, and not pictures.
    /// - Throws: E081 where libavfilter is missing or was built without one of the filters.
    init(_ description: String, sourceCount: Int = 1, isSound: Bool = false) throws {
        _ = LibAV.silenced
        let library = try FilterLibrary.shared.get()
        self.library = library
        func failed(_ reason: String) -> AvatariumError {
            AvatariumError(
                .hostRequirementMissing,
                "libavfilter refuses '\(description.quotedForMessage(limit: 300))': \(reason); install Debian's own "
                    + "libavfilter\(FilterLibrary.major)",
                context: ["library": "libavfilter"])
        }
        guard let graph = library.allocate(), let output = av_frame_alloc() else {
            throw failed("out of memory")
        }
        self.output = output
        let status = library.parse(graph, description, nil, nil, nil)
        let configured = status < 0 ? status : library.configure(graph, nil)
        let kind = isSound ? "abuffer" : "buffer"
        let sources = (0..<sourceCount).compactMap { library.find(graph, "\(kind)@in\($0)") }
        guard configured >= 0, sources.count == sourceCount,
            let sink = library.find(graph, "\(kind)sink@out")
        else {
            var doomed: OpaquePointer? = graph
            library.free(&doomed)
            var frame: UnsafeMutablePointer<AVFrame>? = output
            av_frame_free(&frame)
            throw failed(configured < 0 ? LibAV.message(configured) : "a source is missing")
        }
        self.graph = graph
        self.sources = sources
        self.sink = sink
    }

    /// Hands a frame over, which stays the caller's; nil ends the source.
    /// - Throws: E092 where the graph fails.
    func push(_ frame: UnsafeMutablePointer<AVFrame>?, to source: Int = 0) throws {
        try LibAV.check(library.push(sources[source], frame, Self.flags), failed)
    }

    /// Visits every frame that is ready; each is valid until the visit ends.
    /// - Throws: E092 where the graph fails, and what the visit throws.
    func pull(_ visit: (UnsafeMutablePointer<AVFrame>) throws -> Void) throws {
        while true {
            let status = library.pull(sink, output)
            if status == LibAV.tryAgain || status == LibAV.endOfFile { return }
            try LibAV.check(status, failed)
            defer { av_frame_unref(output) }
            try visit(output)
        }
    }

    private func failed(_ words: String) -> AvatariumError {
        AvatariumError(
            .internalError,
            "libavfilter failed: \(words); please report this as a bug, with the options that were given",
            context: ["stage": "edit"])
    }

    deinit {
        library.free(&graph)
        var frame: UnsafeMutablePointer<AVFrame>? = output
        av_frame_free(&frame)
    }
}

/// A frame of libav that is ours.
final class OwnFrame {
    let frame: UnsafeMutablePointer<AVFrame>

    /// A picture of R, G, B, A bytes.
    /// - Throws: E092 where there is no memory.
    init(width: Int, height: Int) throws {
        guard let frame = av_frame_alloc() else { throw Self.noMemory }
        self.frame = frame
        frame.pointee.width = Int32(width)
        frame.pointee.height = Int32(height)
        frame.pointee.format = AV_PIX_FMT_RGBA.rawValue
        frame.pointee.sample_aspect_ratio = AVRational(num: 1, den: 1)
        try LibAV.check(av_frame_get_buffer(frame, 0)) { _ in Self.noMemory }
    }

    /// Mono float samples.
    /// - Throws: E092 where there is no memory.
    init(samples: [Float], sampleRate: Int) throws {
        guard let frame = av_frame_alloc() else { throw Self.noMemory }
        self.frame = frame
        frame.pointee.nb_samples = Int32(samples.count)
        frame.pointee.format = AV_SAMPLE_FMT_FLT.rawValue
        frame.pointee.sample_rate = Int32(sampleRate)
        av_channel_layout_default(&frame.pointee.ch_layout, 1)
        try LibAV.check(av_frame_get_buffer(frame, 0)) { _ in Self.noMemory }
        UnsafeMutableRawPointer(frame.pointee.data.0)?.bindMemory(to: Float.self, capacity: samples.count)
            .update(from: samples, count: samples.count)
    }

    /// Fills the picture; where a filter still reads it, in new memory.
    func fill(_ rgba: UnsafeBufferPointer<UInt8>) throws {
        try LibAV.check(av_frame_make_writable(frame)) { _ in Self.noMemory }
        PlaneLayout.rgba.fill(frame, from: rgba)
    }

    private static let noMemory = AvatariumError(
        .internalError, "there is no memory for another frame; use a smaller size")

    deinit {
        var doomed: UnsafeMutablePointer<AVFrame>? = frame
        av_frame_free(&doomed)
    }
}
