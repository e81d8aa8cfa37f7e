/// An 8-bit RGBA image: rows top to bottom, no padding, sRGB, straight (not premultiplied) alpha.
public struct PixelBuffer: Sendable, Equatable {
    public let width: Int
    public let height: Int
    /// `width * height * 4` bytes.
    public var bytes: [UInt8]

    public init(width: Int, height: Int, bytes: [UInt8]) {
        precondition(bytes.count == width * height * 4, "a PixelBuffer has width * height * 4 bytes")
        self.width = width
        self.height = height
        self.bytes = bytes
    }

    /// Transparent black.
    public init(width: Int, height: Int) {
        self.init(width: width, height: height, bytes: [UInt8](repeating: 0, count: width * height * 4))
    }

    /// The R, G, B, A values of a pixel, counted from the top left.
    public subscript(x: Int, y: Int) -> SIMD4<UInt8> {
        get {
            let i = (y * width + x) * 4
            return SIMD4(bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3])
        }
        set {
            let i = (y * width + x) * 4
            for k in 0..<4 { bytes[i + k] = newValue[k] }
        }
    }
}
