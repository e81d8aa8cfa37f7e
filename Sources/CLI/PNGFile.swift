import Avatarium
import AvatariumCore
import Images

/// A picture as a PNG file.
enum PNGFile {
    /// Writes it atomically; `-` is standard output.
    /// - Throws: E025 where the folder is missing or not writable.
    static func write(_ pixels: PixelBuffer, to path: String) throws {
        try ResultFile.write(try PNGWriter.encode(pixels), to: path)
    }
}
