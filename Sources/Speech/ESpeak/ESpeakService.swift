import AvatariumCore
import Synchronization

/// libespeak-ng for this process: in the side program `avatarium-espeak`, which the first request starts and which is
/// started again when it has ended.
///
/// The library overflows its stack buffers on plain text, and keeps its state in globals. So it runs elsewhere, every
/// text in a fork of a process that has said nothing yet: the same text gives the same samples whatever else speaks,
/// texts are spoken at the same time, and a crash ends one text. See docs/decisions/013-espeak-helper-process.md.
package final class ESpeakService: Sendable {
    package static let shared = ESpeakService()

    static let sampleRate = 22_050

    /// So many languages keep a session for pronunciations, and so many pronunciations are remembered.
    private static let pronouncers = 4
    private static let rememberedTexts = 20_000
    private static let longestRemembered = 64
    /// Loading may take this long, seconds.
    private static let startSeconds = 30.0

    /// The side program; nil where it is to be found.
    private let program: String?
    private let helper = Mutex<HelperProcess?>(nil)
    private let crashes = Mutex(0)
    private let catalog = Mutex<ESpeakVoices?>(nil)
    private let variantNames = Mutex<[String]?>(nil)
    private let pronunciation = Mutex(Pronunciations())

    private struct Pronunciations {
        /// The last used at the end.
        var sessions: [(voice: String, session: ESpeakSession)] = []
        var known: [String: [String: [String]]] = [:]
        var count = 0
    }

    /// A process of its own.
    /// - Parameter program: The side program; nil finds it.
    package init(program: String? = nil) { self.program = program }

    /// The voices that the library has. Listing them reads 130 files, some 8 ms.
    /// - Throws: E084.
    func voices() throws -> ESpeakVoices {
        if let known = catalog.withLock({ $0 }) { return known }
        let found = ESpeakVoices(
            try surviving(nil) { open in try open().list(variants: false) }, variants: variants)
        catalog.withLock { $0 = found }
        return found
    }

    /// The names of the library's variants: `f3`, `whisper`.
    @Sendable private func variants() throws -> [String] {
        if let known = variantNames.withLock({ $0 }) { return known }
        let found = try surviving(nil) { open in try open().list(variants: true) }
            .compactMap { line in
                line.count > 1 && line[1].hasPrefix("!v/") ? String(line[1].dropFirst(3)) : nil
            }
        variantNames.withLock { $0 = found }
        return found
    }

    /// Returns the library's name of a voice that exists.
    /// - Throws: E034 with the nearest names, E084.
    func checkedVoice(_ name: String) throws -> String {
        // The usual voice needs no list.
        name == ESpeakEngine.defaultVoice ? name : try voices().checked(name)
    }

    /// Speaks a text, and lets go of it when the task is cancelled.
    /// - Parameter voice: One that `ESpeakVoices` knows.
    /// - Throws: E034 for an unknown voice; E084; E031 where the library gives up or the text ends its process twice;
    ///   E005 where it says nothing for a minute; E093 for speech of more than an hour.
    func speak(_ text: ESpeakText, voice: String, parameters: ESpeakParameters) async throws -> ESpeakResult {
        try await BlockingWork.run { [self] current in
            try surviving(text, current) { open in
                let session = try open()
                guard try session.setVoice(voice) else { throw Self.noVoice(voice) }
                return try session.speak(text.sent, parameters)
            }
        }
    }

    /// Returns the pronunciation of a text in IPA with stress marks: `_` between phones, a space between words, one
    /// string per clause.
    /// - Throws: E034, E084, E031 where the text ends the library's process twice.
    func phonemes(of text: ESpeakText, voice: String) throws -> [String] {
        try pronunciation.withLock { state in
            if let known = state.known[voice]?[text.sent] { return known }
            var isFresh = false
            let clauses = try surviving(text) { open in
                // The first try goes to a session that is open already, if there is one.
                let index = isFresh ? nil : state.sessions.firstIndex { $0.voice == voice }
                isFresh = true
                let session: ESpeakSession
                if let index {
                    session = state.sessions.remove(at: index).session
                } else {
                    session = try open()
                    guard try session.setVoice(voice) else { throw Self.noVoice(voice) }
                }
                let clauses = try session.phonemes(of: text.sent)
                if state.sessions.count >= Self.pronouncers { state.sessions.removeFirst() }
                state.sessions.append((voice, session))
                return clauses
            }
            if text.sent.utf8.count <= Self.longestRemembered {
                if state.count >= Self.rememberedTexts {
                    state.known = [:]
                    state.count = 0
                }
                state.known[voice, default: [:]][text.sent] = clauses
                state.count += 1
            }
            return clauses
        }
    }

    static func noVoice(_ name: String) -> AvatariumError {
        AvatariumError(
            .ttsVoiceNotFound,
            "espeak-ng has no voice '\(name.quotedForMessage(limit: 40))'; `avatarium voices` lists them",
            context: ["voice": name.quotedForMessage(limit: 40), "provider": "espeak"])
    }

    /// How often a text ended the process that spoke it; for tests.
    package var crashCount: Int { crashes.withLock { $0 } }

    /// The side process, once it has been started; for tests.
    package var processIdentifier: Int32? { helper.withLock { $0?.identifier } }

    // MARK: Sessions

    /// Runs a request that opens a session, and once more where its process died.
    private func surviving<Value>(
        _ text: ESpeakText?, _ current: CancellableStream = CancellableStream(),
        _ body: (_ open: () throws -> ESpeakSession) throws -> Value
    ) throws -> Value {
        for _ in 0..<2 {
            do {
                return try body {
                    let stream = try self.stream()
                    try current.use(stream)
                    return ESpeakSession(stream)
                }
            } catch is ProcessStream.Ended {
                if current.isCancelled { throw CancellationError() }
                crashes.withLock { $0 += 1 }
            } catch is ProcessStream.TimedOut {
                throw AvatariumError(
                    .timeout, "espeak-ng did not answer within a minute; try again, or give a shorter text",
                    context: ["provider": "espeak"])
            }
        }
        let words = text.map { "'\($0.sent.quotedForMessage(limit: 80))'" } ?? "its voices"
        throw AvatariumError(
            .ttsFailed,
            "espeak-ng crashed twice at \(words); write the words differently, or use another voice",
            context: ["provider": "espeak", "field": "text", "rule": "engine-crash"])
    }

    /// The end of a new session's stream.
    private func stream() throws -> ProcessStream {
        try helper.withLock { helper in
            for isLast in [false, true] {
                if helper == nil { helper = try start() }
                guard let running = helper else { break }
                do {
                    let (ours, theirs) = try ProcessStream.pair()
                    try running.stream.send(end: theirs)
                    return ours
                } catch let error as Errno {
                    throw Self.cannotStart(error)
                } catch {
                    helper = nil
                    if isLast { throw error }
                }
            }
            throw ProcessStream.Ended()
        }
    }

    private func start() throws -> HelperProcess {
        let program = try program ?? HelperProgram.path(of: "avatarium-espeak", variable: "AVATARIUM_ESPEAK")
        let process: HelperProcess
        do throws(Errno) {
            process = try HelperProcess(program: program)
        } catch {
            throw Self.cannotStart(error)
        }
        var reader = StreamReader(process.stream)
        do {
            // The kind 'R', the length 4, and the status.
            let message = ByteReader(
                try reader.bytes(12, by: ContinuousClock.now + .seconds(Self.startSeconds)), order: .little)
            guard message.uint32(0) == UInt32(UInt8(ascii: "R")) else { throw ProcessStream.Ended() }
            guard message.uint32(8) == 0 else {
                throw AvatariumError(
                    .speechEngineMissing,
                    "espeak-ng's voice data could not be loaded; install the package espeak-ng-data, or set "
                        + "ESPEAK_DATA_PATH to the folder that holds espeak-ng-data",
                    context: ["provider": "espeak"])
            }
            return process
        } catch let error as AvatariumError {
            throw error
        } catch {
            throw AvatariumError(
                .speechEngineMissing,
                "\(program) exited immediately; install the package libespeak-ng1, which it needs",
                context: ["provider": "espeak", "path": program])
        }
    }

    private static func cannotStart(_ reason: Errno) -> AvatariumError {
        let isMissing = reason == .noSuchFileOrDirectory || reason == .permissionDenied
        return AvatariumError(
            isMissing ? .speechEngineMissing : .ttsFailed,
            "the helper program avatarium-espeak could not be started (\(reason.description)); "
                + (isMissing ? "reinstall it" : "free some memory, processes or file descriptors"),
            context: ["provider": "espeak"], systemError: reason, retryAfter: isMissing ? nil : 5000)
    }
}
