import AvatariumCore

/// SSML as espeak-ng 1.51 is to get it: the elements that it speaks, with attributes that it is known to take.
package struct ESpeakMarkup {
    package private(set) var text = ""
    package private(set) var diagnostics: [Diagnostic] = []

    private static let attributes: [String: [String]] = [
        "speak": ["xml:lang"], "p": ["xml:lang"], "s": ["xml:lang"],
        "voice": ["xml:lang", "name", "gender", "age", "variant"],
        "prosody": ["rate", "pitch", "range", "volume"], "emphasis": ["level"],
        "break": ["time", "strength"], "say-as": ["interpret-as", "format", "detail"], "sub": ["alias"],
    ]

    /// Known, and without any sound of their own.
    private static let soundless: Set<String> = ["mark", "audio", "w", "token"]

    /// The longest pause that a `<break>` may ask for, seconds.
    private static let longestBreak = 600.0

    /// espeak-ng takes a whole element up to 500 characters.
    private static let longestValue = 200

    /// - Parameter voice: what espeak-ng calls a voice or language; nil where it has none.
    package init(_ markup: SpokenMarkup, voice: (String) throws -> String?) rethrows {
        /// What closes the elements that are open; nil for those that were left out.
        var ends: [String?] = []
        var unspoken = 0
        var unknown: Set<String> = []
        for piece in markup.pieces {
            switch piece {
            case .text(let words):
                if unspoken == 0 { text += PlainText.encoded(words) }
            case .close:
                let end = ends.popLast() ?? nil
                if unspoken > 0 { unspoken -= 1 } else { text += end ?? " " }
            case .open(var element):
                if element.name == "lang" {
                    // SSML 1.1's; espeak-ng knows the older way to say it.
                    let language = element.attributes["xml:lang"].map { ["xml:lang": $0] }
                    element = SpokenMarkup.Element(
                        name: "voice", attributes: language ?? [:], isEmpty: element.isEmpty)
                }
                let name = element.name
                guard unspoken == 0, !SpokenMarkup.silent.contains(name) else {
                    if !element.isEmpty {
                        unspoken += 1
                        ends.append(nil)
                    }
                    continue
                }
                if name == "audio" { noteAudio() }
                if Self.attributes[name] == nil, !Self.soundless.contains(name) { unknown.insert(name) }
                let tag = try tag(element, voice)
                if let tag {
                    text += "<\(tag)\(element.isEmpty || name == "break" ? "/" : "")>"
                } else {
                    text += " "
                }
                if !element.isEmpty { ends.append(tag == nil || name == "break" ? nil : "</\(name)>") }
            }
        }
        if !unknown.isEmpty {
            diagnostics.append(
                Diagnostic(
                    .warning, "SSML_IGNORED",
                    "espeak-ng does not know <\(unknown.sorted().joined(separator: ">, <"))>; the text in them "
                        + "was spoken as it stands"))
        }
    }

    private mutating func noteAudio() {
        let note = Diagnostic(
            .warning, "SSML_AUDIO_LEFT_OUT",
            "<audio> plays no file here; the text inside it was spoken instead")
        if !diagnostics.contains(note) { diagnostics.append(note) }
    }

    /// The element's name and attributes; nil for one that is left out.
    private mutating func tag(
        _ element: SpokenMarkup.Element, _ voice: (String) throws -> String?
    ) rethrows -> String? {
        guard let known = Self.attributes[element.name] else { return nil }
        var tag = element.name
        for name in known {
            guard var value = element.attributes[name] else { continue }
            if name == "name" || name == "xml:lang" {
                guard let known = try voice(value) else {
                    diagnostics.append(
                        Diagnostic(
                            .warning, "SSML_VOICE_UNKNOWN",
                            "espeak-ng has no voice '\(value)' for <\(element.name)>; the voice stayed as it "
                                + "was (`avatarium voices` lists them)"))
                    continue
                }
                value = known
            }
            if name == "time" { value = Self.wholeMilliseconds(value) ?? value }
            tag += " \(name)=\"\(Self.encoded(value))\""
        }
        return element.name == "voice" && tag == "voice" ? nil : tag
    }

    private static func encoded(_ value: String) -> String {
        let safe = value.unicodeScalars.prefix(longestValue).map { scalar in
            scalar == "\"" || scalar == "\\" || scalar.value < 0x20 ? " " : scalar
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: safe)
        return PlainText.encoded(String(view))
    }

    /// espeak-ng 1.51 reads no fractions ("1.5s") and leaves such pauses out.
    private static func wholeMilliseconds(_ time: String) -> String? {
        guard let match = time.wholeMatch(of: #/\s*\+?(\d*\.?\d+)\s*(ms|s)\s*/#.ignoresCase()),
            let number = Double("0\(match.1)")
        else { return nil }
        let seconds = min(longestBreak, match.2.count == 1 ? number : number / 1000)
        return "\(Int((seconds * 1000).rounded()))ms"
    }
}
