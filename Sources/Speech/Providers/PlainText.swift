/// SSML as the plain text that it holds.
enum PlainText {
    /// Without elements, and with XML's five entities as their characters.
    static func of(ssml: String) -> String {
        var out = ""
        var inside = false
        for character in ssml {
            if character == "<" {
                inside = true
                out.append(" ")
            } else if character == ">", inside {
                inside = false
            } else if !inside {
                out.append(character)
            }
        }
        return decoded(out)
    }

    static func decoded(_ text: String) -> String {
        guard text.contains("&") else { return text }
        return text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&apos;", with: "'").replacing("&amp;", with: "&")
    }

    static func encoded(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
