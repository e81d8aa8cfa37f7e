extension ClipRequest {
    /// The files that the request reads.
    var inputs: InputFiles {
        var image: String?
        if case .image(let path) = background { image = path }
        return InputFiles([
            ("textFile", textFile), ("audio", audio), ("timings", timings), ("avatar", avatar),
            ("mapping", mapping), ("body", body), ("background", image), ("environment", environment),
            ("performance", performance),
        ])
    }
}
