import Images

/// A picture as a PNG file.
public enum PNGFile {
    /// Writes it, atomically; `-` is standard output.
    /// - Throws: E025 when the folder is missing or not writable.
    public static func write(_ pixels: PixelBuffer, to path: String) throws {
        try ResultFile.write(try PNGWriter.encode(pixels), to: path)
    }
}
