/// The names of languages in files: BCP 47 tags, ISO 639-2 and 639-3 codes, and the English names that Whisper
/// writes.
package enum LanguageNames {
    /// A tag that a speech engine may know, lower case with hyphens: `"deu"`, `"ger"` and `"german"` are `"de"`,
    /// `"nn"` and `"no"` are `"nb"` (espeak-ng's one Norwegian voice), `"en"` is `"en-us"`, `"zh"` is `"cmn"`.
    package static func tag(_ name: some StringProtocol) -> String {
        let plain = name.lowercased().map { $0 == "_" ? "-" : String($0) }.joined()
        let parts = plain.split(separator: "-", maxSplits: 1)
        guard let first = parts.first.map(String.init) else { return plain }
        let short = codes[first] ?? names[first] ?? first
        if parts.count == 1 { return voices[short] ?? short }
        if short == "zh" { return parts[1].hasPrefix("hk") || parts[1] == "yue" ? "yue" : "cmn" }
        return short + "-" + parts[1]
    }

    /// Where the tag alone is not the name of a voice of espeak-ng.
    private static let voices = [
        "en": "en-us", "zh": "cmn", "no": "nb", "nn": "nb", "iw": "he", "in": "id", "mo": "ro", "sh": "hr",
    ]

    /// ISO 639-2 (both kinds) and 639-3 to 639-1.
    private static let codes = pairs(
        """
        afr af amh am ara ar arb ar asm as aze az bel be ben bn bos bs bul bg cat ca ces cs cze cs cym cy wel cy \
        dan da deu de ger de ell el gre el eng en epo eo est et eus eu baq eu fas fa per fa fin fi fra fr fre fr \
        gle ga gla gd glg gl guj gu heb he hin hi hrv hr hun hu hye hy arm hy ind id isl is ice is ita it jpn ja \
        kan kn kat ka geo ka kaz kk kir ky kor ko kur ku lat la lav lv lit lt ltz lb mal ml mar mr mkd mk mac mk \
        mlt mt msa ms may ms mya my bur my nep ne nld nl dut nl nob nb nno nn nor no ori or ory or pan pa pol pl \
        por pt ron ro rum ro rus ru sin si slk sk slo sk slv sl snd sd spa es sqi sq alb sq srp sr swa sw swh sw \
        swe sv tam ta tat tt tel te tha th tur tr uig ug ukr uk urd ur uzb uz vie vi zho zh chi zh
        """)

    /// The names of OpenAI Whisper's `tokenizer.py`, for the languages that espeak-ng speaks, and what the commonest call
    /// themselves.
    private static let names = pairs(
        """
        english en chinese zh mandarin zh german de spanish es castilian es russian ru korean ko french fr \
        japanese ja portuguese pt-br turkish tr polish pl catalan ca valencian ca dutch nl flemish nl arabic ar \
        swedish sv italian it indonesian id hindi hi finnish fi vietnamese vi hebrew he ukrainian uk greek el \
        malay ms czech cs romanian ro moldavian ro danish da hungarian hu tamil ta norwegian no thai th urdu ur \
        croatian hr bulgarian bg lithuanian lt latin la maori mi malayalam ml welsh cy slovak sk telugu te \
        persian fa latvian lv bengali bn serbian sr azerbaijani az slovenian sl kannada kn estonian et \
        macedonian mk basque eu icelandic is armenian hy nepali ne bosnian bs kazakh kk albanian sq swahili sw \
        galician gl marathi mr punjabi pa panjabi pa sinhala si sinhalese si georgian ka belarusian be gujarati gu \
        amharic am faroese fo uzbek uz haitian ht nynorsk nn maltese mt luxembourgish lb letzeburgesch lb \
        deutsch de français fr francais fr español es espanol es italiano it português pt-br portugues pt-br \
        nederlands nl polski pl русский ru українська uk svenska sv norsk no dansk da suomi fi čeština cs magyar hu \
        türkçe tr ελληνικά el 日本語 ja 中文 zh 한국어 ko العربية ar עברית he हिन्दी hi \
        burmese my myanmar my tatar tt assamese as afrikaans af hawaiian haw cantonese yue
        """)

    private static func pairs(_ text: String) -> [String: String] {
        let words = text.split(separator: " ").map(String.init)
        return Dictionary(
            stride(from: 0, to: words.count - 1, by: 2).map { (words[$0], words[$0 + 1]) },
            uniquingKeysWith: { first, _ in first })
    }
}
