import AvatariumCore

/// SSML as espeak-ng 1.51 is to get it: the elements that it speaks, with attributes that it is known to take.
package struct ESpeakMarkup {
    package private(set) var text: ESpeakText
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

    /// So many different diagnostics are kept.
    private static let mostDiagnostics = 20

    /// - Parameters:
    ///   - voice: The voice that speaks where the text does not name another.
    ///   - known: What espeak-ng calls a voice or language; nil where it has none.
    package init(
        _ markup: SSMLDocument, voice: String, known: (String) throws -> String?
    ) rethrows {
        text = ESpeakText(voice: voice)
        /// What closes the elements that are open, nil for those that were left out, and the voice around them.
        var open: [(end: String?, voice: String)] = []
        var unspoken = 0
        var unknown: Set<String> = []
        for piece in markup.pieces {
            switch piece {
            case .text(let words):
                if unspoken == 0 { text.append(words, escaped: true) }
            case .close:
                let (end, voice) = open.popLast() ?? (nil, text.voice)
                if unspoken > 0 { unspoken -= 1 } else { text.append(markup: end ?? " ") }
                text.voice = voice
            case .open(var element):
                if element.name == "lang" {
                    // SSML 1.1's; espeak-ng knows the older way to say it.
                    let language = element.attributes["xml:lang"].map { ["xml:lang": $0] }
                    element = SSMLDocument.Element(
                        name: "voice", attributes: language ?? [:], isEmpty: element.isEmpty)
                }
                let name = element.name
                let outer = text.voice
                guard unspoken == 0, !SSMLDocument.silent.contains(name) else {
                    if !element.isEmpty {
                        unspoken += 1
                        open.append((nil, outer))
                    }
                    continue
                }
                if name == "audio" {
                    note(
                        "SSML_AUDIO_LEFT_OUT",
                        "<audio> is not supported; the text inside it was spoken instead")
                }
                if Self.attributes[name] == nil, !Self.soundless.contains(name) { unknown.insert(name) }
                let tag = try tag(element, known)
                if let tag {
                    text.append(markup: "<\(tag)\(element.isEmpty || name == "break" ? "/" : "")>")
                } else {
                    text.append(markup: " ")
                }
                if element.isEmpty {
                    text.voice = outer
                } else {
                    open.append((tag == nil || name == "break" ? nil : "</\(name)>", outer))
                }
            }
        }
        if !unknown.isEmpty {
            let names = unknown.sorted().prefix(Self.mostDiagnostics).map { $0.quotedForMessage(limit: 30) }
            note(
                "SSML_IGNORED",
                "espeak-ng does not support <\(names.joined(separator: ">, <"))>; their text was spoken "
                    + "unchanged")
        }
    }

    private mutating func note(_ code: String, _ message: String) {
        let note = Diagnostic(.warning, code, message)
        if diagnostics.count < Self.mostDiagnostics, !diagnostics.contains(note) { diagnostics.append(note) }
    }

    /// The element's name and attributes; nil for one that is left out.
    private mutating func tag(
        _ element: SSMLDocument.Element, _ known: (String) throws -> String?
    ) rethrows -> String? {
        guard let taken = Self.attributes[element.name] else { return nil }
        var tag = element.name
        for name in taken {
            guard var value = element.attributes[name] else { continue }
            if name == "name" || name == "xml:lang" {
                guard let voice = try known(value) else {
                    note(
                        "SSML_VOICE_UNKNOWN",
                        "espeak-ng has no voice '\(value.quotedForMessage(limit: 40))' for "
                            + "<\(element.name)>; the voice was not changed (`avatarium voices` lists all)")
                    continue
                }
                value = voice
                text.voice = voice
            }
            if name == "time" {
                guard let time = Self.wholeMilliseconds(value) else { continue }
                value = time
            }
            tag += " \(name)=\"\(Self.encoded(value))\""
        }
        return element.name == "voice" && tag == "voice" ? nil : tag
    }

    private static func encoded(_ value: String) -> String {
        var view = String.UnicodeScalarView()
        for scalar in value.unicodeScalars.prefix(longestValue) {
            view.append(scalar == "\"" || scalar == "\\" || scalar.value < 0x20 ? " " : scalar)
        }
        return XML.escapedContent(String(view))
    }

    /// Returns a time of CSS (`1.5s`, `+250ms`) as whole milliseconds, nil where it is not one. espeak-ng 1.51 reads no
    /// fractions and leaves such pauses out.
    static func wholeMilliseconds(_ time: String) -> String? {
        guard time.utf8.count <= 32 else { return nil }
        var rest = time.drop(while: \.isWhitespace)
        if rest.first == "+" { rest = rest.dropFirst() }
        let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = rest.dropFirst(number.count).filter { !$0.isWhitespace }.lowercased()
        guard unit == "s" || unit == "ms", number.last?.isNumber == true, let value = Double("0\(number)")
        else {
            return nil
        }
        let seconds = min(longestBreak, unit == "s" ? value : value / 1000)
        return "\(Int((seconds * 1000).rounded()))ms"
    }
}
