import AvatariumCore

/// Shorthands for reading extension objects that no schema check has seen.
extension JSON {
    /// A member that is an index into an array of `count` elements.
    func index(_ key: String, below count: Int) -> Int? {
        guard let value = self[key]?.int, value >= 0, value < count else { return nil }
        return value
    }

    /// A member that is a finite number.
    func number(_ key: String) -> Float? {
        guard let value = self[key]?.float, value.isFinite else { return nil }
        return value
    }

    /// A member that is an array of at least three finite numbers.
    func vector3(_ key: String) -> SIMD3<Float>? {
        guard let v = self[key]?.array, v.count >= 3, let x = v[0].float, let y = v[1].float,
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

    /// A member that is an array of numbers, at most 16.
    func numbers(_ key: String) -> [Float] {
        (self[key]?.array ?? []).prefix(16).map { $0.float.flatMap { $0.isFinite ? $0 : nil } ?? 0 }
    }
}
