import AvatariumCore

/// `folder/prefix%05dsuffix.png`: where the frames of a clip go. The first frame is number 0.
package struct FramePattern: Sendable {
    /// Without a slash at its end; `.` where the pattern names none.
    package let folder: String
    private let prefix: String
    private let digits: Int
    private let suffix: String

    package static let soundName = "audio.wav"

    /// Nil unless the name holds exactly one `%d` or `%0Nd` and the folder none.
    package init?(_ path: String) {
        // Bytes, since an accent after a slash would be one character with it.
        let bytes = path.utf8
        let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { String(path[..<$0]) } ?? "."
        let name = slash.map { bytes[bytes.index(after: $0)...] } ?? bytes[...]
        let parts = name.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
        guard !folder.utf8.contains(UInt8(ascii: "%")), !folder.isEmpty, parts.count == 2,
            let mark = parts[1].firstIndex(of: UInt8(ascii: "d")),
            let width = String(parts[1][..<mark]),
            width.isEmpty || (width.hasPrefix("0") && Int(width).map { (1...9).contains($0) } == true),
            let prefix = String(parts[0]), let suffix = String(parts[1][parts[1].index(after: mark)...])
        else { return nil }
        self.folder = folder
        self.prefix = prefix
        digits = Int(width) ?? 1
        self.suffix = suffix
    }

    package func name(_ index: Int) -> String { prefix + index.zeroPadded(digits) + suffix }

    /// Whether some clip with this pattern has a file of the name.
    package func owns(_ name: String) -> Bool {
        if name == Self.soundName { return true }
        let (bytes, head, tail) = (name.utf8, prefix.utf8, suffix.utf8)
        guard bytes.count >= head.count + tail.count + digits, bytes.starts(with: head),
            bytes.suffix(tail.count).elementsEqual(tail)
        else { return false }
        let number = bytes.dropFirst(head.count).dropLast(tail.count)
        return number.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && (number.count == digits || number.first != UInt8(ascii: "0"))
    }
}
