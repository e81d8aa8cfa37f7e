import AvatariumCore
import Foundation
import Media
import Testing

/// Pictures and sound for a viewer who watches while they are made.
@Suite struct LiveEncoderTests {
    private let scratch = Scratch()

    @Test func `each frame leaves at once, reordered by nobody, and can be decoded`() throws {
        let encoder = try LiveVideoEncoder(size: ImageSize(width: 320, height: 180), frameRate: .fps30)
        var stream: [UInt8] = []
        for index in 0..<40 {
            let unit = try encoder.encode(ClipFixture.picture(index), isKey: index == 0 || index == 25)
            #expect(unit.isKey == (index == 0 || index == 25))
            // Parameter sets (types 7 and 8) stand before key pictures only.
            let types = nalTypes(unit.bytes)
            #expect(types.contains(7) == unit.isKey)
            #expect(types.contains(8) == unit.isKey)
            #expect(!types.isEmpty)
            stream += unit.bytes
        }
        let path = scratch["live.h264"]
        try Data(stream).write(to: URL(fileURLWithPath: path))
        var worst = Double.infinity
        var count = 0
        try MediaProbe.decodeVideo(path: path) { _, picture in
            worst = min(worst, ClipFixture.psnr(picture, ClipFixture.picture(count)))
            count += 1
        }
        #expect(count == 40)
        #expect(worst > 24)
    }

    @Test func `a picture that is no live picture is refused`() {
        for size in [(321, 180), (4096, 2160), (8, 8)] {
            let error = #expect(throws: AvatariumError.self) {
                try LiveVideoEncoder(size: ImageSize(width: size.0, height: size.1), frameRate: .fps30)
            }
            #expect(error?.code == .invalidConfig)
        }
    }

    @Test func `sound is packets of 20 ms whose times are those of its samples`() throws {
        let encoder = try LiveAudioEncoder(sampleRate: 22_050)
        let samples = (0..<22_050).map { Float(sin(Double($0) * 0.05)) * 0.5 }
        var packets: [LiveAudioEncoder.Packet] = []
        for start in stride(from: 0, to: samples.count, by: 735) {
            packets += try encoder.encode(Array(samples[start..<min(start + 735, samples.count)]))
        }
        packets += try encoder.finish()
        #expect((50...54).contains(packets.count))
        #expect(abs(packets[0].seconds + 0.0025) < 0.0001)
        for (a, b) in zip(packets, packets.dropFirst()) { #expect(abs(b.seconds - a.seconds - 0.02) < 1e-6) }
        #expect(packets.allSatisfy { $0.bytes.count < 1000 })
    }

    /// The types of the NAL units of an Annex B stream.
    private func nalTypes(_ bytes: [UInt8]) -> [UInt8] {
        var types: [UInt8] = []
        for index in bytes.indices.dropLast(3)
        where bytes[index] == 0 && bytes[index + 1] == 0 && bytes[index + 2] == 1 {
            types.append(bytes[index + 3] & 31)
        }
        return types
    }
}
