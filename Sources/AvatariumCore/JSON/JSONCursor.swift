/// A JSON value together with its place, so that a reader can say where a fault stands.
///
/// Readers of a format add their own throwing accessors in an extension; the steps from value to value, and the
/// grammar of the place (RFC 6901), are here.
package struct JSONCursor: Sendable {
    package let value: JSON
    /// The value's JSON pointer; empty for the whole text.
    package let pointer: String

    package init(_ value: JSON, pointer: String = "") {
        self.value = value
        self.pointer = pointer
    }

    /// Returns the pointer of the member `key`, whether or not it is present.
    package func pointer(to key: String) -> String { pointer + "/" + JSON.pointerToken(key) }

    /// Returns the pointer of the element `index`, whether or not it is present.
    package func pointer(to index: Int) -> String { "\(pointer)/\(index)" }

    /// The member `key`, or nil where this is not an object or has no such member.
    package subscript(key: String) -> JSONCursor? {
        value[key].map { JSONCursor($0, pointer: pointer(to: key)) }
    }

    /// The elements of this array; none where this is not an array.
    package var elements: [JSONCursor] {
        (value.array ?? []).enumerated().map { JSONCursor($1, pointer: pointer(to: $0)) }
    }

    /// The members of this object in file order; none where this is not an object.
    package var members: [(key: String, cursor: JSONCursor)] {
        (value.object?.keys ?? []).compactMap { key in self[key].map { (key, $0) } }
    }

    /// The first of several members that is present and not null.
    package func first(of keys: String...) -> JSONCursor? {
        for key in keys {
            if let member = self[key], member.value != .null { return member }
        }
        return nil
    }
}
