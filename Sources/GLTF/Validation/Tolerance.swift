import AvatariumCore

/// Which of glTF-Validator's errors a model may have and still be drawn as its maker meant it. Files with these
/// are common: exporters write them, and every engine shows them.
enum Tolerance {
    static func isFatal(_ diagnostic: Diagnostic) -> Bool {
        guard diagnostic.severity == .error else { return false }
        // A factor out of range is clamped.
        if diagnostic.code == "VALUE_NOT_IN_RANGE", diagnostic.pointer.hasPrefix("/materials/") {
            return false
        }
        return !tolerated.contains(diagnostic.code)
    }

    private static let tolerated: Set<String> = [
        // Declarations and hints to tools that change nothing.
        "DUPLICATE_ELEMENTS", "EMPTY_ENTITY", "GLB_CHUNK_LENGTH_UNALIGNED", "NON_REQUIRED_EXTENSION",
        "UNDECLARED_EXTENSION", "UNSATISFIED_DEPENDENCY",
        // How data lies in its buffer, where it can be read all the same.
        "ACCESSOR_NORMALIZED_INVALID", "ACCESSOR_OFFSET_ALIGNMENT", "ACCESSOR_TOTAL_OFFSET_ALIGNMENT",
        "ACCESSOR_USAGE_OVERRIDE", "BUFFER_VIEW_TARGET_OVERRIDE", "MESH_PRIMITIVE_ACCESSOR_UNALIGNED",
        "MESH_PRIMITIVE_ACCESSOR_WITHOUT_BYTESTRIDE",
        // Media types; what the data is decides. Malformed and unsafe URIs are refused where they are read.
        "BUFFER_DATA_URI_MIME_TYPE_INVALID", "INVALID_URI",
        // Attributes that are not used, or are read by their vector size.
        "ANIMATION_SAMPLER_INPUT_ACCESSOR_WITHOUT_BOUNDS",
        "MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_INVALID_FORMAT",
        "MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_UNSIGNED_INT", "MESH_PRIMITIVE_INVALID_ATTRIBUTE",
        "MESH_PRIMITIVE_MORPH_TARGET_NO_BASE_ACCESSOR", "MESH_PRIMITIVE_NO_TANGENT_SPACE",
        "MESH_PRIMITIVE_POSITION_ACCESSOR_WITHOUT_BOUNDS", "MESH_PRIMITIVE_TOO_FEW_TEXCOORDS",
        // Skeletons and clips that are odd, but clear.
        "ANIMATION_CHANNEL_TARGET_NODE_MATRIX", "ANIMATION_CHANNEL_TARGET_NODE_WEIGHTS_NO_MORPHS",
        "ANIMATION_DUPLICATE_TARGETS", "NODE_MATRIX_NON_TRS", "NODE_SKIN_NO_SCENE",
        "NODE_SKIN_WITH_NON_SKINNED_MESH", "ROTATION_NON_UNIT", "SKIN_NO_COMMON_ROOT",
        "SKIN_SKELETON_INVALID",
    ]
}
