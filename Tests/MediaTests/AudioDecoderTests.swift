import AvatariumCore
import Foundation
import Media
import Testing

@Suite struct AudioDecoderTests {
    private let scratch = Scratch()

    private func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: scratch[name])))
    }

    /// Two seconds of a tone as WAV.
    private func wave(_ name: String = "tone.wav", sampleRate: Int = 16000) throws -> [Float] {
        let tone = ClipFixture.tone(seconds: 2, sampleRate: sampleRate)
        try WAVFile.write(AudioBuffer(sampleRate: sampleRate, samples: tone), path: scratch[name])
        return tone
    }

    private func failure(_ body: () throws -> AudioBuffer) -> AvatariumError? {
        do {
            _ = try body()
            return nil
        } catch { return error as? AvatariumError }
    }

    @Test func aWAVFileComesBackAsItWas() throws {
        let tone = try wave()
        for audio in [
            try AudioDecoder.decode(path: scratch["tone.wav"]),
            try AudioDecoder.decode(bytes: bytes("tone.wav")),
        ] {
            #expect(audio.sampleRate == 16000)
            #expect(audio.samples.count == tone.count)
            #expect(zip(audio.samples, tone).allSatisfy { abs($0 - $1) < 1e-4 })
        }
    }

    @Test func `no more is decoded than is needed`() throws {
        let tone = try wave()
        let begun = try AudioDecoder.decode(path: scratch["tone.wav"], upTo: 0.5)
        #expect(begun.samples.count > 8000 && begun.samples.count < tone.count)
        #expect(zip(begun.samples, tone).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(try AudioDecoder.decode(path: scratch["tone.wav"], upTo: 60).samples.count == tone.count)
        // That the rest is missing is no damage: it was not asked for.
        try ClipFixture.write(
            ClipWriterOptions(
                format: .mp4, path: scratch["film.mp4"], width: 64, height: 64, audioSampleRate: 48000),
            count: 90)
        let film = try AudioDecoder.decode(path: scratch["film.mp4"], upTo: 1)
        #expect((1...1.5).contains(film.durationSeconds))
    }

    @Test(arguments: [8000, 22050, 44100, 48000])
    func resamplesWithoutDelayOrLoss(rate: Int) throws {
        _ = try wave()
        let audio = try AudioDecoder.decode(path: scratch["tone.wav"], sampleRate: rate)
        let expected = ClipFixture.tone(seconds: 2, sampleRate: rate)
        #expect(audio.sampleRate == rate)
        #expect(abs(audio.samples.count - expected.count) <= 1)
        let middle = rate / 2..<rate * 3 / 2
        #expect(middle.allSatisfy { abs(audio.samples[$0] - expected[$0]) < 0.01 })
    }

    @Test func readsTheSoundOfAFilmWithoutTheEncodersPadding() throws {
        for name in ["film.mp4", "film.webm", "film.mov"] {
            try ClipFixture.write(
                ClipWriterOptions(
                    format: try ClipFormat(path: name), path: scratch[name], width: 64, height: 64,
                    audioSampleRate: 48000), count: 45)
            // At the start nothing is left of it (AlignmentTests); MP4 keeps up to one AAC packet at the end.
            let excess = try AudioDecoder.decode(path: scratch[name]).samples.count - 72000
            #expect((0..<(name == "film.mp4" ? 1024 : 1)).contains(excess), "\(name): \(excess)")
        }
    }

    /// Matroska's tag says where a stream ends and not how long it is.
    @Test func soundThatBeginsAfterThePicturesIsWhole() throws {
        try ClipFixture.write(
            ClipWriterOptions(
                format: .webm, path: scratch["film.webm"], width: 64, height: 64, audioSampleRate: 48_000),
            count: 30)
        var bytes = try bytes("film.webm")
        func replace(_ old: [UInt8], _ new: [UInt8]) throws {
            var from = bytes.startIndex
            var count = 0
            while let range = bytes[from...].firstRange(of: old) {
                bytes.replaceSubrange(range, with: new)
                from = range.upperBound
                count += 1
            }
            try #require(count > 0)
        }
        // The only cluster begins at 255 ms instead of 0, and the tags say that all ends later.
        try replace([0xE7, 0x81, 0x00], [0xE7, 0x81, 0xFF])
        try replace(Array("00:00:01.0".utf8), Array("00:00:01.3".utf8))
        try Data(bytes).write(to: URL(fileURLWithPath: scratch["late.webm"]))
        let audio = try AudioDecoder.decode(path: scratch["late.webm"])
        #expect(abs(audio.durationSeconds - 1) < 0.02)
    }

    @Test func mixesStereoDownToItsMean() throws {
        _ = try wave()
        var stereo = try bytes("tone.wav")
        // The same bytes read as two channels: left and right are neighbouring samples.
        stereo[22] = 2
        stereo[32] = 4
        stereo.replaceSubrange(28..<32, with: [0x00, 0xFA, 0x00, 0x00])
        let mono = try AudioDecoder.decode(path: scratch["tone.wav"]).samples
        let mixed = try AudioDecoder.decode(bytes: stereo).samples
        #expect(mixed.count == mono.count / 2)
        let isMean = mixed.indices.allSatisfy {
            abs(mixed[$0] - (mono[2 * $0] + mono[2 * $0 + 1]) / 2) < 1e-3
        }
        #expect(isMean)
    }

    @Test func aMissingFileSaysSo() {
        let error = failure { try AudioDecoder.decode(path: "/no/such.wav") }
        #expect(error?.code == .ttsAudioDecodeFailed)
        #expect(error?.context["path"] == "/no/such.wav")
        #expect(error?.context["rule"] == "io")
    }

    @Test func aFilmWithoutSoundSaysSo() throws {
        try ClipFixture.write(
            ClipWriterOptions(format: .mp4, path: scratch["mute.mp4"], width: 64, height: 64), count: 5)
        let error = failure { try AudioDecoder.decode(path: scratch["mute.mp4"]) }
        #expect(error?.context["rule"] == "no-audio-stream")
    }

    @Test func textEmptinessAndPlaylistsAreNotAudio() throws {
        _ = try wave()
        let playlist =
            "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n\(scratch["tone.wav"])\n#EXT-X-ENDLIST\n"
        for text in ["", "hello, this is not audio at all", playlist] {
            let error = failure { try AudioDecoder.decode(bytes: Array(text.utf8)) }
            #expect(error?.code == .ttsAudioDecodeFailed, "\(text.prefix(8))")
        }
    }

    @Test(arguments: ["film.mp4", "film.webm", "film.mov", "tone.wav"])
    func tornFilesAreRefusedAndNotShortened(name: String) throws {
        if name == "tone.wav" {
            _ = try wave()
        } else {
            try ClipFixture.write(
                ClipWriterOptions(
                    format: try ClipFormat(path: name), path: scratch[name], width: 64, height: 64,
                    audioSampleRate: 22050), count: 90)
        }
        let whole = try bytes(name)
        for share in [0.3, 0.6, 0.8] {
            let torn = Array(whole[..<Int(Double(whole.count) * share)])
            let error = failure { try AudioDecoder.decode(bytes: torn) }
            #expect(error?.code == .ttsAudioDecodeFailed, "\(name) at \(share)")
        }
    }

    /// A header that says 2 GHz once asked for 27 GB.
    @Test(arguments: [100, 1_000_000, 2_147_483_647] as [UInt32])
    func aSampleRateThatNoSpeechHasIsRefused(rate: UInt32) throws {
        _ = try wave()
        var damaged = try bytes("tone.wav")
        withUnsafeBytes(of: rate.littleEndian) { damaged.replaceSubrange(24..<28, with: $0) }
        let error = failure { try AudioDecoder.decode(bytes: damaged) }
        #expect(error?.code == .ttsAudioDecodeFailed)
        #expect(error?.context["rule"] == "sample-rate")
    }

    /// As `ffmpeg -f wav - | cat` writes it.
    @Test func aStreamThatDoesNotKnowItsLengthIsNotDamaged() throws {
        let tone = try wave()
        var streamed = try bytes("tone.wav")
        let data = try #require(streamed.firstRange(of: Array("data".utf8)))
        streamed.replaceSubrange(4..<8, with: [255, 255, 255, 255])
        streamed.replaceSubrange(data.upperBound..<data.upperBound + 4, with: [255, 255, 255, 255])
        var codes: [String] = []
        let audio = try AudioDecoder.decode(bytes: streamed) { codes.append($0.code) }
        #expect(codes == [])
        #expect(audio.samples.count == tone.count)
    }

    @Test func samplesThatAreNoNumbersBecomeSilenceWithAWarning() throws {
        var wav = Array("RIFF".utf8) + [0x34, 0x1F, 0, 0] + Array("WAVEfmt ".utf8)
        wav += [16, 0, 0, 0, 3, 0, 1, 0, 0x40, 0x1F, 0, 0, 0, 0x7D, 0, 0, 4, 0, 32, 0]
        wav += Array("data".utf8) + [0x40, 0x1F, 0, 0]
        for i in 0..<2000 {
            withUnsafeBytes(of: (i == 9 ? Float.nan : i == 10 ? .infinity : 0.25).bitPattern) { wav += $0 }
        }
        var codes: [String] = []
        let audio = try AudioDecoder.decode(bytes: wav) { codes.append($0.code) }
        #expect(codes == ["AUDIO_SAMPLES_NOT_FINITE"])
        #expect(audio.samples.count == 2000)
        #expect(audio.samples[9] == 0 && audio.samples[10] == 0 && audio.samples[11] == 0.25)
    }

    /// Whatever is done to the bytes: samples or an `AvatariumError`, never a trap.
    @Test(arguments: ["film.mp4", "film.webm", "film.mov", "tone.wav"])
    func survivesDamage(name: String) throws {
        if name == "tone.wav" {
            _ = try wave()
        } else {
            try ClipFixture.write(
                ClipWriterOptions(
                    format: try ClipFormat(path: name), path: scratch[name], width: 32, height: 32,
                    audioSampleRate: 16000), count: 30)
        }
        let whole = try bytes(name)
        var random = SeededGenerator(seed: 11)
        for round in 0..<150 {
            var damaged = whole
            for _ in 0..<Int.random(in: 1...24, using: &random) {
                // Headers are where damage goes furthest.
                let limit = round % 2 == 0 ? min(2048, damaged.count) : damaged.count
                damaged[Int.random(in: 0..<limit, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if round % 5 == 0 { damaged.removeLast(Int.random(in: 0..<damaged.count, using: &random)) }
            do {
                let audio = try AudioDecoder.decode(bytes: damaged)
                let finite = audio.samples.allSatisfy { $0.isFinite }
                #expect(finite)
            } catch {
                let code = (error as? AvatariumError)?.code
                #expect(code == .ttsAudioDecodeFailed)
            }
        }
    }
}
