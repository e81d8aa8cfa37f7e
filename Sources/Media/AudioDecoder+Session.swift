import AvatariumCore
import CAV

extension AudioDecoder {
    /// One file being decoded.
    final class Session {
        private let name: String?
        private let demuxer: Demuxer
        private let decoder: StreamDecoder
        private let stream: UnsafeMutablePointer<AVStream>
        private var outputRate: Int32
        private var resampler: MonoResampler?
        private var samples: [Float] = []
        private var packetCount = 0
        private var readFailure: String?
        private var unusableCount = 0
        /// Whether the last packet could not be decoded: where the file does not say its length, it merely ends there.
        private var isLastUnusable = false
        /// Whether mixing may have made samples above 1.
        private var mayPassOne = false

        private let header: WAVParts.Header
        /// The channels to be turned round.
        private let turned: Set<Int>
        /// Seconds after which no more is needed; nil needs all.
        private let needed: Double?
        private(set) var levels = ChannelLevels()
        private(set) var diagnostics: [Diagnostic] = []

        init(
            _ source: InputSource, header: WAVParts.Header, isExtensible: Bool, name: String?,
            sampleRate: Int?, upTo needed: Double?, turning turned: Set<Int>
        ) throws {
            self.name = name
            self.header = header
            self.needed = needed
            self.turned = turned
            if case .torn(let missing) = header, missing > AudioDecoder.damageLimit {
                throw Self.failure(
                    name, "truncated", "is truncated: \(Int((missing * 100).rounded()))% of it is missing",
                    "download or export it again")
            }
            outputRate = Int32(sampleRate ?? 0)
            do throws(Demuxer.Failure) {
                demuxer = try Demuxer(source)
            } catch {
                var reason = "out of memory"
                if case .notMedia(let words) = error { reason = words }
                throw Self.failure(
                    name, "not-audio", "is not audio that libav can read (\(reason))",
                    "give a WAV, MP3, FLAC, Ogg or M4A file")
            }
            guard let best = demuxer.bestStream(AVMEDIA_TYPE_AUDIO) else {
                throw Self.failure(
                    name, "no-audio-stream", "has no audio stream", "give a file with audio")
            }
            stream = best
            if isExtensible, best.pointee.codecpar.pointee.codec_id == AV_CODEC_ID_PCM_F24LE {
                // libav takes 24 valid bits of 32 for Cool Edit's floats, whose header is a plain one.
                best.pointee.codecpar.pointee.codec_id = AV_CODEC_ID_PCM_S32LE
                best.pointee.codecpar.pointee.bits_per_coded_sample = 32
            }
            try Self.check(rate: best.pointee.codecpar.pointee.sample_rate, name)
            demuxer.select(best)
            do throws(StreamDecoder.Unavailable) {
                decoder = try StreamDecoder(best)
            } catch {
                throw Self.failure(
                    name, "unsupported-codec", "contains \(error.codec) audio: \(error.reason)",
                    "convert it to WAV first")
            }
        }

        static func failure(
            _ name: String?, _ rule: String, _ fact: String, _ remedy: String
        ) -> AvatariumError {
            var context = ["rule": rule]
            context["path"] = name
            return AvatariumError(
                .ttsAudioDecodeFailed,
                "the audio \(name.map { "file \($0.quotedForMessage(limit: 300))" } ?? "given") \(fact); \(remedy)",
                context: context)
        }

        static func tooLong(_ name: String?) -> AvatariumError {
            failure(
                name, "too-long", "is longer than \(Int(AudioDecoder.maximumSeconds / 60)) minutes",
                "split it into shorter pieces")
        }

        /// A header may claim any rate, and a second of silence at 2 GHz is 8 GB.
        private static func check(rate: Int32, _ name: String?) throws {
            guard rate > 0, !AudioDecoder.sampleRates.contains(Int(rate)) else { return }
            let known = AudioDecoder.sampleRates
            throw failure(
                name, "sample-rate",
                "declares \(rate) samples per second; \(known.lowerBound) to \(known.upperBound) are "
                    + "supported",
                "resample it, for instance to 48000 (ffmpeg -i FILE -ar 48000 OUT.wav)")
        }

        private func run() throws {
            // A damaged container may fail at every read without coming to its end.
            var failuresInARow = 0
            reading: while !isEnough {
                try Task.checkCancellation()
                switch demuxer.next() {
                case .packet(let packet):
                    failuresInARow = 0
                    guard packet.pointee.stream_index == stream.pointee.index else { continue }
                    if isPCM {
                        // An odd byte at the end is less than a sample.
                        packet.pointee.size -=
                            packet.pointee.size % max(1, stream.pointee.codecpar.pointee.block_align)
                        if packet.pointee.size == 0 { continue }
                    }
                    packetCount += 1
                    if isLastUnusable { unusableCount += 1 }
                    isLastUnusable = packet.pointee.flags & AV_PKT_FLAG_CORRUPT != 0
                    try decoder.decode(packet, take)
                case .end:
                    break reading
                case .damaged(let words):
                    readFailure = words
                    failuresInARow += 1
                    if failuresInARow > 8 { break reading }
                }
            }
            if !isEnough, isLastUnusable, header == .whole, !isWAV, declaredSeconds != nil {
                unusableCount += 1
            }
            try decoder.decode(nil, take)
            finishResampler()
        }

        /// Whether all that is needed is there, and the rest of the file was not looked at.
        private var isEnough: Bool {
            needed.map { Double(samples.count) > $0 * Double(max(1, outputRate)) } ?? false
        }

        /// Samples in fixed frames, of which a packet may hold any number.
        private var isPCM: Bool {
            LibAV.text(avcodec_get_name(stream.pointee.codecpar.pointee.codec_id))?.hasPrefix("pcm_") == true
        }

        private func finishResampler() {
            guard let resampler else { return }
            resampler.finish(to: &samples)
            levels.add(resampler.levels)
            self.resampler = nil
        }

        private func take(_ frame: UnsafeMutablePointer<AVFrame>) throws {
            guard frame.pointee.sample_rate > 0, frame.pointee.nb_samples > 0,
                frame.pointee.ch_layout.nb_channels > 0
            else { return }
            try Self.check(rate: frame.pointee.sample_rate, name)
            if outputRate == 0 {
                outputRate = min(frame.pointee.sample_rate, Int32(AudioDecoder.maximumRate))
            }
            // Rate or channels may change in the middle: what came before ends here.
            if resampler?.accepts(frame.pointee) == false { finishResampler() }
            if resampler == nil {
                do throws(MonoResampler.Unavailable) {
                    resampler = try MonoResampler(
                        inputRate: frame.pointee.sample_rate,
                        inputFormat: AVSampleFormat(frame.pointee.format),
                        inputLayout: &frame.pointee.ch_layout, outputRate: outputRate, turned: turned)
                    mayPassOne = mayPassOne || resampler?.mayPassOne == true
                } catch {
                    throw Self.failure(
                        name, "unsupported-codec", "cannot be mixed to mono (\(error.reason))",
                        "convert it to a mono or stereo WAV first")
                }
            }
            resampler?.append(frame, to: &samples)
            guard Double(samples.count) <= maximumSeconds * Double(outputRate) else {
                throw Self.tooLong(name)
            }
        }

        /// The samples, after the checks that tell whole audio from a torn one.
        func result() throws -> AudioBuffer {
            try run()
            let damaged = decoder.damagedCount + unusableCount + (readFailure == nil ? 0 : 1)
            if samples.isEmpty || outputRate == 0 {
                guard damaged == 0 else {
                    throw Self.failure(
                        name, "damaged", "could not be decoded: every packet is damaged",
                        "download or export it again")
                }
                throw Self.failure(name, "empty", "contains no samples", "give a file with audio")
            }
            let share = Double(damaged) / Double(max(1, packetCount))
            guard share <= damageLimit || (damaged == 1 && packetCount > 8) else {
                throw Self.failure(
                    name, "damaged",
                    "is damaged: \(damaged) of \(packetCount) packets could not be decoded"
                        + (readFailure.map { " (\($0))" } ?? ""),
                    "download or export it again")
            }
            let seconds = Double(samples.count) / Double(outputRate)
            if !isEnough, header == .whole, !isWAV, let declared = declaredSeconds,
                seconds < declared - max(0.25, 0.02 * declared)
            {
                throw Self.failure(
                    name, "truncated",
                    "is truncated: it declares \(rounded(declared)) s and contains \(rounded(seconds)) s",
                    "download or export it again")
            }
            if case .untrue(let promised) = header {
                diagnostics.append(
                    Diagnostic(
                        .warning, "AUDIO_LENGTH_UNTRUE",
                        "the WAV header declares \(promised) bytes, more than the file has; it was read to "
                            + "its end"
                    ))
            }
            if damaged > 0 {
                diagnostics.append(
                    Diagnostic(
                        .warning, "AUDIO_DAMAGED",
                        "\(damaged) of \(packetCount) audio packets were damaged and skipped"))
            }
            let bad = Self.sanitise(&samples)
            if bad > 0 {
                diagnostics.append(
                    Diagnostic(
                        .warning, "AUDIO_SAMPLES_NOT_FINITE",
                        "\(bad) samples were not finite numbers and were silenced"))
            }
            if mayPassOne, let peak = samples.lazy.map({ abs($0) }).max(), peak > 1 {
                for index in samples.indices { samples[index] /= peak }
            }
            return AudioBuffer(sampleRate: Int(outputRate), samples: samples)
        }

        private var isWAV: Bool { LibAV.text(demuxer.format.pointee.iformat?.pointee.name) == "wav" }

        /// The length that the header states, where it is stated rather than guessed from the bit rate.
        private var declaredSeconds: Double? {
            // Matroska states where a stream ends as a tag, 00:00:01.500000000; it may begin after the others.
            if let tag = LibAV.entries(stream.pointee.metadata)["DURATION"] {
                let parts = tag.split(separator: ":").compactMap { Double($0) }
                guard parts.count == 3 else { return nil }
                let start = stream.pointee.start_time
                let late = start == LibAV.noTimestamp ? 0 : Double(start) * av_q2d(stream.pointee.time_base)
                return parts[0] * 3600 + parts[1] * 60 + parts[2] - max(late, 0)
            }
            guard demuxer.format.pointee.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE,
                stream.pointee.duration != LibAV.noTimestamp, stream.pointee.duration > 0
            else { return nil }
            return Double(stream.pointee.duration) * av_q2d(stream.pointee.time_base)
        }

        private func rounded(_ seconds: Double) -> String { "\((seconds * 100).rounded() / 100)" }

        /// Replaces samples that are not finite by silence; returns how many there were.
        static func sanitise(_ samples: inout [Float]) -> Int {
            var bad = 0
            for i in samples.indices where !samples[i].isFinite {
                samples[i] = 0
                bad += 1
            }
            return bad
        }
    }
}
