import AvatariumCore
import Foundation
import Images
import Testing

/// Expected digests are of what Binomial's own transcoder makes of the same bytes.
struct KTX2Tests {
    @Test func decodesEveryModeOfUASTCAsTheReferenceDoes() throws {
        let image = try ImageDecoder.decode(
            KTX2Fixture.uastc(blocks: KTX2Fixture.everyMode()), maximumPixels: 5000)
        #expect(image.width == 304)
        #expect(digest(image.bytes) == 0x614b_7de0_656a_ea27)
    }

    @Test func decodesETC1SWithAlphaAsTheReferenceDoes() throws {
        let image = try ImageDecoder.decode(KTX2Fixture.etc1s, maximumPixels: 5000)
        #expect(image.width == 37)
        #expect(image.height == 22)
        #expect(digest(image.bytes) == 0x423_9d9c_b651_525c)
    }

    @Test func refusesTruncationAnywhere() throws {
        for file in [KTX2Fixture.etc1s, KTX2Fixture.uastc(blocks: KTX2Fixture.everyMode())] {
            for n in stride(from: 0, to: file.count, by: 7) {
                #expect(throws: ImageError.self) {
                    try ImageDecoder.decode(Array(file[..<n]), maximumPixels: 5000)
                }
            }
        }
    }

    @Test func refusesTheReservedModeAndPartitionsPastTheLast() {
        var reserved = [UInt8](repeating: 0, count: 16)
        reserved[0] = 69
        // Mode 2 (code 29), 15 bits of hints, then five bits of pattern: 31 of 30.
        let pattern: [UInt8] = [29, 0, 0xF0, 1] + [UInt8](repeating: 0, count: 12)
        for block in [reserved, pattern] {
            #expect(throws: ImageError.self) {
                try ImageDecoder.decode(KTX2Fixture.uastc(blocks: block), maximumPixels: 100)
            }
        }
    }

    @Test func `a damaged file is an error or a whole picture`() {
        var random = SeededGenerator(seed: 4)
        var refused = 0
        for file in [KTX2Fixture.etc1s, KTX2Fixture.uastc(blocks: KTX2Fixture.everyMode())] {
            for _ in 0..<3000 {
                var bytes = file
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                        in: 0...255, using: &random)
                }
                do {
                    let image = try ImageDecoder.decode(bytes, maximumPixels: 1 << 16)
                    #expect(image.bytes.count == image.width * image.height * 4)
                } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > 0)
    }

    /// FNV-1a.
    private func digest(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

/// KTX2 files made here.
enum KTX2Fixture {
    /// A row of 4x4 blocks of UASTC, not compressed further.
    static func uastc(blocks: [UInt8]) -> [UInt8] {
        let width = blocks.count / 16 * 4
        var out: [UInt8] = [0xAB, 0x4B, 0x54, 0x58, 0x20, 0x32, 0x30, 0xBB, 0x0D, 0x0A, 0x1A, 0x0A]
        for word in [0, 1, width, 4, 0, 0, 1, 1, 0, 104, 44, 0, 0] { out += le(word, 4) }
        for long in [0, 0, 148, blocks.count, blocks.count] { out += le(long, 8) }
        // The data format descriptor: UASTC, one sample of channel 3 (RGBA).
        for word in [
            44, 0, 2 | 40 << 16, 166 | 1 << 8 | 2 << 16, 0x0303, 16, 0, 0x037F_0000, 0, 0, 0xFFFF_FFFF,
        ] {
            out += le(word, 4)
        }
        return out + blocks
    }

    private static func le(_ value: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    /// Four random blocks of each of the 19 modes: the mode's code, a partition that exists, random bits.
    static func everyMode() -> [UInt8] {
        let codes: [(code: UInt64, bits: UInt64)] = [
            (1, 4), (53, 6), (29, 5), (3, 5), (19, 5), (11, 5), (27, 5), (7, 5), (23, 5), (15, 5), (2, 3),
            (0, 2),
            (6, 3), (31, 5), (13, 5), (5, 7), (21, 6), (37, 6), (9, 4),
        ]
        let partitions: [Int: (start: UInt64, bits: UInt64, count: UInt64)] = [
            2: (20, 5, 30), 3: (20, 4, 11), 4: (20, 5, 30), 7: (20, 5, 19), 9: (28, 5, 30), 16: (29, 5, 30),
        ]
        var random = SeededGenerator(seed: 1)
        var out: [UInt8] = []
        for i in 0..<76 {
            let (code, bits) = codes[i % 19]
            var low = random.next()
            let high = random.next()
            low = ((low >> bits) << bits) | code
            if let field = partitions[i % 19] {
                low &= ~((1 << field.bits - 1) << field.start)
                low |= (UInt64(i) % field.count) << field.start
            }
            for word in [low, high] { out += le(Int(truncatingIfNeeded: word), 8) }
        }
        return out
    }

    /// 37x22 pixels, red = 6 x, green = 10 y, blue = 4 (x + y), alpha = 255 - 5 x, encoded by Basis Universal 2.1.
    static let etc1s: [UInt8] = {
        let text = """
            q0tUWCAyMLsNChoKAAAAAAEAAAAlAAAAFgAAAAAAAAAAAAAAAQAAAAEAAAABAAAAaAAAADwAAACkAAAAJAAAAMgAAAAAAAAA
            SAEAAAAAAAAQAgAAAAAAAFAAAAAAAAAAAAAAAAAAAAA8AAAAAAAAAAIAOACjAQIAAwMAAAgIAAAAAAAAAAA/AAAAAAAAAAAA
            /////0AAPw8AAAAAAAAAAP////8fAAAAS1RYd3JpdGVyAEJhc2lzIFVuaXZlcnNhbCAyLjEwAABGABoAjQAAAFMAAABAAAAA
            AAAAAAAAAAAAAAAANgAAADYAAAAaAAAAIECEAAAAhGEQA81xECAKAAAIwzCsTY6H+w0QIHIAAAiDQCwEpV87ACcCMAUAAAAA
            EARRR3vv10OhkDhunTmOHKQ7/xYTCsdJSiQl5Nj5lz+KigoMDAxOD1PmuV5UUNA/TmVg1JEp89z6q6DAMCspQSOx6U8gEBAI
            oETipHrelsTuSmJ37a7dNTN29zMD+AfmBggCQRAAwDn23ujBDcxswhK2guNQvjLbMPkSDCxEsAoRDQwMDA7X+0ODCw1tLeKE
            ZoGiQ/LE68by285j7GN/f0gCa3G0tarq6Jn5n3N+IwIBwZQAAAAAQBiWEk3/FF8PMCEAAAAAAALply0gEqggCERRlH7knmEC
            q80QJLnLqKhQEMX9EwAmAAAAAAAAEIAA1TW0pAae5iaWgp6Ovq+Xt4WrE++j5ceBhaapv4ZcbOXm7OIo0zZWuBtxIBLbKiUO
            Komdjdoaf0aChyDiiSN7wIDSCQYDCgIDigQG5AUG5AA=
            """
        return [UInt8](Data(base64Encoded: text, options: .ignoreUnknownCharacters) ?? Data())
    }()
}
