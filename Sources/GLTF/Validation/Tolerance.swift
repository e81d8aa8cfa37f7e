import AvatariumCore

extension Diagnostic {
    /// Whether the issue, where something drawn has it, leaves in doubt what should be drawn.
    var isFatal: Bool {
        guard severity == .error else { return false }
        switch code {
        // A factor out of range is clamped, a stride of 0 is none, and others are honoured.
        case GLTFIssue.valueNotInRange.code:
            return !pointer.hasPrefix("/materials/") && !pointer.hasSuffix("/byteStride")
        // A member of a morph target that is not an attribute; Unity's exporters write -1 for none.
        case GLTFIssue.invalidIndex.code: return !Self.isSpareAttribute(pointer)
        default: return !(GLTFIssue.byCode[code]?.isTolerated ?? false)
        }
    }

    /// Whether a pointer leads to an attribute that can be left out without moving a vertex.
    private static func isSpareAttribute(_ pointer: String) -> Bool {
        let tokens = pointer.split(separator: "/").map(String.init)
        guard tokens.count >= 6, tokens[0] == "meshes", tokens[4] == "targets" || tokens[4] == "attributes"
        else { return false }
        return AttributeSemantics.isSpare(tokens[tokens.count - 1])
    }
}
