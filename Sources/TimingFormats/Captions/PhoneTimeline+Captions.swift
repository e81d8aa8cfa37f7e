import AvatariumCore

extension PhoneTimeline {
    /// WebVTT captions of the words, in lines of at most about 42 characters (the BBC's and Netflix's measure).
    public func webVTT() -> String {
        "WEBVTT\n\n"
            + captions().map {
                "\(Self.clock($0.start, ".")) --> \(Self.clock($0.end, "."))\n\(Self.escaped($0.text))\n\n"
            }
            .joined()
    }

    /// The same as SubRip.
    public func srt() -> String {
        captions().enumerated().map { index, caption in
            "\(index + 1)\n\(Self.clock(caption.start, ",")) --> \(Self.clock(caption.end, ","))\n"
                + "\(caption.text)\n\n"
        }.joined()
    }

    /// Words gathered until a sentence ends, the line is full, or somebody pauses.
    private func captions() -> [Word] {
        var captions: [Word] = []
        var isOpen = false
        for word in words where word.start.isFinite && word.end.isFinite && word.end >= word.start {
            let text = word.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard !text.isEmpty else { continue }
            if isOpen, let last = captions.last, last.text.count + text.count < 42,
                word.start - last.end < 0.6
            {
                captions[captions.count - 1].text += " " + text
                captions[captions.count - 1].end = max(last.end, word.end)
            } else {
                let start = max(word.start, captions.last?.end ?? 0)
                captions.append(Word(start: start, end: max(start, word.end), text: text))
            }
            isOpen = !(text.last.map { ".!?。！？…".contains($0) } ?? false)
        }
        return captions
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(character)
            }
        }
        return result
    }

    private static func clock(_ seconds: Double, _ point: String) -> String {
        let milliseconds = Int((max(0, min(seconds, 359_999)) * 1000).rounded())
        func padded(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let parts = [milliseconds / 3_600_000, milliseconds / 60_000 % 60, milliseconds / 1000 % 60]
        return parts.map { padded($0, 2) }.joined(separator: ":") + point + padded(milliseconds % 1000, 3)
    }
}
