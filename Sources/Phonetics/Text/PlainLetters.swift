import Foundation

extension StringProtocol {
    /// The text with full-width, half-width and mathematical letters and digits as plain ones (`ＨＥＬＬＯ` and
    /// `𝐇𝐞𝐥𝐥𝐨` become `HELLO` and `Hello`), by the compatibility mappings of Unicode (NFKC), and without U+FFFD and
    /// the marks that only direct the writing. Everything else stays as it is.
    package var withPlainLetters: String {
        guard unicodeScalars.contains(where: { Self.isStyled($0) || Self.isMark($0) }) else {
            return String(self)
        }
        var out = ""
        var styled = String.UnicodeScalarView()
        func flush() {
            out += String(styled).precomposedStringWithCompatibilityMapping
            styled = String.UnicodeScalarView()
        }
        for scalar in unicodeScalars where !Self.isMark(scalar) {
            if Self.isStyled(scalar) {
                styled.append(scalar)
            } else {
                if !styled.isEmpty { flush() }
                out.unicodeScalars.append(scalar)
            }
        }
        flush()
        return out
    }

    /// Half-width and full-width forms, mathematical alphanumerics, letters in circles, and ligatures.
    private static func isStyled(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xFF01...0xFF5E, 0xFF66...0xFFDC, 0x1D400...0x1D7FF, 0x24B6...0x24E9, 0x1F130...0x1F169: true
        case 0xFB00...0xFB06, 0x3000: true
        // Letter-like symbols: script and fraktur capitals that the mathematical block leaves out.
        case 0x2102, 0x210A...0x2115, 0x2119...0x211D, 0x2124, 0x2128, 0x212C...0x2131, 0x2133...0x2134: true
        default: false
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xFFFD, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF: true
        default: false
        }
    }
}
