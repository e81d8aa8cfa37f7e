import AvatariumCore
import Foundation
import Media
import Testing

/// Recordings as services and damaged tools write them.
@Suite struct HostileAudioTests {
    private let scratch = Scratch()

    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// A 16-bit WAV file of interleaved samples.
    /// - Parameters:
    ///   - promised: What the data chunk's header says, and the RIFF header accordingly; nil is the truth.
    private static func wave(
        _ samples: [Int16], rate: Int = 16_000, channels: Int = 1, promised: Int? = nil, riff: Int? = nil,
        mask: Int? = nil
    ) -> [UInt8] {
        let data = samples.flatMap { little(Int($0), 2) }
        let size = promised ?? data.count
        var format =
            little(mask == nil ? 1 : 0xFFFE, 2) + little(channels, 2) + little(rate, 4)
            + little(rate * 2 * channels, 4) + little(2 * channels, 2) + little(16, 2)
        if let mask {
            // WAVE_FORMAT_EXTENSIBLE with the sub-format PCM.
            format += little(22, 2) + little(16, 2) + little(mask, 4) + little(1, 2)
            format += [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
        }
        let head = Array("WAVEfmt ".utf8) + little(format.count, 4) + format + Array("data".utf8)
        return Array("RIFF".utf8) + little(size == 0 ? 0 : riff ?? min(0xFFFF_FFFF, head.count + 4 + size), 4)
            + head + little(size, 4)
            + data
    }

    private static func tone(_ count: Int, rate: Int = 16_000, level: Double = 8000) -> [Int16] {
        (0..<count).map { Int16(level * sin(2 * .pi * 200 * Double($0) / Double(rate))) }
    }

    private func decode(_ bytes: [UInt8]) throws -> (audio: AudioBuffer, codes: [String]) {
        var codes: [String] = []
        let audio = try AudioDecoder.decode(bytes: bytes) { codes.append($0.code) }
        return (audio, codes)
    }

    private func failure(_ body: () throws -> Void) -> AvatariumError? {
        do {
            try body()
            return nil
        } catch { return error as? AvatariumError }
    }

    private func level(_ audio: AudioBuffer) -> Double {
        (audio.samples.reduce(0.0) { $0 + Double($1 * $1) } / Double(audio.samples.count)).squareRoot()
    }

    // MARK: Formats

    /// libav takes them for floats of another kind, which is silence.
    @Test func `24 valid bits in 32 are loud`() throws {
        let samples = Self.tone(16_000)
        let data = samples.flatMap { Self.little(Int($0) << 16, 4) }
        var format: [UInt8] = []
        let fields = [
            (0xFFFE, 2), (1, 2), (16_000, 4), (64_000, 4), (4, 2), (32, 2), (22, 2), (24, 2), (4, 4), (1, 2),
        ]
        for (value, size) in fields { format += Self.little(value, size) }
        format += [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
        var body = Array("WAVE".utf8)
        // The first has an odd length.
        let chunks: [(String, [UInt8])] = [("junk", [1, 2, 3]), ("fmt ", format), ("data", data)]
        for (name, chunk) in chunks {
            body += Array(name.utf8) + Self.little(chunk.count, 4) + chunk
            if chunk.count % 2 == 1 { body.append(0) }
        }
        let wide = try decode(Array("RIFF".utf8) + Self.little(body.count, 4) + body)
        let narrow = try decode(Self.wave(samples))
        #expect(wide.audio.samples == narrow.audio.samples)
        #expect(wide.codes == narrow.codes)
    }

    // MARK: Lengths

    @Test(arguments: [
        0, 0xFFFF_FFFF, 0x7FFF_FFFF, 0x7FFF_FFDB, 0x7FF0_0000, 2_000_000_000, 1_000_000_000, 999_999_999,
    ])
    func `a length that cannot be meant is not believed`(promised: Int) throws {
        let samples = Self.tone(40_000)
        let (audio, codes) = try decode(Self.wave(samples, promised: promised))
        #expect(audio.samples.count == samples.count)
        let isUsual = promised == 0 || promised >= 0x7FF0_0000 - 36
        #expect(codes == (isUsual ? [] : ["AUDIO_LENGTH_UNTRUE"]))
    }

    @Test func `a data chunk longer than the file is read to its end`() throws {
        let samples = Self.tone(40_000)
        var bytes = Self.wave(samples)
        let data = try #require(bytes.firstRange(of: Array("data".utf8)))
        bytes.replaceSubrange(data.upperBound..<data.upperBound + 4, with: Self.little(0x7FFF_0000, 4))
        #expect(try decode(bytes).audio.samples.count == samples.count)
    }

    @Test func `a length that passed 4 GB and began anew is not believed`() throws {
        let samples = Self.tone(40_000)
        let bytes = Self.wave(samples, promised: 0xFFFF_FFFF, riff: 35)
        #expect(try decode(bytes).audio.samples.count == samples.count)
        #expect(try decode(bytes + bytes).audio.samples.count == 2 * samples.count)
    }

    @Test func `a torn download is refused`() {
        let bytes = Self.wave(Self.tone(100_000))
        let error = failure { _ = try decode(Array(bytes.prefix(bytes.count / 2))) }
        #expect(error?.context["rule"] == "truncated")
    }

    @Test(arguments: [nil, 0xFFFF_FFFF] as [Int?]) func `files end to end are one recording`(promised: Int?)
        throws
    {
        let (first, second) = (Self.tone(8001), Self.tone(5000, level: 4000))
        let bytes =
            Self.wave(first, promised: promised) + Self.wave(second, promised: promised)
            + Self.wave(first, promised: promised)
        let (audio, codes) = try decode(bytes)
        #expect(codes == [])
        #expect(audio.samples.count == 8001 + 5000 + 8001)
        #expect(
            audio.samples[8001...8010].map { Int(($0 * 32_768).rounded()) } == second[0..<10].map(Int.init))
    }

    @Test func `a part of another rate is resampled`() throws {
        let bytes = Self.wave(Self.tone(16_000)) + Self.wave(Self.tone(24_000, rate: 24_000), rate: 24_000)
        let audio = try decode(bytes).audio
        #expect(audio.sampleRate == 16_000)
        #expect(abs(audio.samples.count - 32_000) < 4)
    }

    @Test func `an odd byte at the end is nothing to speak of`() throws {
        let samples = Self.tone(40_000)
        for extra in 1...3 {
            var bytes = Self.wave(samples, promised: 2 * samples.count + extra)
            bytes += [UInt8](repeating: 7, count: extra)
            let (audio, codes) = try decode(bytes)
            #expect(audio.samples.count == samples.count + extra / 2)
            #expect(codes == [])
        }
    }

    // MARK: Channels

    @Test(arguments: [1.0, 0.4]) func `channels of opposite phase do not cancel`(right: Double) throws {
        let tone = Self.tone(32_000)
        let stereo = tone.flatMap { [$0, Int16(-right * Double($0))] }
        let (audio, codes) = try decode(Self.wave(stereo, channels: 2))
        #expect(codes == (right == 1 ? ["AUDIO_CHANNELS_OPPOSITE"] : []))
        if right == 1 {
            #expect(audio.samples.map { Int16($0 * 32_768) } == tone)
        } else {
            #expect(abs(level(audio) - 0.3 * 8000 / 32_768 / 2.squareRoot()) < 1e-3)
        }
    }

    /// Balanced pairs of a mixer or a field recorder, in any order and number; the sum of what is in several stays.
    @Test(arguments: [
        [1.0, -1, 1, -1], [1, 1, -1, -1], [-1, 1, -1, 1, -1, 1], [1, -1, 0], [0.5, -0.5, 1, -1, 0, 0, 0, 0],
    ])
    func `of any number of channels none cancels another`(gains: [Double]) throws {
        let tone = Self.tone(32_000)
        let samples = tone.flatMap { sample in gains.map { Int16(($0 * Double(sample)).rounded()) } }
        let (audio, codes) = try decode(Self.wave(samples, channels: gains.count))
        #expect(codes == ["AUDIO_CHANNELS_OPPOSITE"])
        let right = gains.reduce(0) { $0 + abs($1) } / Double(gains.count) * 8000 / 32_768 / 2.squareRoot()
        #expect(abs(level(audio) - right) < 0.02 * right, "\(level(audio)) for \(right)")
    }

    @Test func `a voice that cancels under a quiet noise is heard`() throws {
        var random = SeededGenerator(seed: 5)
        let samples = Self.tone(32_000).flatMap { [$0, -$0, Int16.random(in: -1500...1500, using: &random)] }
        let (audio, codes) = try decode(Self.wave(samples, channels: 3))
        #expect(codes == ["AUDIO_CHANNELS_OPPOSITE"])
        #expect(level(audio) > 0.6 * 8000 / 32_768 / 2.squareRoot())
    }

    @Test func `channels with nothing in common are mixed as they are`() throws {
        var random = SeededGenerator(seed: 7)
        let samples = (0..<4 * 32_000).map { _ in Int16.random(in: -8000...8000, using: &random) }
        #expect(try decode(Self.wave(samples, channels: 4)).codes == [])
    }

    @Test func `silence in stereo is silence`() throws {
        let (audio, codes) = try decode(Self.wave([Int16](repeating: 0, count: 32_000), channels: 2))
        #expect(codes == [] && level(audio) == 0)
    }

    /// FL FR FC LFE SL SR: films have their speech in the centre.
    @Test(arguments: [([2], 1.0), ([0, 1], 1.0), ([0], 0.5), ([3], 0.0), ([4], 0.25)])
    func `speech in the centre of 5_1 keeps its level`(channels: [Int], expected: Double) throws {
        let tone = Self.tone(16_000)
        let samples = tone.flatMap { sample in (0..<6).map { channels.contains($0) ? sample : 0 } }
        let audio = try decode(Self.wave(samples, channels: 6, mask: 0x60F)).audio
        #expect(abs(level(audio) - expected * 8000 / 32_768 / 2.squareRoot()) < 2e-3)
    }

    @Test func `a mix that would clip is turned down`() throws {
        let tone = Self.tone(16_000, level: 32_000)
        let audio = try decode(
            Self.wave(tone.flatMap { [$0, $0, $0, $0, $0, $0] }, channels: 6, mask: 0x60F)
        ).audio
        let peak = audio.samples.map { abs($0) }.max()
        #expect(peak == 1)
    }

    // MARK: Bounds

    @Test func `more than 48,000 samples a second are not kept`() throws {
        let audio = try decode(Self.wave(Self.tone(192_000, rate: 192_000), rate: 192_000)).audio
        #expect(audio.sampleRate == 48_000)
        #expect(abs(audio.samples.count - 48_000) < 4)
    }

    @Test func `more than an hour is refused while it is decoded`() {
        let silence = [Int16](repeating: 0, count: 3602 * 4000)
        let error = failure { _ = try decode(Self.wave(silence, rate: 4000)) }
        #expect(error?.context["rule"] == "too-long")
        #expect(error?.message.contains("60 minutes") == true)
    }

    @Test func `decoding ends when its task is cancelled`() async throws {
        let bytes = Self.wave([Int16](repeating: 0, count: 4_000_000))
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try AudioDecoder.decode(bytes: bytes)
        }
        let result = await task.result
        #expect(throws: CancellationError.self) { try result.get() }
    }

    @Test func `pipes, devices and folders are refused without waiting`() throws {
        #expect(mkfifo(scratch["pipe.wav"], 0o600) == 0)
        for (path, kind) in [
            (scratch["pipe.wav"], "a pipe"), ("/dev/zero", "a device"), (scratch[""], "a folder"),
        ] {
            let error = failure { _ = try AudioDecoder.decode(path: path) }
            #expect(error?.context["rule"] == "io")
            #expect(error?.message.contains(kind) == true)
        }
    }
}
