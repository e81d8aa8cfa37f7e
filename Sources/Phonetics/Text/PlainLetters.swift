import Foundation

/// Letters and digits in a dress: full-width and half-width forms, letters of mathematics, in circles and squares, small
/// capitals, ligatures, Roman numerals, units in one square, and the shapes that Arabic and Hebrew letters take in a word.
package enum StyledLetters {
    package static func contains(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case ..<0x250: false
        case 0x2160...0x217F, 0x2460...0x24FF, 0x3000, 0x3380...0x33DF: true
        // Script and fraktur capitals that the mathematical block leaves out.
        case 0x2102, 0x210A...0x2115, 0x2119...0x211D, 0x2124, 0x2128, 0x212C...0x2131, 0x2133...0x2134,
            0x2139:
            true
        case 0xFB00...0xFB06, 0xFB13...0xFB17, 0xFB1D...0xFDCF, 0xFDF0...0xFDFC, 0xFE70...0xFEFC: true
        case 0xFF01...0xFF5E, 0xFF66...0xFFDC, 0xFFE0...0xFFE6, 0x1D400...0x1D7FF, 0x1F100...0x1F189: true
        default: undressed[scalar] != nil
        }
    }

    /// Returns the text in plain letters, by the compatibility mappings of Unicode (NFKC) and, for what has none, by
    /// the letter inside.
    package static func plain(_ text: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        for scalar in text { view.append(undressed[scalar] ?? scalar) }
        return String(view).precomposedStringWithCompatibilityMapping
    }

    /// Letters in black circles and squares, and small capitals, which NFKC leaves as they are.
    private static let undressed: [Unicode.Scalar: Unicode.Scalar] = {
        var letters: [Unicode.Scalar: Unicode.Scalar] = [:]
        for (offset, capital) in ("A"..."Z" as ClosedRange<Unicode.Scalar>).scalars.enumerated() {
            for start in [0x1F150, 0x1F170] as [UInt32] {
                if let dressed = Unicode.Scalar(start + UInt32(offset)) { letters[dressed] = capital }
            }
        }
        let small = zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ".unicodeScalars, "abcdefghijklmnoprstuvwyz".unicodeScalars)
        for (dressed, letter) in small { letters[dressed] = letter }
        return letters
    }()
}

extension ClosedRange<Unicode.Scalar> {
    fileprivate var scalars: [Unicode.Scalar] {
        (lowerBound.value...upperBound.value).compactMap(Unicode.Scalar.init)
    }
}

extension StringProtocol {
    /// The text with styled letters and digits as plain ones (`ＨＥＬＬＯ` and `𝐇𝐞𝐥𝐥𝐨` become `HELLO` and `Hello`), and
    /// without U+FFFD and the marks that only direct the writing. Everything else stays as it is.
    package var withPlainLetters: String {
        guard unicodeScalars.contains(where: { StyledLetters.contains($0) || Self.isMark($0) }) else {
            return String(self)
        }
        var out = ""
        var styled: [Unicode.Scalar] = []
        func flush() {
            out += StyledLetters.plain(styled)
            styled = []
        }
        for scalar in unicodeScalars where !Self.isMark(scalar) {
            if StyledLetters.contains(scalar) {
                styled.append(scalar)
            } else {
                if !styled.isEmpty { flush() }
                out.unicodeScalars.append(scalar)
            }
        }
        flush()
        return out
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xFFFD, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF: true
        default: false
        }
    }
}
