/// One event of a `text/event-stream` (WHATWG HTML, "Server-sent events").
package struct ServerSentEvent: Sendable, Equatable {
    /// `"message"` where the stream names none.
    package var name: String
    /// Its data lines, joined by line feeds.
    package var data: String
    /// What a client that comes back sends as `Last-Event-ID`; nil where the stream numbers none.
    package var id: String?

    package init(name: String, data: String, id: String? = nil) {
        self.name = name
        self.data = data
        self.id = id
    }
}

/// Takes a stream of bytes apart into events. Linear in the bytes, which may be cut anywhere.
package struct ServerSentEventParser: Sendable {
    /// An event is longer than the limit.
    package struct TooLong: Error {}

    private let limit: Int
    private var line: [UInt8] = []
    private var name = ""
    private var id: String?
    private var data: [UInt8] = []
    private var hasData = false
    private var isAfterReturn = false
    private var isAtStart = true

    /// - Parameter limit: Bytes that one event may have.
    package init(limit: Int) { self.limit = limit }

    /// Returns the events that end in the next bytes.
    /// - Throws: `TooLong`.
    package mutating func events(in bytes: some Sequence<UInt8>) throws(TooLong) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            // A line ends with CR, LF, or both.
            if byte == 0x0A, isAfterReturn {
                isAfterReturn = false
                continue
            }
            isAfterReturn = byte == 0x0D
            guard byte == 0x0A || byte == 0x0D else {
                guard line.count + data.count < limit else { throw TooLong() }
                line.append(byte)
                continue
            }
            if let event = endLine() { events.append(event) }
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if isAtStart, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isAtStart = false
        if line.isEmpty {
            defer {
                name = ""
                data.removeAll(keepingCapacity: true)
                hasData = false
            }
            guard hasData else { return nil }
            return ServerSentEvent(
                name: name.isEmpty ? "message" : name, data: String(decoding: data, as: UTF8.self), id: id)
        }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[min(colon + 1, line.endIndex)...]
        if value.first == 0x20 { value = value.dropFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": name = String(decoding: value, as: UTF8.self)
        case "data":
            if hasData { data.append(0x0A) }
            data += value
            hasData = true
        case "id" where !value.contains(0): id = String(decoding: value, as: UTF8.self)
        // Comments (a line that begins with a colon) and times to reconnect are not needed.
        default: break
        }
        return nil
    }
}
