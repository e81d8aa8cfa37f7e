/// The `Content-Disposition` field of downloads (RFC 6266).
public enum ContentDisposition {
    /// Makes a browser save the content under a name: `attachment; filename="clip.mp4"`. Names that are not
    /// plain ASCII are given a second time as `filename*` (RFC 8187), which browsers prefer.
    ///
    /// Control characters, slashes, quotation marks and backslashes become underscores; names are cut after
    /// 100 characters.
    public static func attachment(filename: String) -> String {
        let name = String(
            String.UnicodeScalarView(
                filename.unicodeScalars.prefix(100).map { scalar in
                    scalar.value < 0x20 || scalar.value == 0x7F || "/\\\"".unicodeScalars.contains(scalar)
                        ? "_" : scalar
                }))
        let plain = String(String.UnicodeScalarView(name.unicodeScalars.map { $0.isASCII ? $0 : "_" }))
        let extended = plain == name ? "" : "; filename*=UTF-8''" + PercentEncoding.encode(name)
        return "attachment; filename=\"\(plain)\"" + extended
    }
}
