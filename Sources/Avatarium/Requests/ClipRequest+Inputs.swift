extension ClipRequest {
    /// The files that the request reads.
    var inputs: InputFiles {
        var image: String?
        if case .image(let path) = background { image = path }
        var hdr: String?
        if case .hdr(let path) = environment { hdr = path }
        return InputFiles([
            ("textFile", textFile), ("audio", audio), ("timings", timings), ("avatar", avatar),
            ("mapping", mapping), ("body", body), ("background", image), ("environment", hdr),
            ("performance", performance),
        ])
    }
}
