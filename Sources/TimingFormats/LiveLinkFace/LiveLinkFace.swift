/// Apple's and Epic's Live Link Face: read as any table of curves, written with its own columns.
enum LiveLinkFace {
    static let format = TimingFormat(
        "livelink", "Live Link Face", ["csv"], writer: .curves { $0.liveLinkFaceCSV() })
}
