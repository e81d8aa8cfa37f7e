import Foundation

extension ClipRequest {
    /// The files that the request reads.
    private var inputs: [(field: String, path: String)] {
        var image: String?
        if case .image(let path) = background { image = path }
        let given: [(String, String?)] = [
            ("textFile", textFile), ("audio", audio), ("timings", timings), ("avatar", avatar),
            ("mapping", mapping),
            ("body", body), ("background", image), ("environment", environment), ("performance", performance),
        ]
        return given.compactMap { field, path in path.map { (field, $0) } }
    }

    /// - Throws: E071 where the output would replace a file that the request reads, whatever the two are called.
    func checkOutputIsNoInput(_ output: String) throws {
        guard let target = FileIdentity(path: output) else { return }
        for (field, path) in inputs where FileIdentity(path: path) == target {
            throw AvatariumError(
                .invalidConfig,
                "the output '\(output)' is the `\(field)` that the clip is made from: give it another name",
                context: ["field": "output", "path": output])
        }
    }
}

/// Which file a path leads to; nil for none.
private struct FileIdentity: Equatable {
    private let device: UInt64
    private let inode: UInt64

    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}
