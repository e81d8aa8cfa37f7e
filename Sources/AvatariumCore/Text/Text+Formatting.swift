extension BinaryInteger {
    /// Returns the digits with leading zeros up to a width; longer numbers stay whole.
    package func zeroPadded(_ width: Int, radix: Int = 10) -> String {
        let digits = String(magnitude, radix: radix)
        return (self < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension StringProtocol {
    /// Text from a file, made safe for a terminal, a log and an error message: control characters, line ends and
    /// the marks that reorder text become `\u{1B}`, and what is longer than `limit` characters is cut with "...".
    package func quotedForMessage(limit: Int = 80) -> String {
        var out = ""
        var count = 0
        for scalar in unicodeScalars {
            guard count < limit else { return out + "..." }
            count += 1
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                out += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

extension String {
    /// Returns the text with each Unicode scalar of a table replaced.
    package func substituting(_ replacements: [Unicode.Scalar: String]) -> String {
        var out = ""
        out.reserveCapacity(utf8.count + 16)
        for scalar in unicodeScalars {
            if let replacement = replacements[scalar] {
                out += replacement
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Returns the text, cut with "..." where it is longer than `limit` Unicode scalars.
    package func bounded(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        let head = unicodeScalars.prefix(limit)
        return head.endIndex == unicodeScalars.endIndex ? self : String(head) + "..."
    }
}
