/// Escapes and character references of XML, as SSML, WebVTT and HTML use them.
package enum XML {
    /// Returns text that is safe between tags and inside quoted attributes.
    package static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { "&<>\"'".utf8.contains($0) }) else { return text }
        return text.substituting(escapes)
    }

    /// Returns text that is safe between tags, with quotes as they are: WebVTT's cues, and SSML as espeak-ng reads it,
    /// which knows no other references.
    package static func escapedContent(_ text: String) -> String {
        guard text.utf8.contains(where: { "&<>".utf8.contains($0) }) else { return text }
        return text.substituting(contentEscapes)
    }

    /// What `escapedContent` replaces, and by what.
    package static let contentEscapes: [Unicode.Scalar: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;"]

    private static let escapes: [Unicode.Scalar: String] = [
        "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;",
    ]

    /// Resolves each character reference once: decimal and hexadecimal ones, the five of XML, and HTML 4's of letters,
    /// punctuation and spaces (`&eacute;`, `&hellip;`, `&nbsp;`). Others stay as they are. Linear in the text.
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

    private static let named: [String: Unicode.Scalar] = {
        var named: [String: Unicode.Scalar] = [
            "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "OElig": "Œ", "oelig": "œ",
            "Scaron": "Š",
            "scaron": "š", "Yuml": "Ÿ", "ensp": "\u{2002}", "emsp": "\u{2003}", "thinsp": "\u{2009}",
            "zwnj": "\u{200C}", "zwj": "\u{200D}", "lrm": "\u{200E}", "rlm": "\u{200F}", "ndash": "–",
            "mdash": "—",
            "lsquo": "‘", "rsquo": "’", "sbquo": "‚", "ldquo": "“", "rdquo": "”", "bdquo": "„", "bull": "•",
            "hellip": "…", "lsaquo": "‹", "rsaquo": "›", "euro": "€", "trade": "™",
        ]
        for (offset, name) in latin.split(separator: " ").enumerated() {
            named[String(name)] = Unicode.Scalar(0xA0 + UInt32(offset))
        }
        return named
    }()
    /// Names of U+00A0 to U+00FF (HTML 4.01, section 24.2.1).
    private static let latin = """
        nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute \
        micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring \
        AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml \
        times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil \
        egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash \
        ugrave uacute ucirc uuml yacute thorn yuml
        """
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

    /// The name of the first element of a text, behind declarations and comments, without its prefix; nil where the text is
    /// not XML or its first element lies further than 4,000 bytes from its start.
    package static func rootElement(of bytes: some Collection<UInt8>) -> String? {
        var rest = String(decoding: bytes.prefix(4000), as: UTF8.self).drop {
            $0.isWhitespace || $0 == "\u{FEFF}"
        }
        while rest.first == "<" {
            let isComment = rest.hasPrefix("<!--")
            guard isComment || rest.hasPrefix("<?") || rest.hasPrefix("<!") else {
                let name = rest.dropFirst().prefix { $0.isLetter || $0.isNumber || "_-.:".contains($0) }
                return name.first.map { $0.isLetter || $0 == "_" } == true
                    ? name.split(separator: ":").last.map(String.init) : nil
            }
            guard let end = rest.firstRange(of: isComment ? "-->" : ">") else { return nil }
            rest = rest[end.upperBound...].drop(while: \.isWhitespace)
        }
        return nil
    }

    /// What files with a root element are, for messages: "a COLLADA model"; nil for elements that mean nothing here.
    package static func kind(ofRoot name: String) -> String? {
        switch name.lowercased() {
        case "collada": "a COLLADA model (.dae)"
        case "x3d": "an X3D model"
        case "amf": "an AMF model"
        case "mesh": "an OGRE mesh"
        case "robot", "sdf", "mujoco": "a robot's description"
        case "plist": "a property list of Apple's"
        case "svg": "an SVG drawing"
        case "html": "a web page"
        case "tt": "TTML captions"
        case "speak": "SSML"
        case "trans": "a transcript of Transcriber (.trs)"
        case "smil": "a SMIL presentation"
        case "fcpxml", "xmeml": "a project of Final Cut Pro"
        case "rss", "feed": "a news feed"
        case "error": "the error response of a storage service"
        case "listbucketresult": "the file listing of a storage service"
        default: nil
        }
    }
}
