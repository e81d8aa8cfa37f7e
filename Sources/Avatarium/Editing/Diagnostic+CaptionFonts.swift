import AvatariumCore
import Media
import TimingFormats

extension Diagnostic {
    /// Returns a warning where burnt-in captions have letters that no installed font has.
    static func captionFonts(_ timeline: PhoneTimeline) -> Diagnostic? {
        let lacking = InstalledFonts.lacking(timeline.captions().map(\.line.text).joined(separator: " "))
        guard !lacking.isEmpty else { return nil }
        let packages = Set(
            lacking.map {
                if CaptionLayout.width(Character($0)) == 2 { return "fonts-noto-cjk" }
                return $0.properties.isEmoji ? "fonts-symbola" : "fonts-noto-core"
            })
        let shown =
            lacking.prefix(10).map(String.init).joined(separator: " ") + (lacking.count > 10 ? " ..." : "")
        return Diagnostic(
            .warning, "CAPTION_FONT_MISSING",
            "no font on this host has \(lacking.count) of the captions' letters (\(shown.quotedForMessage())), which are "
                + "drawn as boxes; install fonts that have them: Debian's \(packages.sorted().joined(separator: ", "))"
        )
    }
}
