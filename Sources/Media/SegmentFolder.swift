import AvatariumCore
import CAV
import Files
import Glibc

/// The files of an HLS clip: `talk.m3u8`, `talk_init.mp4` and `talk_00000.m4s` and so on beside it.
///
/// libavformat writes them into a folder of ours beside their place; at the end they move there, the playlist last,
/// so that a playlist with its name is whole.
final class SegmentFolder {
    let path: String
    private let partial: PartialPath
    private let folder: String
    /// The playlist's name without `.m3u8`.
    private let stem: String
    private(set) var byteCount = 0
    private var isOpen = true

    /// - Throws: E025 if the folder is missing or not writable.
    init(path: String) throws {
        self.path = path
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        folder = slash.map { String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
        stem = String(name.dropLast(".m3u8".count))
        partial = try PartialPath(beside: path, .folder, reporting: path)
        Self.empty(partial.path)
    }

    /// Where libavformat writes the playlist.
    var url: String { "\(partial.path)/\(stem).m3u8" }

    /// The muxer's options: fragmented MP4 in segments that begin with a key picture.
    func options(segmentSeconds: Double) -> [(String, String)] {
        [
            ("hls_time", "\(segmentSeconds)"), ("hls_playlist_type", "vod"), ("hls_list_size", "0"),
            ("hls_segment_type", "fmp4"), ("hls_flags", "independent_segments"),
            ("hls_fmp4_init_filename", "\(stem)_init.mp4"),
            ("hls_segment_filename", "\(partial.path.escapedForPattern)/\(stem.escapedForPattern)_%05d.m4s"),
        ]
    }

    /// Moves the files to their place.
    /// - Throws: E025.
    func commit() throws {
        let names = Self.names(in: partial.path).sorted()
        guard names.contains("\(stem).m3u8") else { throw AtomicFile.error(path, .noSpace) }
        // All of them before the first moves: a clip that was here before stays whole.
        for name in names {
            var status = stat()
            guard stat("\(partial.path)/\(name)", &status) == 0, status.st_size > 0 else {
                throw AtomicFile.error(path, .noSpace)
            }
            byteCount += Int(status.st_size)
        }
        for name in names.filter({ !$0.hasSuffix(".m3u8") }) + ["\(stem).m3u8"] {
            guard rename("\(partial.path)/\(name)", "\(folder)/\(name)") == 0 else {
                throw AtomicFile.error("\(folder)/\(name)", Errno(rawValue: errno))
            }
        }
        // Segments of a longer clip that was here before.
        var stale = names.count { $0.hasSuffix(".m4s") }
        while unlink("\(folder)/\(stem)_\(stale.zeroPadded(5)).m4s") == 0 { stale += 1 }
        remove()
    }

    func discard() { remove() }

    private func remove() {
        guard isOpen else { return }
        isOpen = false
        Self.empty(partial.path)
        rmdir(partial.path)
        close(partial.descriptor)
    }

    private static func empty(_ folder: String) {
        for name in names(in: folder) { unlink("\(folder)/\(name)") }
    }

    private static func names(in folder: String) -> [String] {
        guard let listing = opendir(folder) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    deinit { remove() }
}

extension String {
    /// The text as libavformat's patterns of names want it.
    fileprivate var escapedForPattern: String { replacing("%", with: "%%") }
}
