/// Escapes and character references of XML, as SSML, WebVTT and HTML use them.
package enum XML {
    /// Returns text that is safe between tags and inside quoted attributes.
    package static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { "&<>\"'".utf8.contains($0) }) else { return text }
        var out = ""
        out.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Resolves each character reference once: the five of XML, decimal and hexadecimal ones, and HTML's that
    /// captions contain (`&nbsp;`, `&lrm;`, `&rlm;`). Others stay as they are. Linear in the text.
    package static func unescaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        var out = String.UnicodeScalarView()
        let scalars = text.unicodeScalars
        var at = scalars.startIndex
        while at < scalars.endIndex {
            if scalars[at] == "&", let (value, end) = reference(in: scalars, after: at) {
                out.append(value)
                at = end
            } else {
                out.append(scalars[at])
                at = scalars.index(after: at)
            }
        }
        return String(out)
    }

    private static let named: [String: Unicode.Scalar] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "lrm": "\u{200E}",
        "rlm": "\u{200F}",
    ]
    /// The longest reference, in scalars between `&` and `;`.
    private static let longest = 10

    private static func reference(
        in scalars: String.UnicodeScalarView, after ampersand: String.UnicodeScalarView.Index
    ) -> (Unicode.Scalar, String.UnicodeScalarView.Index)? {
        var name = ""
        var at = scalars.index(after: ampersand)
        while at < scalars.endIndex, scalars[at] != ";", name.unicodeScalars.count < longest {
            name.unicodeScalars.append(scalars[at])
            at = scalars.index(after: at)
        }
        guard at < scalars.endIndex, scalars[at] == ";" else { return nil }
        let end = scalars.index(after: at)
        if let scalar = named[name] { return (scalar, end) }
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let isHexadecimal = digits.hasPrefix("x") || digits.hasPrefix("X")
        let number = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
        guard let number, number > 0, let scalar = Unicode.Scalar(number) else { return nil }
        return (scalar, end)
    }
}
