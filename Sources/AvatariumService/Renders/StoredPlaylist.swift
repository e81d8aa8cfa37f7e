import AvatariumCore
import Foundation

/// A clip as HTTP Live Streaming (RFC 8216): a playlist, and the parts that it names, as objects whose keys begin alike. The
/// parts have the names that the encoder gives them (`SegmentFolder`), with the clip's key in the place of `clip`.
struct StoredPlaylist: Sendable, Equatable {
    /// The object key of the playlist.
    let key: String
    let segments: Int

    static let name = "\(stem).m3u8"
    private static let stem = "clip"
    private static let ending = ".m3u8"

    /// The name of a part: the first one holds what all segments need, the others are segments.
    static func part(_ index: Int) -> String {
        index == 0 ? "\(stem)_init.mp4" : "\(stem)_\((index - 1).zeroPadded(5)).m4s"
    }

    var partKeys: [String] { (0...segments).map { Self.key(of: Self.part($0), beside: key) } }

    /// The object of a name; nil where the clip has none of that name.
    func key(named name: String) -> String? {
        if name == Self.name { return key }
        let number = name.dropFirst(Self.stem.count + 1).prefix { $0 != "." }
        let index = Int(number).map { $0 + 1 } ?? 0
        guard (0...segments).contains(index), Self.part(index) == name else { return nil }
        return Self.key(of: name, beside: key)
    }

    /// The key of a part of the clip whose playlist is at a key.
    static func key(of part: String, beside playlist: String) -> String {
        "\(playlist.dropLast(ending.count))\(part.dropFirst(stem.count))"
    }

    static func isPlaylist(_ key: String) -> Bool { key.hasSuffix(ending) }

    /// The media type of one of its files, by its ending; nil for another file.
    static func contentType(of name: String) -> String? {
        switch name.split(separator: ".").last {
        case "m3u8": VideoFormat.hls.contentType
        // The registered type of segments in the ISO base media format.
        case "m4s": "video/iso.segment"
        case "mp4": VideoFormat.mp4.contentType
        default: nil
        }
    }

    /// A playlist as it is read without a key: each part is named as an object beside it, with what opens it.
    /// - Parameters:
    ///   - key: Of the playlist.
    ///   - signature: The query that opens an object.
    static func signed(_ text: String, key: String, by signature: (String) -> String) -> String {
        func signed(_ part: Substring) -> String {
            let object = Self.key(of: String(part), beside: key)
            return "\(object.split(separator: "/").last ?? "")?\(signature(object))"
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            if let part = line.firstMatch(of: #/^#EXT-X-MAP:.*URI="(clip_[^"]*)"/#)?.1 {
                return String(line).replacing(part, with: signed(part))
            }
            return line.hasPrefix("\(stem)_") ? signed(line) : String(line)
        }
        return lines.joined(separator: "\n")
    }
}
