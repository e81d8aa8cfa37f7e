import AvatariumCore

/// What the readers of JSON forms ask of a value; forms come as one object, an array, or an object per line.
extension JSONCursor {
    /// The objects of a value: itself, or its elements.
    static func all(_ value: JSON) -> [JSONCursor] {
        value.array == nil ? [JSONCursor(value)] : JSONCursor(value).elements
    }

    /// The first object at or below this one, at most `depth` levels down, that has a key.
    func holder(of key: String, depth: Int = 4) -> JSONCursor? {
        if value[key] != nil { return self }
        guard depth > 0 else { return nil }
        for member in members {
            if let child = member.cursor.holder(of: key, depth: depth - 1) { return child }
        }
        for element in elements.prefix(64) {
            if let child = element.holder(of: key, depth: depth - 1) { return child }
        }
        return nil
    }

    /// The numbers of an array.
    func numbers(_ source: TimingSource) throws -> [Double] {
        try elements.map { element in
            guard let number = try element.time(source) else {
                throw source.error("this is not a number", at: .pointer(element.pointer))
            }
            return number
        }
    }

    /// The strings of an array, or the characters of a string.
    func strings(_ source: TimingSource) throws -> [String] {
        if let text = value.string { return text.map(String.init) }
        return try elements.map { element in
            guard let string = element.value.string else {
                throw source.error("this is not a string", at: .pointer(element.pointer))
            }
            return string
        }
    }

    /// A time: a number, or text that can only be seconds (`"0.500s"` of Google's APIs, `"0.5"` of Amazon
    /// Transcribe, `"PT0.5S"` of Azure, `"00:00:00.500"`), or seconds and nanoseconds (Google's client libraries); nil
    /// for null.
    /// - Throws: E093 for other text and for what is not a number.
    func time(_ source: TimingSource) throws -> Double? {
        if let number = value.double { return number }
        guard value != .null else { return nil }
        if value.object != nil, let parts = try secondsAndNanoseconds(source) { return parts }
        guard let text = value.string else {
            throw source.error("this is not a number; give seconds", at: .pointer(pointer))
        }
        guard let seconds = Self.seconds(text) else {
            throw source.error(
                "this time is text, '\(text.quotedForMessage(limit: 20))'; give a number of seconds",
                at: .pointer(pointer))
        }
        return seconds
    }

    private static func seconds(_ text: String) -> Double? {
        guard text.utf8.count <= 40 else { return nil }
        if text.contains(":") { return CaptionCues.time(text[...]) }
        let isPeriod = text.hasPrefix("PT") && text.hasSuffix("S")
        var rest = isPeriod ? text.dropFirst(2).dropLast() : text.hasSuffix("s") ? text.dropLast() : text[...]
        var sum = 0.0
        // PT1H2M3.5S: ISO 8601.
        for (unit, length) in [("H", 3600.0), ("M", 60.0)] where isPeriod {
            guard let cut = rest.firstRange(of: unit) else { continue }
            guard let number = plain(rest[..<cut.lowerBound]) else { return nil }
            sum += number * length
            rest = rest[cut.upperBound...]
        }
        return rest.isEmpty && sum > 0 ? sum : plain(rest).map { sum + $0 }
    }

    private static func plain(_ text: Substring) -> Double? {
        text.utf8.allSatisfy { (0x2B...0x39).contains($0) } ? Double(text) : nil
    }

    private func secondsAndNanoseconds(_ source: TimingSource) throws -> Double? {
        guard self["seconds"] != nil || self["nanos"] != nil else { return nil }
        return try (self["seconds"]?.time(source) ?? 0) + (self["nanos"]?.time(source) ?? 0) / 1e9
    }

    /// The time at the first of some keys that is there.
    func time(_ source: TimingSource, of keys: [String]) throws -> Double? {
        for key in keys {
            if let member = self[key], member.value != .null { return try member.time(source) }
        }
        return nil
    }
}

extension TimingSource {
    /// Checks that arrays which run beside each other are of one length.
    func matching(_ counts: Int..., at pointer: String) throws {
        guard Set(counts).count <= 1 else {
            throw error(
                "the arrays differ in length (\(counts.map(String.init).joined(separator: ", ")))",
                at: .pointer(pointer))
        }
    }

    /// A number at a key, required.
    func number(_ value: JSON, _ key: String, at pointer: String) throws -> Double {
        let cursor = JSONCursor(value, pointer: pointer)
        guard let member = cursor[key], let number = try member.time(self) else {
            throw error("'\(key)' is missing; give seconds", at: .pointer(cursor.pointer(to: key)))
        }
        return number
    }

    /// A string at a key, required.
    func string(_ value: JSON, _ key: String, at pointer: String) throws -> String {
        guard let string = value[key]?.string else {
            throw error(
                "'\(key)' is \(value[key] == nil ? "missing" : "not a string")",
                at: .pointer(JSONCursor(value, pointer: pointer).pointer(to: key)))
        }
        return string
    }
}
