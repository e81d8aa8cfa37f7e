import AvatariumCore

/// One object of a JSON text with its pointer: forms come as one object, an array, or an object a line.
struct JSONChunk: Sendable {
    var pointer: String
    var value: JSON

    /// The objects of a value: itself, or its elements.
    static func all(_ value: JSON) -> [JSONChunk] {
        guard let array = value.array else { return [JSONChunk(pointer: "", value: value)] }
        return array.enumerated().map { JSONChunk(pointer: "/\($0)", value: $1) }
    }

    /// The first of several keys that is there (and not null), with its pointer.
    func first(_ keys: String...) -> JSONChunk? {
        for key in keys {
            if let member = value[key], member != .null {
                return JSONChunk(pointer: "\(pointer)/\(JSON.pointerToken(key))", value: member)
            }
        }
        return nil
    }

    /// The elements of an array.
    var elements: [JSONChunk] {
        (value.array ?? []).enumerated().map { JSONChunk(pointer: "\(pointer)/\($0)", value: $1) }
    }

    /// The first object at or below this one, at most `depth` levels down, that has a key.
    func holder(of key: String, depth: Int = 4) -> JSONChunk? {
        if value[key] != nil { return self }
        guard depth > 0 else { return nil }
        for name in value.object?.keys ?? [] {
            if let child = first(name)?.holder(of: key, depth: depth - 1) { return child }
        }
        for element in elements.prefix(64) {
            if let child = element.holder(of: key, depth: depth - 1) { return child }
        }
        return nil
    }

    /// Numbers of an array.
    func numbers(_ source: TimingSource) throws -> [Double] {
        try elements.map { element in
            guard let number = element.value.double else {
                throw source.error("this is not a number", at: .pointer(element.pointer))
            }
            return number
        }
    }

    /// Strings of an array, or the characters of a string.
    func strings(_ source: TimingSource) throws -> [String] {
        if let text = value.string { return text.map(String.init) }
        return try elements.map { element in
            guard let string = element.value.string else {
                throw source.error("this is not a string", at: .pointer(element.pointer))
            }
            return string
        }
    }
}

extension TimingSource {
    /// Arrays that run beside each other must be of one length.
    func matching(_ counts: Int..., at pointer: String) throws {
        guard Set(counts).count <= 1 else {
            throw error(
                "the arrays differ in length (\(counts.map(String.init).joined(separator: ", ")))",
                at: .pointer(pointer))
        }
    }
}
