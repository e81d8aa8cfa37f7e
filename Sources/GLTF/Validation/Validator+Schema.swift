import AvatariumCore

extension Validator {
    /// An object against its schema, then against the rules of its kind, then its extensions.
    func check(_ json: JSON, _ kind: ObjectKind) {
        guard let object = json.object else { return }
        let schema = Schema.properties(of: kind)
        for key in object.keys where key != "extensions" && key != "extras" {
            if !schema.contains(where: { $0.name == key }) {
                report(.unexpectedProperty, key)
            }
        }
        for property in schema { check(property, of: json) }
        checkSemantics(json, kind)
        checkExtensions(json, kind)
        if let extras = json["extras"], extras.object == nil, extras != .null {
            report(.nonObjectExtras, "extras")
        }
    }

    /// Whether the property is there and of its type; reports what is not.
    private func check(_ property: PropertySchema, of json: JSON) {
        let name = property.name
        guard let value = json[name] else {
            if property.isRequired {
                report(.undefinedProperty, nil, "'\(name.quotedForMessage())' must be defined")
            }
            return
        }
        func mismatch(_ wanted: String) { report(.typeMismatch, name, "must be \(wanted)") }
        switch property.rule {
        case .special: break
        case .index:
            guard let index = value.int else { return mismatch("an integer") }
            if index < 0 { report(.invalidIndex, name) }
        case .integer(let min, let max):
            guard let number = value.int else { return mismatch("an integer") }
            if number < min || number > max {
                report(.valueNotInRange, name, "\(number) is out of range")
            }
        case .choice(let list):
            guard let number = value.int else { return mismatch("an integer") }
            if !list.contains(number) { report(.valueNotInList, name, "\(number) is not one of \(list)") }
        case .number(let min, let above, let max, let below, let allowing):
            guard let number = value.double else { return mismatch("a number") }
            let isOut = number < min || number <= above || number > max || number >= below
            if isOut, number != allowing { report(.valueNotInRange, name, "\(number) is out of range") }
        case .flag: if value.bool == nil { mismatch("true or false") }
        case .text: if value.string == nil { mismatch("a string") }
        case .word(let list):
            guard let text = value.string else { return mismatch("a string") }
            if !list.contains(text) {
                report(.valueNotInList, name, "'\(text.quotedForMessage())' is not one of \(list)")
            }
        case .matching(let isWellFormed):
            guard let text = value.string else { return mismatch("a string") }
            if !isWellFormed(text) {
                report(.patternMismatch, name, "'\(text.quotedForMessage())' is not well formed")
            }
        case .names: checkNames(value, name)
        case .indices: checkIndices(value, name)
        case .numbers(let count, let min, let max): checkNumbers(value, name, count, min, max)
        case .object(let kind):
            guard value.object != nil else { return mismatch("an object") }
            within(name) { check(value, kind) }
        case .objects(let kind):
            guard let items = nonEmptyArray(value, name) else { return }
            let odd = items.filter { $0.object == nil }
            for _ in odd { report(.arrayTypeMismatch, name, "its elements must be objects") }
            guard odd.isEmpty else { return }
            for (i, item) in items.enumerated() { within(name, i) { check(item, kind) } }
        case .collection(let kind):
            guard let items = nonEmptyArray(value, name) else { return }
            for (i, item) in items.enumerated() {
                within(name, i) {
                    if item.object == nil { report(.typeMismatch, nil, "must be an object") }
                    check(item, kind)
                }
            }
        }
    }

    private func nonEmptyArray(_ value: JSON, _ name: String) -> [JSON]? {
        guard let items = value.array else {
            report(.typeMismatch, name, "must be an array")
            return nil
        }
        guard !items.isEmpty else {
            report(.emptyEntity, name)
            return nil
        }
        return items
    }

    private func checkNames(_ value: JSON, _ name: String) {
        guard let items = nonEmptyArray(value, name) else { return }
        var seen: Set<String> = []
        for (i, item) in items.enumerated() {
            within(name) {
                guard let text = item.string else {
                    return report(.arrayTypeMismatch, String(i), "must be a string")
                }
                if !seen.insert(text).inserted { report(.duplicateElements, String(i)) }
            }
        }
    }

    private func checkIndices(_ value: JSON, _ name: String) {
        guard let items = nonEmptyArray(value, name) else { return }
        var seen: Set<Int> = []
        for (i, item) in items.enumerated() {
            within(name) {
                guard let index = item.int, index >= 0 else {
                    return report(.invalidIndex, String(i))
                }
                if !seen.insert(index).inserted { report(.duplicateElements, String(i)) }
            }
        }
    }

    func checkNumbers(
        _ value: JSON, _ name: String, _ count: Int?, _ min: Double = -.infinity, _ max: Double = .infinity
    ) {
        guard let items = nonEmptyArray(value, name) else { return }
        if let count, items.count != count {
            return report(.arrayLengthNotInList, name, "has \(items.count) numbers, not \(count)")
        }
        for (i, item) in items.enumerated() {
            guard let number = item.double else {
                report(.arrayTypeMismatch, name, "its elements must be numbers")
                continue
            }
            if number < min || number > max || number.isInfinite {
                within(name) { report(.valueNotInRange, String(i), "\(number) is out of range") }
            }
        }
    }

    private func checkExtensions(_ json: JSON, _ kind: ObjectKind) {
        guard let all = json["extensions"] else { return }
        guard let object = all.object else {
            return report(.typeMismatch, "extensions", "must be an object")
        }
        within("extensions") {
            for name in object.keys {
                if object[name]?.object == nil { report(.typeMismatch, name, "must be an object") }
                guard extensionsKnown.contains(name), let places = Schema.placements[name] else {
                    if !extensionsUsed.contains(name) {
                        report(.undeclaredExtension, name)
                    }
                    continue
                }
                guard let inner = places[kind] else {
                    report(.unexpectedExtensionObject, name)
                    continue
                }
                if object.keys.count > 1, Schema.standalone.contains(name) {
                    report(.multipleExtensions, name)
                }
                let value = object[name].flatMap { $0.object == nil ? nil : $0 } ?? .object(JSONObject())
                within(name) { check(value, inner) }
            }
        }
    }
}
