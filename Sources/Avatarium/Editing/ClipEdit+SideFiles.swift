import AvatariumCore

extension ClipEdit {
    /// The names of the files that are written beside the clip: captions and the poster.
    package var sideNames: [String] {
        captions.compactMap { if case .file(let path) = $0 { path } else { nil } }
            + [poster].compactMap(\.self)
    }

    /// Puts those files into a folder.
    package mutating func putSideFiles(in folder: String) {
        captions = captions.map { if case .file(let name) = $0 { .file("\(folder)/\(name)") } else { $0 } }
        poster = poster.map { "\(folder)/\($0)" }
    }
}
