import AvatariumCore
import CAV

/// What every user of libav in this module shares: silence, and error numbers in words.
package enum LibAV {
    /// Silences libav, which prints to standard error by default; evaluated once, before its first use.
    static let silenced: Void = av_log_set_level(AV_LOG_QUIET)

    static let endOfFile = avatarium_averror_eof()
    static let invalidData = avatarium_averror_invaliddata()
    static let tryAgain = avatarium_averror(EAGAIN)
    static let noTimestamp = avatarium_nopts()

    /// Returns libav's message for an error number, such as "Invalid data found when processing input".
    static func message(_ status: Int32) -> String {
        var text = [CChar](repeating: 0, count: 128)
        guard av_strerror(status, &text, text.count) == 0 else { return "libav error \(status)" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Returns a successful status, and otherwise throws the error that `failure` returns for libav's message.
    @discardableResult
    static func check(_ status: Int32, _ failure: (String) -> AvatariumError) throws -> Int32 {
        guard status >= 0 else { throw failure(message(status)) }
        return status
    }

    /// A C string as Swift text; nil stays nil.
    static func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }

    /// The entries of a metadata dictionary.
    static func entries(_ dictionary: OpaquePointer?) -> [String: String] {
        var result: [String: String] = [:]
        var entry: UnsafeMutablePointer<AVDictionaryEntry>?
        while let next = av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX) {
            if let key = text(next.pointee.key), let value = text(next.pointee.value) { result[key] = value }
            entry = next
        }
        return result
    }

    /// Options for a call that takes an `AVDictionary`; what the call did not know stays in it.
    static func withOptions<R>(
        _ options: [(String, String)], _ body: (inout OpaquePointer?) throws -> R
    ) rethrows -> R {
        var dictionary: OpaquePointer?
        for (key, value) in options { av_dict_set(&dictionary, key, value, 0) }
        defer { av_dict_free(&dictionary) }
        return try body(&dictionary)
    }

    /// Gives a frame to an encoder, or nil for the end, and visits the packets that come of it.
    /// - Parameters:
    ///   - packet: Room for one packet; empty afterwards.
    ///   - failure: The error of libav's words.
    static func encode(
        _ frame: UnsafeMutablePointer<AVFrame>?, by context: UnsafeMutablePointer<AVCodecContext>,
        packet: UnsafeMutablePointer<AVPacket>, failure: (String) -> AvatariumError,
        _ visit: (UnsafeMutablePointer<AVPacket>) throws -> Void
    ) throws {
        try check(avcodec_send_frame(context, frame), failure)
        while true {
            let status = avcodec_receive_packet(context, packet)
            if status == tryAgain || status == endOfFile { return }
            try check(status, failure)
            defer { av_packet_unref(packet) }
            try visit(packet)
        }
    }
}
