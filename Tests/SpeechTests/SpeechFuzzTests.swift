import AvatariumCore
import Foundation
import Speech
import Testing

/// Hostile texts in every voice, for as long as `AVATARIUM_FUZZ_SECONDS` says: scripts/fuzz-speech. What ends
/// libespeak-ng ends a text; this process never dies, and every error is one of the contract's.
@Suite struct SpeechFuzzTests {
    private static let seconds = ProcessInfo.processInfo.environment["AVATARIUM_FUZZ_SECONDS"].flatMap(
        Double.init)
    private static let seed =
        ProcessInfo.processInfo.environment["AVATARIUM_FUZZ_SEED"].flatMap(UInt64.init) ?? 1

    /// Of this process and of the side process, with its children that have ended.
    private static var processorSeconds: Int {
        func read(_ path: String) -> [Substring] {
            ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: " ")
        }
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        let children = threads.flatMap { read("/proc/self/task/\($0)/children") }
        // utime, stime, cutime and cstime (proc(5)); no name of ours has a space.
        let ticks = (["self"] + children).flatMap { read("/proc/\($0)/stat").dropFirst(13).prefix(4) }
        return ticks.compactMap { Int($0) }.reduce(0, +) / sysconf(Int32(_SC_CLK_TCK))
    }

    @Test(.enabled(if: Self.seconds != nil, "a fuzz run: scripts/fuzz-speech"))
    func `hostile texts end nothing but themselves`() async throws {
        let engine = ESpeakEngine()
        let voices = try await engine.voices().map(\.language)
        var random = SeededGenerator(seed: Self.seed)
        var outcomes: [String: Int] = [:]
        let end = ContinuousClock.now + .seconds(Self.seconds ?? 0)
        var runs = 0
        func report() {
            print(
                "fuzz-speech: seed \(Self.seed), \(runs) texts, \(Self.processorSeconds) CPU-seconds, "
                    + "\(ESpeakService.shared.crashCount) crashes, \(outcomes)")
            fflush(nil)
        }
        while ContinuousClock.now < end {
            let hostile = HostileText(&random, voices: voices)
            runs += 1
            if runs % 500 == 0 { report() }
            let crashesBefore = ESpeakService.shared.crashCount
            do {
                if hostile.isPronounced {
                    _ = try ESpeakPronouncer().segments(of: hostile.text, language: hostile.voice)
                    outcomes["pronounced", default: 0] += 1
                } else {
                    let speech = try await engine.synthesize(
                        hostile.text,
                        options: SpeechOptions(
                            voice: hostile.voice, rate: 4, volume: 0.5, ssml: hostile.isMarkup))
                    #expect(speech.timeline.phones.allSatisfy { $0.start >= 0 && $0.end > $0.start })
                    outcomes["spoken", default: 0] += 1
                }
            } catch let error as AvatariumError {
                #expect(
                    [.ttsFailed, .ttsVoiceNotFound, .validationError].contains(error.code), "\(error)")
                outcomes[error.context["rule"] ?? error.code.code, default: 0] += 1
            }
            if ESpeakService.shared.crashCount > crashesBefore {
                print("crash: \(hostile.voice) \(hostile.isMarkup) \(hostile.text.debugDescription)")
            }
        }
        report()
        #expect(runs > 0)
    }
}

/// A text made of what espeak-ng spells, expands or reads ahead for.
private struct HostileText {
    var text = ""
    var voice: String
    var isMarkup: Bool
    var isPronounced: Bool

    private static let scripts: [ClosedRange<UInt32>] = [
        0x61...0x7A, 0xC0...0x24F, 0x250...0x2AF, 0x370...0x3FF, 0x400...0x4FF, 0x530...0x58F, 0x5D0...0x5EA,
        0x620...0x64A, 0x904...0x939, 0x985...0x9B9, 0xE01...0xE2E, 0xF40...0xF6C, 0x1000...0x102A,
        0x10D0...0x10F0, 0x1100...0x11FF, 0x1200...0x1250, 0x13A0...0x13F4, 0x3041...0x30FF, 0x4E00...0x9FFF,
        0xAC00...0xD7A3, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x2190...0x23FF, 0x300...0x36F,
        0x20A0...0x20BF,
        0x2460...0x24FF, 0xFF01...0xFFEE, 0x1D400...0x1D7FF, 0x0...0x1F, 0x7F...0x9F, 0x2000...0x206F,
        0xE0000...0xE007F, 0x20000...0x2A6DF,
    ]

    init(_ random: inout SeededGenerator, voices: [String]) {
        voice = voices.randomElement(using: &random) ?? "en-us"
        if Int.random(in: 0..<8, using: &random) == 0 {
            voice += "+f\(Int.random(in: 1...5, using: &random))"
        }
        isMarkup = Int.random(in: 0..<4, using: &random) == 0
        isPronounced = !isMarkup && Int.random(in: 0..<5, using: &random) == 0
        for _ in 0..<Int.random(in: 1...12, using: &random) { text += piece(&random) }
        if isMarkup { text = "<speak>\(text)</speak>" }
    }

    private func run(_ range: ClosedRange<UInt32>, _ count: Int, _ random: inout SeededGenerator) -> String {
        var view = String.UnicodeScalarView()
        let isOne = Bool.random(using: &random)
        let first = UInt32.random(in: range, using: &random)
        for _ in 0..<count {
            if let scalar = Unicode.Scalar(isOne ? first : .random(in: range, using: &random)) {
                view.append(scalar)
            }
        }
        return String(view)
    }

    private func piece(_ random: inout SeededGenerator) -> String {
        let range = Self.scripts.randomElement(using: &random) ?? 0x61...0x7A
        let count = [1, 3, 9, 30, 90, 300].randomElement(using: &random) ?? 1
        switch Int.random(in: 0..<(isMarkup ? 14 : 9), using: &random) {
        case 0: return String(repeating: run(range, 1, &random) + ".", count: count)
        case 1: return "X." + run(range, count, &random)
        case 2:
            return run(0x30...0x39, count, &random) + ["", ".", ",", ":", "%", "th", "e9"][Int(count) % 7]
        case 3: return run(range, count, &random) + " "
        case 4:
            return String(repeating: [".", "-", "'", "_", "/", "!", "€", "…", "&"][count % 9], count: count)
        case 5:
            return "https://" + run(0x61...0x7A, count, &random) + "." + run(0x61...0x7A, 3, &random)
                + "/?q=1 "
        case 6: return run(0x41...0x5A, min(count, 12), &random) + " "
        case 7: return String(repeating: run(range, 1, &random) + " ", count: min(count, 60))
        case 8: return run(range, 1, &random) + run(0x300...0x36F, count, &random)
        case 9: return "<break time=\"\(run(0x30...0x39, min(count, 4), &random))ms\"/>"
        case 10: return "<say-as interpret-as=\"characters\">\(run(range, count, &random))</say-as>"
        case 11: return "<voice name=\"en+\(run(0x61...0x7A, count, &random))\">a</voice>"
        case 12: return "<prosody rate=\"\(run(0x30...0x39, count, &random))%\" pitch=\"x\">b</prosody>"
        default: return "<sub alias=\"\(run(0x61...0x7A, count, &random))\">c</sub>"
        }
    }
}
