import AvatariumCore
import TimingFormats

/// Captions as a script of Advanced SubStation Alpha (v4.00+), which libass draws.
struct CaptionScript {
    let text: String

    /// - Parameter frame: Pixels; the script's own unit.
    init(_ timeline: PhoneTimeline, style: CaptionStyle, frame: ImageSize) {
        let height = max(1, style.size / 100 * Double(frame.height))
        // libass measures a font by its line, of which letters take about 0.8.
        let fontSize = Self.short(height * 1.25)
        let color = Self.color(style.color)
        let back = style.box.map(Self.color) ?? "&H80000000"
        let alignment =
            switch style.position {
            case .bottom: 2
            case .top: 8
            case .middle: 5
            }
        let edge = style.box == nil ? 1 : 4
        let margin = Int((0.06 * Double(frame.height)).rounded())
        let side = Int((0.06 * Double(frame.width)).rounded())
        let fields: [String] = [
            "Default", style.font, fontSize, color, color, Self.color(style.outline), back, "0", "0", "0",
            "0", "100",
            "100", "0", "0", "\(edge)", style.box == nil ? Self.short(height * 0.08) : "0",
            style.box == nil ? "0" : Self.short(height * 0.3), "\(alignment)", "\(side)", "\(side)",
            "\(margin)", "1",
        ]
        var lines = [
            "[Script Info]", "ScriptType: v4.00+", "PlayResX: \(frame.width)", "PlayResY: \(frame.height)",
            "WrapStyle: 0", "ScaledBorderAndShadow: yes", "", "[V4+ Styles]",
            "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, "
                + "Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, "
                + "MarginR, MarginV, Encoding",
            "Style: " + fields.joined(separator: ","), "", "[Events]",
            "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
        ]
        // A Latin letter is about 0.62 of the font's square wide.
        let room = Double(frame.width - 2 * side) / (0.62 * height)
        for caption in timeline.captions() {
            lines += Self.events(caption.line, caption.words, style, room: room)
        }
        text = lines.joined(separator: "\n") + "\n"
    }

    /// One event for the line, or one for each of its words where the word that is said has a colour of its own.
    private static func events(
        _ line: Word, _ words: [Word], _ style: CaptionStyle, room: Double
    ) -> [String] {
        let texts = laidOut(words, room: room)
        guard let highlight = style.highlight else {
            return [event(line.start, line.end, texts.joined())]
        }
        let on = "{\\1c" + color(highlight, alpha: false) + "}"
        let off = "{\\1c" + color(style.color, alpha: false) + "}"
        return words.indices.map { index in
            let start = index == 0 ? line.start : max(line.start, words[index].start)
            let end = index + 1 < words.count ? max(start, words[index + 1].start) : max(start, line.end)
            let shown = texts.enumerated().map { $0 == index ? on + $1 + off : $1 }
            return event(start, end, shown.joined())
        }
    }

    private static func event(_ start: Double, _ end: Double, _ text: String) -> String {
        "Dialogue: 0,\(clock(start)),\(clock(end)),Default,,0,0,0,,\(text)"
    }

    /// `0:00:01.25`.
    private static func clock(_ seconds: Double) -> String {
        let hundredths = Int((max(0, min(seconds, 35_999)) * 100).rounded())
        let parts = [hundredths / 6000 % 60, hundredths / 100 % 60].map { $0.zeroPadded(2) }
        return "\(hundredths / 360_000):\(parts.joined(separator: ":")).\((hundredths % 100).zeroPadded(2))"
    }

    /// The words of a line with the spaces between them. libass breaks lines at spaces alone, so that what has none
    /// and is wider than the picture (`room`, in Latin letters) is cut into even lines.
    private static func laidOut(_ words: [Word], room: Double) -> [String] {
        var texts = [String](repeating: "", count: words.count)
        var run: [(word: Int, character: Character)] = []
        func endRun() {
            let width = Double(run.reduce(0) { $0 + CaptionLayout.width($1.character) })
            let lines = (width / max(1, room)).rounded(.up)
            var line = 1.0
            var at = 0.0
            for (word, character) in run {
                if line < lines, at >= width * line / lines {
                    texts[word] += "\\N"
                    line += 1
                }
                texts[word] += escaped(character)
                at += Double(CaptionLayout.width(character))
            }
            run.removeAll(keepingCapacity: true)
        }
        for (index, word) in words.enumerated() {
            if index > 0, !CaptionLayout.areUnspaced(words[index - 1].text, word.text) {
                endRun()
                texts[index] = " "
            }
            for character in word.text {
                if character.isWhitespace {
                    endRun()
                    texts[index] += " "
                } else {
                    run.append((index, character))
                }
            }
        }
        endRun()
        return texts
    }

    /// Braces begin commands, and a backslash some of them.
    private static func escaped(_ character: Character) -> String {
        switch character {
        case "{": "\\{"
        case "}": "\\}"
        // A joiner between it and what follows makes it a character like others.
        case "\\": "\\\u{2060}"
        default: String(character)
        }
    }

    /// `&HAABBGGRR`, alpha 0 being opaque; without alpha `&HBBGGRR&`, as commands have it.
    private static func color(_ text: String, alpha: Bool) -> String {
        let rgba = CaptionStyle.rgba(text) ?? SIMD4(255, 255, 255, 255)
        func hex(_ value: Int) -> String {
            let digits = String(value, radix: 16, uppercase: true)
            return digits.count < 2 ? "0" + digits : digits
        }
        let bgr = hex(rgba.z) + hex(rgba.y) + hex(rgba.x)
        return alpha ? "&H\(hex(255 - rgba.w))\(bgr)" : "&H\(bgr)&"
    }

    private static func color(_ text: String) -> String { color(text, alpha: true) }

    private static func short(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}
