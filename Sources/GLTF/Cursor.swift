import AvatariumCore

/// A JSON value and where it is: how the builder walks the document, so that every error has its pointer.
struct Cursor {
    let json: JSON
    let pointer: String

    func at(_ key: String) -> String { pointer + "/" + JSON.pointerToken(key) }

    /// The member `key`, where present.
    subscript(key: String) -> Cursor? {
        json[key].map { Cursor(json: $0, pointer: at(key)) }
    }

    func extensionNamed(_ name: String) -> Cursor? { self["extensions"]?[name] }

    func has(_ key: String) -> Bool { json[key] != nil }

    private func mismatch(_ key: String, _ wanted: String) -> AvatariumError {
        invalid("TYPE_MISMATCH", at(key), "must be \(wanted)")
    }

    /// The elements of the array `key`; none where absent.
    func elements(_ key: String) throws -> [Cursor] {
        guard let value = json[key] else { return [] }
        guard let array = value.array else { throw mismatch(key, "an array") }
        let base = at(key)
        return array.enumerated().map { Cursor(json: $1, pointer: "\(base)/\($0)") }
    }

    /// The same, each an object.
    func objects(_ key: String) throws -> [Cursor] {
        let items = try elements(key)
        for item in items where item.json.object == nil {
            throw invalid("ARRAY_TYPE_MISMATCH", item.pointer, "must be an object")
        }
        return items
    }

    func string(_ key: String) throws -> String? {
        guard let value = json[key] else { return nil }
        guard let string = value.string else { throw mismatch(key, "a string") }
        return string
    }

    func bool(_ key: String) throws -> Bool? {
        guard let value = json[key] else { return nil }
        guard let bool = value.bool else { throw mismatch(key, "true or false") }
        return bool
    }

    func float(_ key: String, in range: ClosedRange<Float>? = nil) throws -> Float? {
        guard let value = json[key] else { return nil }
        guard let number = value.float else { throw mismatch(key, "a number") }
        guard number.isFinite, range?.contains(number) ?? true else {
            throw invalid("VALUE_NOT_IN_RANGE", at(key), "\(number) is out of range")
        }
        return number
    }

    /// A non-negative integer.
    func int(_ key: String, atLeast least: Int = 0) throws -> Int? {
        guard let value = json[key] else { return nil }
        guard let number = value.int else { throw mismatch(key, "an integer") }
        guard number >= least else {
            throw invalid("VALUE_NOT_IN_RANGE", at(key), "\(number) must be at least \(least)")
        }
        return number
    }

    func requiredInt(_ key: String, atLeast least: Int = 0) throws -> Int {
        guard let number = try int(key, atLeast: least) else { throw undefined(key) }
        return number
    }

    func undefined(_ key: String) -> AvatariumError {
        invalid("UNDEFINED_PROPERTY", pointer, "'\(key)' must be defined")
    }

    /// A reference into an array of `count` things.
    func index(_ key: String, below count: Int) throws -> Int? {
        guard let value = json[key] else { return nil }
        return try Cursor(json: value, pointer: at(key)).index(below: count)
    }

    func requiredIndex(_ key: String, below count: Int) throws -> Int {
        guard let index = try index(key, below: count) else { throw undefined(key) }
        return index
    }

    /// This value itself as a reference.
    func index(below count: Int) throws -> Int {
        guard let index = json.int, index >= 0 else {
            throw invalid("INVALID_INDEX", pointer, "must be a non-negative integer")
        }
        guard index < count else {
            throw invalid("UNRESOLVED_REFERENCE", pointer, "\(index) refers to nothing (there are \(count))")
        }
        return index
    }

    /// The indices in the array `key`.
    func indices(_ key: String, below count: Int) throws -> [Int] {
        try elements(key).map { try $0.index(below: count) }
    }

    /// An array of finite numbers, of one of the lengths given.
    func floats(_ key: String, count: Int? = nil) throws -> [Float]? {
        guard has(key) else { return nil }
        let items = try elements(key)
        if let count, items.count != count {
            throw invalid("ARRAY_LENGTH_NOT_IN_LIST", at(key), "has \(items.count) numbers, not \(count)")
        }
        return try items.map {
            guard let number = $0.json.float else {
                throw invalid("ARRAY_TYPE_MISMATCH", $0.pointer, "must be a number")
            }
            guard number.isFinite else {
                throw invalid("VALUE_NOT_IN_RANGE", $0.pointer, "is out of a float's range")
            }
            return number
        }
    }

    func vector2(_ key: String) throws -> SIMD2<Float>? {
        try floats(key, count: 2).map { SIMD2($0[0], $0[1]) }
    }

    func vector3(_ key: String) throws -> SIMD3<Float>? {
        try floats(key, count: 3).map { SIMD3($0[0], $0[1], $0[2]) }
    }

    func vector4(_ key: String) throws -> SIMD4<Float>? {
        try floats(key, count: 4).map { SIMD4($0[0], $0[1], $0[2], $0[3]) }
    }
}
