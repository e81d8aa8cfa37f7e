import AvatariumCore
import GLTF

/// Quiet readings of extension objects that no schema check has seen: nil for what is missing or malformed.
extension JSONCursor {
    /// The elements of the array `key`; none where there is no such array.
    func list(_ key: String) -> [JSONCursor] { self[key]?.elements ?? [] }

    func string(_ key: String) -> String? { value[key]?.string }

    func bool(_ key: String) -> Bool? { value[key]?.bool }

    /// This value as an index into an array of `count` elements.
    func index(below count: Int) -> Int? {
        guard let index = value.int, index >= 0, index < count else { return nil }
        return index
    }

    /// The member `key` as an index into an array of `count` elements.
    func index(_ key: String, below count: Int) -> Int? { self[key]?.index(below: count) }

    /// A member that is a finite number.
    func number(_ key: String) -> Float? {
        guard let number = value[key]?.float, number.isFinite else { return nil }
        return number
    }

    /// A member that is an array of numbers, at most 16; what is not a finite number is 0.
    func numbers(_ key: String) -> [Float] {
        (value[key]?.array ?? []).prefix(16).map { $0.float.flatMap { $0.isFinite ? $0 : nil } ?? 0 }
    }

    /// A member that is an array of two numbers.
    func vector2(_ key: String) -> SIMD2<Float>? {
        let v = numbers(key)
        return v.count == 2 ? SIMD2(v[0], v[1]) : nil
    }

    /// A member that is an array of at least three finite numbers.
    func vector3(_ key: String) -> SIMD3<Float>? {
        guard let v = value[key]?.array, v.count >= 3, let x = v[0].float, let y = v[1].float,
            let z = v[2].float, x.isFinite, y.isFinite, z.isFinite
        else { return nil }
        return SIMD3(x, y, z)
    }

    /// A member that is an object `{x, y, z}`, as VRM 0.x writes vectors; missing parts are `fallback`'s.
    func xyz(_ key: String, fallback: SIMD3<Float> = .zero) -> SIMD3<Float> {
        guard let object = self[key] else { return fallback }
        return SIMD3(
            object.number("x") ?? fallback.x, object.number("y") ?? fallback.y,
            object.number("z") ?? fallback.z)
    }
}

extension Document {
    /// The file's JSON with places.
    var cursor: JSONCursor { JSONCursor(json) }
}
