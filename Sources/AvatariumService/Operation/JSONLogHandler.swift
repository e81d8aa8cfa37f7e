import Avatarium
import AvatariumCore
import Foundation
import Logging
import ServiceStore
import Synchronization

/// Writes one JSON object a line to standard error: time, level, message, and what the place adds.
public struct JSONLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level = .info
    private let write: @Sendable ([UInt8]) -> Void

    public init(write: @escaping @Sendable ([UInt8]) -> Void = JSONLogHandler.toStandardError) {
        self.write = write
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var line = JSONObject()
        line.set("ts", .string(Timestamp.now().rfc3339))
        line.set("level", .string(event.level.rawValue))
        line.set("msg", .string(Secret.redacted(event.message.description)))
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line.set(key, Self.json(value)) }
        write(JSON.object(line).encoded() + [0x0A])
    }

    private static func json(_ value: Logger.Metadata.Value) -> JSON {
        switch value {
        case .string(let text): number(text) ?? .string(Secret.redacted(text))
        case .stringConvertible(let value): .string(Secret.redacted("\(value)"))
        case .array(let values): .array(values.map(json))
        case .dictionary(let values):
            .object(
                values.sorted { $0.key < $1.key }.reduce(into: JSONObject()) {
                    $0.set($1.key, json($1.value))
                })
        }
    }

    /// Numbers are numbers, so that a log can be counted.
    private static func number(_ text: String) -> JSON? {
        guard text.utf8.count < 16, let value = Double(text), value.isFinite else { return nil }
        return .number(value, isInteger: value.rounded() == value)
    }

    private static let lock = Mutex(())

    /// Writes one line at a time, from any thread.
    public static let toStandardError: @Sendable ([UInt8]) -> Void = { bytes in
        lock.withLock { _ in try? FileHandle.standardError.write(contentsOf: Data(bytes)) }
    }
}

/// The last line of defence against secrets in logs: no part of the service writes one on purpose.
enum Secret {
    private static let marks = ["av_live_", "av_test_", "whsec_", "Bearer ", "sk-", "AIza"]

    /// Compares bytes: every text of every line is searched, and `String.contains` compares characters.
    private static func contains(_ text: String, _ mark: String) -> Bool {
        var text = text
        let mark = Array(mark.utf8)
        return text.withUTF8 { bytes in
            (0..<max(0, bytes.count - mark.count + 1)).contains { start in
                bytes[start] == mark[0] && bytes[start..<start + mark.count].elementsEqual(mark)
            }
        }
    }

    /// Replaces what follows a secret's usual beginning.
    static func redacted(_ text: String) -> String {
        guard marks.contains(where: { contains(text, $0) }) else { return text }
        var text = text
        for mark in marks {
            var from = text.startIndex
            while let found = text.range(of: mark, range: from..<text.endIndex) {
                let end = text[found.upperBound...].firstIndex {
                    !($0.isLetter || $0.isNumber || "-_+/=.".contains($0))
                }
                let secret = found.upperBound..<(end ?? text.endIndex)
                // The twelve first characters name a key and open nothing.
                guard text[secret].count > 8 else {
                    from = secret.upperBound
                    continue
                }
                let kept = text[secret].prefix(4)
                let offset = text.distance(from: text.startIndex, to: found.upperBound)
                text.replaceSubrange(secret, with: kept + "[redacted]")
                from = text.index(text.startIndex, offsetBy: offset + kept.count + 10)
            }
        }
        return text
    }
}
