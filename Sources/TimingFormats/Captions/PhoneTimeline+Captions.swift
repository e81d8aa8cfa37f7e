import AvatariumCore
import Phonetics

extension PhoneTimeline {
    /// Returns WebVTT captions of the words, in lines of at most about 42 letters (the measure of the BBC and
    /// Netflix), or 21 of a script whose letters are twice as wide.
    public func webVTT() -> String {
        "WEBVTT\n\n"
            + captions().map(\.line).map {
                "\(WebVTTClock.text($0.start)) --> \(WebVTTClock.text($0.end))\n\(XML.escapedContent($0.text))\n\n"
            }
            .joined()
    }

    /// Returns SubRip captions of the words, in lines of at most about 42 letters.
    public func srt() -> String {
        captions().map(\.line).enumerated().map { index, caption in
            "\(index + 1)\n\(WebVTTClock.text(caption.start, point: ",")) --> \(WebVTTClock.text(caption.end, point: ","))\n"
                + "\(caption.text)\n\n"
        }.joined()
    }

    /// Returns all words, gathered until a sentence ends, the line is full, or somebody pauses: each line with the
    /// words in it.
    public func captions() -> [(line: Word, words: [Word])] {
        var captions: [(line: Word, words: [Word])] = []
        var isOpen = false
        var width = 0
        for word in words {
            let text = word.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard !text.isEmpty else { continue }
            // A word without a time of its own is said with the one before.
            let isTimed = word.start.isFinite && word.end.isFinite && word.end >= word.start
            let start = isTimed ? word.start : captions.last?.line.end ?? 0
            let end = isTimed ? word.end : start
            let length = CaptionLayout.width(text)
            if isOpen, let last = captions.last?.line, width + length < CaptionLayout.longestLine,
                start - last.end < 0.6
            {
                let space = CaptionLayout.areUnspaced(last.text, text) ? "" : " "
                width += length + space.count
                captions[captions.count - 1].line.text += space + text
                captions[captions.count - 1].line.end = max(last.end, end)
                captions[captions.count - 1].words.append(Word(start: start, end: end, text: text))
            } else {
                let begin = max(start, captions.last?.line.end ?? 0)
                let line = Word(start: begin, end: max(begin, end), text: text)
                captions.append((line, [line]))
                width = length
            }
            isOpen = !Self.endsSentence(text)
        }
        return captions
    }

    /// Whether a word ends a sentence: `Dr.` and `J.` do not.
    private static func endsSentence(_ word: String) -> Bool {
        let bare = word.reversed().drop { "\"'”’)]»」』）".contains($0) }
        guard let mark = bare.first, ".!?。！？…।؟".contains(mark) else { return false }
        guard mark == "." else { return true }
        let letters = String(bare.dropFirst().reversed()).drop { !$0.isLetter && !$0.isNumber }
        return !Abbreviations.contains(letters)
    }
}
