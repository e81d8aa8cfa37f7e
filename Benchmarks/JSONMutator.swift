import AvatariumCore

/// Changes values of JSON that is valid, so that it stays JSON and mostly stays what it was.
struct JSONMutator {
    var random: SeededGenerator
    /// What was changed, by pointer.
    var changes: [String] = []

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// Walks down to a random value and changes it.
    mutating func change(_ json: JSON, at pointer: String = "") -> JSON {
        let stop = Int.random(in: 0..<6, using: &random) == 0
        switch json {
        case .object(let object) where !object.isEmpty && !stop:
            let key = object.keys[Int.random(in: 0..<object.keys.count, using: &random)]
            guard let value = object[key] else { return json }
            return Self.with(object, key, change(value, at: pointer + "/" + key))
        case .array(var array) where !array.isEmpty && !stop:
            let i = Int.random(in: 0..<array.count, using: &random)
            array[i] = change(array[i], at: pointer + "/\(i)")
            return .array(array)
        default:
            let new = other(json)
            changes.append("\(pointer): \(String(decoding: new.encoded().prefix(200), as: UTF8.self))")
            return new
        }
    }

    static func with(_ object: JSONObject, _ key: String, _ value: JSON?) -> JSON {
        var copy = JSONObject()
        for name in object.keys {
            if let kept = name == key ? value : object[name] { copy.set(name, kept) }
        }
        if object[key] == nil, let value { copy.set(key, value) }
        return .object(copy)
    }

    private mutating func other(_ json: JSON) -> JSON {
        switch json {
        case .null: return .integer(0)
        case .bool(let value): return .bool(!value)
        case .number(let value, let isInteger):
            if isInteger, Int.random(in: 0..<4, using: &random) > 0 {
                let choices = [
                    0, 1, -1, 2, 3, 7, 16, 255, 65535, 1 << 31, Int.random(in: 0..<64, using: &random),
                ]
                return .integer(choices[Int.random(in: 0..<choices.count, using: &random)])
            }
            let choices = [
                0, -value, value * 2, value * 1e6, value / 1e6, 1, -1, 1e9, 1e38, -1e38, 1e-38, 0.5,
                value + 1,
                1e300, 360,
            ]
            return .number(choices[Int.random(in: 0..<choices.count, using: &random)], isInteger: false)
        case .string:
            let choices = [
                "", "BLEND", "MASK", "OPAQUE", "SCALAR", "VEC2", "VEC3", "VEC4", "MAT4", "weights",
                "rotation",
                "head", "jawOpen", "screenCoordinates", "worldCoordinates", "mouth", "eye", "skin",
                String(repeating: "a", count: 3000),
            ]
            return .string(choices[Int.random(in: 0..<choices.count, using: &random)])
        case .array(let array):
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return .array([])
            case 1: return .array(array.shuffled(using: &random))
            case 2: return .array(Array(array.dropLast()))
            default:
                guard let one = array.first, array.count < 2000 else { return .array([]) }
                return .array(array + Array(repeating: one, count: 20))
            }
        case .object(let object):
            guard let key = object.keys.randomElement(using: &random) else { return .object(JSONObject()) }
            return Self.with(object, key, nil)
        }
    }
}
