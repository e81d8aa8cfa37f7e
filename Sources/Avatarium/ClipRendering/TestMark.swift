import AvatariumCore

/// The words TEST CLIP all over a picture, for clips that cost nothing.
///
/// Letters move the pixels below them towards black or white, whichever is farther, so that they are seen on every
/// background; a transparent pixel becomes a little opaque.
struct TestMark {
    /// Covered parts of rows: bytes of the picture, multiples of 4.
    private let spans: [Range<Int>]
    private let size: ImageSize

    private static let words = "TEST CLIP"
    /// Five columns, seven rows; the highest bit of five is the left column.
    private static let letters: [Character: [UInt8]] = [
        "T": [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100],
        "E": [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111],
        "S": [0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110],
        "C": [0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110],
        "L": [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111],
        "I": [0b01110, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
        "P": [0b11110, 0b10001, 0b10001, 0b11110, 0b10000, 0b10000, 0b10000],
    ]
    /// How far a covered pixel moves, of 256.
    private static let strength = 72

    init(size: ImageSize) {
        self.size = size
        // Letters as high as a fourteenth of the picture, and rows of words as bricks lie.
        let dot = max(1, min(size.width, size.height) / 100)
        let line = Array(Self.words)
        let lineWidth = (line.count + 2) * 6 * dot
        let lineHeight = 30 * dot
        var spans: [Range<Int>] = []
        func cover(_ x: Int, _ y: Int) {
            let (left, right) = (max(0, x), min(size.width, x + dot))
            let (top, bottom) = (max(0, y), min(size.height, y + dot))
            guard left < right, top < bottom else { return }
            for row in top..<bottom {
                let start = (row * size.width) * 4
                spans.append(start + left * 4..<start + right * 4)
            }
        }
        for (brick, top) in stride(from: lineHeight / 3, to: size.height, by: lineHeight).enumerated() {
            let shift = brick.isMultiple(of: 2) ? 0 : lineWidth / 2
            for left in stride(from: 2 * dot - shift, to: size.width, by: lineWidth) {
                for (place, letter) in line.enumerated() {
                    for (y, bits) in (Self.letters[letter] ?? []).enumerated() {
                        for x in 0..<5 where bits >> (4 - x) & 1 == 1 {
                            cover(left + (place * 6 + x) * dot, top + y * dot)
                        }
                    }
                }
            }
        }
        self.spans = spans
    }

    /// - Parameter pixels: Of the size that the mark was made for, with straight alpha.
    func stamp(_ pixels: inout PixelBuffer) {
        guard pixels.width == size.width, pixels.height == size.height else { return }
        pixels.bytes.withUnsafeMutableBufferPointer { bytes in
            for span in spans {
                for pixel in stride(from: span.lowerBound, to: span.upperBound, by: 4) {
                    let alpha = Int(bytes[pixel + 3])
                    let light = 2 * Int(bytes[pixel]) + 5 * Int(bytes[pixel + 1]) + Int(bytes[pixel + 2])
                    let goal = light >= 8 * 128 ? 0 : 255
                    for channel in pixel..<pixel + 3 {
                        let value = alpha == 0 ? 255 : Int(bytes[channel])
                        bytes[channel] = UInt8(value + (goal - value) * Self.strength / 256)
                    }
                    bytes[pixel + 3] = UInt8(alpha + (255 - alpha) * Self.strength / 256)
                }
            }
        }
    }
}
