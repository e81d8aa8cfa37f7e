import AvatariumCore
import CESpeak
import Glibc

/// What libespeak-ng reports while it speaks.
struct ESpeakEvent: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// A word begins: one-based position and length in Unicode scalars of the text given.
        case word(position: Int, length: Int)
        /// A sound begins: its IPA, cut to 8 bytes.
        case phone([UInt8])
    }
    var kind: Kind
    /// Samples since the start of this synthesis.
    var sample: Int
}

/// One synthesis as it came from the library.
struct ESpeakResult: Sendable {
    var samples: [Int16] = []
    var events: [ESpeakEvent] = []
    /// The same sounds in IPA with stress marks, `_` between sounds, a line a clause.
    var trace = ""
}

/// One text being spoken by a fork of this process.
struct ESpeakSynthesis {
    private let child: pid_t
    private let pipe: Int32

    /// Starts to speak with the voice that is selected; the caller holds the library's lock.
    /// - Throws: E031 where there is no process to be had.
    init(_ text: String, _ parameters: ESpeakLibrary.Parameters) throws {
        var flags = UInt32(espeakCHARS_UTF8 | espeakENDPAUSE)
        if parameters.ssml { flags |= UInt32(espeakSSML) }
        let trace = espeakPHONEMES_IPA | Int32(UInt8(ascii: "_")) << 8
        var child: pid_t = 0
        pipe = avatarium_espeak_speak(
            text, text.utf8.count + 1, parameters.wordsPerMinute, parameters.pitch, parameters.volume, flags,
            trace, &child)
        self.child = child
        guard pipe >= 0 else {
            throw AvatariumError(
                .ttsFailed,
                "no process for espeak-ng: \(String(cString: strerror(errno))); free some memory or processes",
                context: ["provider": "espeak", "errno": "\(errno)"])
        }
    }

    /// Waits for the end.
    /// - Throws: E031 where the library gives up.
    func result() throws -> ESpeakResult {
        let bytes = readAll()
        close(pipe)
        var ending: Int32 = 0
        while waitpid(child, &ending, 0) < 0, errno == EINTR {}
        return try bytes.withUnsafeBytes { bytes in
            let headerSize = MemoryLayout<avatarium_espeak_header>.size
            guard bytes.count >= headerSize else { throw Self.failure("signal \(ending & 0x7F)") }
            let header = bytes.loadUnaligned(as: avatarium_espeak_header.self)
            guard header.status == EE_OK.rawValue else { throw Self.failure("\(header.status)") }
            let sampleBytes = Int(header.sampleCount) * MemoryLayout<Int16>.size
            let eventBytes = Int(header.eventCount) * MemoryLayout<avatarium_espeak_event>.size
            guard bytes.count == headerSize + sampleBytes + eventBytes + Int(header.traceBytes) else {
                throw Self.failure("signal \(ending & 0x7F)")
            }
            var result = ESpeakResult()
            result.samples = [Int16](unsafeUninitializedCapacity: Int(header.sampleCount)) { room, count in
                UnsafeMutableRawBufferPointer(room).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[headerSize..<headerSize + sampleBytes]))
                count = Int(header.sampleCount)
            }
            let firstEvent = headerSize + sampleBytes
            result.events = (0..<Int(header.eventCount)).map { index in
                Self.event(
                    bytes.loadUnaligned(
                        fromByteOffset: firstEvent + index * MemoryLayout<avatarium_espeak_event>.size,
                        as: avatarium_espeak_event.self))
            }
            result.trace = String(decoding: bytes[(firstEvent + eventBytes)...], as: UTF8.self)
            return result
        }
    }

    private func readAll() -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = read(pipe, &chunk, chunk.count)
            if got > 0 { bytes += chunk[..<got] } else if got == 0 || errno != EINTR { return bytes }
        }
    }

    private static func event(_ event: avatarium_espeak_event) -> ESpeakEvent {
        guard event.kind == 1 else {
            return ESpeakEvent(
                kind: .word(position: Int(event.position), length: Int(event.length)),
                sample: Int(event.sample))
        }
        let name = withUnsafeBytes(of: event.name) { Array($0.prefix { $0 != 0 }) }
        return ESpeakEvent(kind: .phone(name), sample: Int(event.sample))
    }

    private static func failure(_ status: String) -> AvatariumError {
        AvatariumError(
            .ttsFailed, "espeak-ng failed with status \(status); try a shorter text",
            context: ["provider": "espeak", "status": status])
    }
}
