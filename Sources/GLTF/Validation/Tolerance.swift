import AvatariumCore

extension Diagnostic {
    /// Whether the issue, where something drawn has it, leaves in doubt what should be drawn.
    var isFatal: Bool {
        guard severity == .error else { return false }
        if Self.isDescription(pointer) { return false }
        switch code {
        // A factor or a light's value out of range is clamped, a rotation is made one, a stride of 0 is none, and others
        // are honoured.
        case GLTFIssue.valueNotInRange.code:
            return !pointer.hasPrefix("/materials/") && !pointer.hasSuffix("/byteStride")
                && !pointer.hasPrefix(Self.lights)
                && !(pointer.hasPrefix("/nodes/") && pointer.contains("/rotation/"))
        // A spot light without angles has the usual ones.
        case GLTFIssue.undefinedProperty.code: return !pointer.hasPrefix(Self.lights)
        // A member of a morph target that is not an attribute; Unity's exporters write -1 for none.
        case GLTFIssue.invalidIndex.code: return !Self.isSpareAttribute(pointer)
        default: return !(GLTFIssue.byCode[code]?.isTolerated ?? false)
        }
    }

    /// Where the lights of KHR_lights_punctual stand.
    static let lights = "/extensions/KHR_lights_punctual/lights/"

    /// Whether a pointer leads to what only describes: the name of an object, an accessor's bounds, which are taken from its
    /// data.
    private static func isDescription(_ pointer: String) -> Bool {
        let tokens = pointer.split(separator: "/")
        guard tokens.count >= 3, Int(tokens[1]) != nil else { return false }
        return tokens.count == 3 && tokens[2] == "name"
            || tokens[0] == "accessors" && (tokens[2] == "min" || tokens[2] == "max")
    }

    /// Whether a pointer leads to an attribute that can be left out without moving a vertex.
    private static func isSpareAttribute(_ pointer: String) -> Bool {
        let tokens = pointer.split(separator: "/").map(String.init)
        guard tokens.count >= 6, tokens[0] == "meshes", tokens[4] == "targets" || tokens[4] == "attributes"
        else { return false }
        return AttributeSemantics.isSpare(tokens[tokens.count - 1])
    }
}
