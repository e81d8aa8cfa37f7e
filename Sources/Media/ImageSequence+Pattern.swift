extension ImageSequence {
    /// `folder/prefix%05dsuffix.png`: where the frames go. The first frame is number 0.
    struct Pattern {
        /// Without a slash at its end; `.` where the pattern names none.
        let folder: String
        private let prefix: String
        private let digits: Int
        private let suffix: String

        static let soundName = "audio.wav"

        /// Nil unless the name holds exactly one `%d` or `%0Nd` and the folder none.
        init?(_ path: String) {
            let slash = path.lastIndex(of: "/")
            let folder = slash.map { String(path[..<$0]) } ?? "."
            let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
            let parts = name.split(separator: "%", omittingEmptySubsequences: false)
            guard !folder.contains("%"), !folder.isEmpty, parts.count == 2,
                let mark = parts[1].firstIndex(of: "d")
            else { return nil }
            let width = parts[1][..<mark]
            guard width.isEmpty || (width.hasPrefix("0") && Int(width).map { (1...9).contains($0) } == true)
            else { return nil }
            self.folder = folder
            prefix = String(parts[0])
            digits = Int(width) ?? 1
            suffix = String(parts[1][parts[1].index(after: mark)...])
        }

        func name(_ index: Int) -> String {
            let number = String(index)
            return prefix + String(repeating: "0", count: max(0, digits - number.count)) + number + suffix
        }
    }
}
