import AvatariumCore

/// What the builder asks of a value and its members; every error has the code that glTF-Validator gives and the
/// place of the value.
extension JSONCursor {
    func extensionNamed(_ name: String) -> JSONCursor? { self["extensions"]?[name] }

    func has(_ key: String) -> Bool { value[key] != nil }

    private func mismatch(_ key: String, _ wanted: String) -> AvatariumError {
        invalid(.typeMismatch, pointer(to: key), "must be \(wanted)")
    }

    /// The elements of the array `key`; none where absent.
    func elements(_ key: String) throws -> [JSONCursor] {
        guard let member = self[key] else { return [] }
        guard member.value.array != nil else { throw mismatch(key, "an array") }
        return member.elements
    }

    /// The elements of the array `key`, each of which must be an object; none where absent.
    func objects(_ key: String) throws -> [JSONCursor] {
        let items = try elements(key)
        for item in items where item.value.object == nil {
            throw invalid(.arrayTypeMismatch, item.pointer, "must be an object")
        }
        return items
    }

    func string(_ key: String) throws -> String? {
        guard let member = value[key] else { return nil }
        guard let string = member.string else { throw mismatch(key, "a string") }
        return string
    }

    func bool(_ key: String) throws -> Bool? {
        guard let member = value[key] else { return nil }
        guard let bool = member.bool else { throw mismatch(key, "true or false") }
        return bool
    }

    func float(_ key: String, in range: ClosedRange<Float>? = nil) throws -> Float? {
        guard let member = value[key] else { return nil }
        guard let number = member.float.map(clamped) else { throw mismatch(key, "a number") }
        guard number.isFinite, range?.contains(number) ?? true else {
            throw invalid(.valueNotInRange, pointer(to: key), "\(number) is out of range")
        }
        return number
    }

    /// A material's factor or a light's value that no float can hold is clamped like others that are out of range
    /// (`Tolerance`).
    private func clamped(_ number: Float) -> Float {
        pointer.hasPrefix("/materials/") || pointer.hasPrefix(Diagnostic.lights)
            ? clamp(number, -1e30, 1e30) : number
    }

    /// An integer that is not below `least`.
    func int(_ key: String, atLeast least: Int = 0) throws -> Int? {
        guard let member = value[key] else { return nil }
        guard let number = member.int else { throw mismatch(key, "an integer") }
        guard number >= least else {
            throw invalid(.valueNotInRange, pointer(to: key), "\(number) must be at least \(least)")
        }
        return number
    }

    func requiredInt(_ key: String, atLeast least: Int = 0) throws -> Int {
        guard let number = try int(key, atLeast: least) else { throw undefined(key) }
        return number
    }

    func undefined(_ key: String) -> AvatariumError {
        invalid(.undefinedProperty, pointer, "'\(key)' must be defined")
    }

    /// The member `key` as an index into an array of `count` elements; nil where absent.
    func index(_ key: String, below count: Int) throws -> Int? {
        try self[key]?.index(below: count)
    }

    func requiredIndex(_ key: String, below count: Int) throws -> Int {
        guard let index = try index(key, below: count) else { throw undefined(key) }
        return index
    }

    /// This value itself as an index into an array of `count` elements.
    func index(below count: Int) throws -> Int {
        guard let index = value.int, index >= 0 else { throw invalid(.invalidIndex, pointer) }
        guard index < count else {
            throw invalid(.unresolvedReference, pointer, "\(index) refers to nothing (there are \(count))")
        }
        return index
    }

    /// The array `key` of indices into an array of `count` elements; none where absent.
    func indices(_ key: String, below count: Int) throws -> [Int] {
        try elements(key).map { try $0.index(below: count) }
    }

    /// The array `key` of finite numbers, `count` of them where given; nil where absent.
    func floats(_ key: String, count: Int? = nil) throws -> [Float]? {
        guard has(key) else { return nil }
        let items = try elements(key)
        if let count, items.count != count {
            throw invalid(
                .arrayLengthNotInList, pointer(to: key), "has \(items.count) numbers, not \(count)")
        }
        return try items.map {
            guard let number = $0.value.float.map(clamped) else {
                throw invalid(.arrayTypeMismatch, $0.pointer, "must be a number")
            }
            guard number.isFinite else {
                throw invalid(.valueNotInRange, $0.pointer, "is out of a float's range")
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
