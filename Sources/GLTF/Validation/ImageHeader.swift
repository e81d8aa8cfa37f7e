/// What the head of an image file says, as far as glTF's rules on images go.
struct ImageHeader {
    enum Failure: Error { case unrecognized, endsEarly, invalid(String) }

    var mimeType: String
    var width: Int
    var height: Int
    /// Colour space information that glTF ignores, non-square pixels, animation.
    var hasUnsupportedFeatures = false

    /// By signature; 14 bytes are the least that any image has.
    static func mimeType(_ bytes: [UInt8]) -> String? {
        guard bytes.count >= 14 else { return nil }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if bytes.starts(with: "RIFF".utf8), bytes[8..<14].elementsEqual("WEBPVP".utf8) { return "image/webp" }
        if bytes.starts(with: [0xAB, 0x4B, 0x54, 0x58, 0x20, 0x32, 0x30, 0xBB]) { return "image/ktx2" }
        return nil
    }

    init(_ bytes: [UInt8]) throws(Failure) {
        guard let type = Self.mimeType(bytes) else { throw .unrecognized }
        self.init(mimeType: type, width: 0, height: 0)
        switch type {
        case "image/png": try readPNG(bytes)
        case "image/jpeg": try readJPEG(bytes)
        case "image/webp": try readWebP(bytes)
        default:
            guard bytes.count >= 28 else { throw .endsEarly }
            width = Self.little(bytes, 20, 4)
            height = Self.little(bytes, 24, 4)
        }
    }

    private init(mimeType: String, width: Int, height: Int) {
        self.mimeType = mimeType
        self.width = width
        self.height = height
    }

    private static func big(_ bytes: [UInt8], _ at: Int, _ size: Int) -> Int {
        bytes[at..<at + size].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func little(_ bytes: [UInt8], _ at: Int, _ size: Int) -> Int {
        bytes[at..<at + size].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// The chunks before the pixels (PNG, section 11).
    private mutating func readPNG(_ bytes: [UInt8]) throws(Failure) {
        let lengths = ["IHDR": 13, "cHRM": 32, "sRGB": 1, "pHYs": 9, "gAMA": 4]
        var hasHeader = false
        var isSRGB = false
        var hasOddColor = false
        var at = 8
        while bytes.count - at >= 8 {
            let length = Self.big(bytes, at, 4)
            let type = String(decoding: bytes[at + 4..<at + 8], as: UTF8.self)
            if let expected = lengths[type], length != expected { throw .invalid("wrong chunk length") }
            if type == "IDAT" {
                guard hasHeader else { throw .invalid("PNG header not found") }
                hasUnsupportedFeatures = hasUnsupportedFeatures || (hasOddColor && !isSRGB)
                return
            }
            let data = at + 8
            guard length <= bytes.count - data else { throw .endsEarly }
            switch type {
            case "IHDR":
                hasHeader = true
                width = Self.big(bytes, data, 4)
                height = Self.big(bytes, data + 4, 4)
            case "sRGB": isSRGB = true
            case "iCCP": hasUnsupportedFeatures = true
            case "gAMA": hasOddColor = hasOddColor || ![45455, 100_000].contains(Self.big(bytes, data, 4))
            case "cHRM":
                let values = (0..<8).map { Self.big(bytes, data + $0 * 4, 4) }
                let standard = [31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000]
                hasOddColor = hasOddColor || values != standard
            case "pHYs":
                if Self.big(bytes, data, 4) != Self.big(bytes, data + 4, 4) { hasUnsupportedFeatures = true }
            default: break
            }
            at = data + length + 4
        }
        throw .endsEarly
    }

    /// Segments up to the frame header (ITU T.81, B.2).
    private mutating func readJPEG(_ bytes: [UInt8]) throws(Failure) {
        var at = 0
        while at < bytes.count {
            guard bytes[at] == 0xFF else { throw .invalid("no marker where one should be") }
            while at < bytes.count, bytes[at] == 0xFF { at += 1 }
            guard at < bytes.count else { break }
            let marker = bytes[at]
            at += 1
            if marker == 0x01 || (0xD0...0xD9).contains(marker) { continue }
            guard bytes.count - at >= 2 else { break }
            let length = Self.big(bytes, at, 2)
            guard length >= 2 else { throw .invalid("a marker segment's length is wrong") }
            let isFrame = marker & 0xF0 == 0xC0 && ![0xC4, 0xC8, 0xCC].contains(marker) || marker == 0xDE
            if isFrame {
                guard length >= 8, bytes.count - at >= length else { break }
                guard [1, 3].contains(bytes[at + 7]) else { throw .invalid("wrong number of channels") }
                height = Self.big(bytes, at + 3, 2)
                width = Self.big(bytes, at + 5, 2)
                return
            }
            at += length
        }
        throw .endsEarly
    }

    private mutating func readWebP(_ bytes: [UInt8]) throws(Failure) {
        guard bytes.count >= 30 || (bytes.count >= 25 && bytes[15] == 0x4C) else { throw .endsEarly }
        switch bytes[15] {
        case 0x20:
            width = Self.little(bytes, 26, 2) & 0x3FFF
            height = Self.little(bytes, 28, 2) & 0x3FFF
        case 0x4C:
            let packed = Self.little(bytes, 21, 4)
            width = packed & 0x3FFF + 1
            height = packed >> 14 & 0x3FFF + 1
        case 0x58:
            width = Self.little(bytes, 24, 3) + 1
            height = Self.little(bytes, 27, 3) + 1
            hasUnsupportedFeatures = bytes[20] & 0x22 != 0
        default: throw .invalid("wrong WebP header")
        }
    }
}
