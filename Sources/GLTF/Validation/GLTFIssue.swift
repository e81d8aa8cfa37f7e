import AvatariumCore

/// One kind of issue: its code, how grave it is, and what it says where the place adds nothing.
///
/// Codes, severities and places are those of Khronos' glTF-Validator (ISSUES.md) where it has one; the last group is
/// ours. The validator's reports and the errors thrown while loading name the same constants.
struct GLTFIssue: Sendable, Hashable {
    let code: String
    let severity: Diagnostic.Severity
    let text: String
    /// For errors: whether a model that has it is drawn nevertheless, as its author meant it. Exporters write such
    /// files, and every engine shows them.
    let isTolerated: Bool

    private init(_ code: String, _ severity: Diagnostic.Severity, _ text: String, isTolerated: Bool = true) {
        self.code = code
        self.severity = severity
        self.text = text
        self.isTolerated = isTolerated
    }

    /// An error that leaves in doubt what should be drawn.
    private static func fatal(_ code: String, _ text: String) -> GLTFIssue {
        GLTFIssue(code, .error, text, isTolerated: false)
    }

    /// An error that does not.
    private static func error(_ code: String, _ text: String) -> GLTFIssue { GLTFIssue(code, .error, text) }

    private static func warning(_ code: String, _ text: String) -> GLTFIssue {
        GLTFIssue(code, .warning, text)
    }

    private static func information(_ code: String, _ text: String) -> GLTFIssue {
        GLTFIssue(code, .information, text)
    }

    private static func hint(_ code: String, _ text: String) -> GLTFIssue { GLTFIssue(code, .hint, text) }

    /// Returns a diagnostic of this kind.
    /// - Parameter message: What is wrong at the place; by default the issue's own text.
    func diagnostic(at pointer: String, _ message: String? = nil, offset: Int? = nil) -> Diagnostic {
        Diagnostic(severity, code, pointer: pointer, message ?? text, offset: offset)
    }

    // MARK: Accessors

    static let accessorAnimationInputNegative = fatal(
        "ACCESSOR_ANIMATION_INPUT_NEGATIVE", "key times must not be negative")
    static let accessorAnimationInputNonIncreasing = fatal(
        "ACCESSOR_ANIMATION_INPUT_NON_INCREASING", "key times must increase")
    static let accessorAnimationSamplerOutputNonNormalizedQuaternion = fatal(
        "ACCESSOR_ANIMATION_SAMPLER_OUTPUT_NON_NORMALIZED_QUATERNION", "rotations must be of unit length")
    static let accessorElementOutOfMaxBound = fatal(
        "ACCESSOR_ELEMENT_OUT_OF_MAX_BOUND", "elements lie above the declared 'max'")
    static let accessorElementOutOfMinBound = fatal(
        "ACCESSOR_ELEMENT_OUT_OF_MIN_BOUND", "elements lie below the declared 'min'")
    static let accessorIndexOob = fatal("ACCESSOR_INDEX_OOB", "an index is not below the number of vertices")
    static let accessorIndexPrimitiveRestart = fatal(
        "ACCESSOR_INDEX_PRIMITIVE_RESTART", "the largest index restarts a primitive and is not allowed")
    static let accessorIndexTriangleDegenerate = information(
        "ACCESSOR_INDEX_TRIANGLE_DEGENERATE", "triangles have no area")
    static let accessorInvalidFloat = fatal("ACCESSOR_INVALID_FLOAT", "contains a number that is not finite")
    static let accessorInvalidIbm = fatal(
        "ACCESSOR_INVALID_IBM", "the last row of an inverse bind matrix must be 0, 0, 0, 1")
    static let accessorInvalidSign = fatal(
        "ACCESSOR_INVALID_SIGN", "the fourth component of a tangent must be 1 or -1")
    static let accessorJointsIndexDuplicate = fatal(
        "ACCESSOR_JOINTS_INDEX_DUPLICATE", "a vertex names a joint twice")
    static let accessorJointsIndexOob = fatal(
        "ACCESSOR_JOINTS_INDEX_OOB", "a joint index is not below the number of the skin's joints")
    static let accessorJointsUsedZeroWeight = warning(
        "ACCESSOR_JOINTS_USED_ZERO_WEIGHT", "a vertex names a joint with weight 0")
    static let accessorMatrixAlignment = error(
        "ACCESSOR_MATRIX_ALIGNMENT", "matrices must start at multiples of 4 bytes")
    static let accessorMaxMismatch = fatal(
        "ACCESSOR_MAX_MISMATCH",
        "the declared 'max' does not match the data")
    static let accessorMinMismatch = fatal(
        "ACCESSOR_MIN_MISMATCH",
        "the declared 'min' does not match the data")
    static let accessorNonClamped = fatal("ACCESSOR_NON_CLAMPED", "colours must lie within 0 and 1")
    static let accessorNormalizedInvalid = error(
        "ACCESSOR_NORMALIZED_INVALID", "only bytes and shorts can be normalised")
    static let accessorOffsetAlignment = error(
        "ACCESSOR_OFFSET_ALIGNMENT", "the offset is not a multiple of the component's size")
    static let accessorSmallBytestride = fatal(
        "ACCESSOR_SMALL_BYTESTRIDE", "the stride is less than an element's size")
    static let accessorSparseCountOutOfRange = fatal(
        "ACCESSOR_SPARSE_COUNT_OUT_OF_RANGE", "replaces more elements than there are")
    static let accessorSparseIndexOob = fatal(
        "ACCESSOR_SPARSE_INDEX_OOB", "a sparse index is not below the accessor's count")
    static let accessorSparseIndicesNonIncreasing = fatal(
        "ACCESSOR_SPARSE_INDICES_NON_INCREASING", "sparse indices must increase")
    static let accessorTooLong = fatal("ACCESSOR_TOO_LONG", "does not fit its buffer view")
    static let accessorTotalOffsetAlignment = error(
        "ACCESSOR_TOTAL_OFFSET_ALIGNMENT", "the data does not start at a multiple of the component's size")
    static let accessorUsageOverride = error(
        "ACCESSOR_USAGE_OVERRIDE", "the accessor is already used for another purpose")
    static let accessorVector3NonUnit = fatal("ACCESSOR_VECTOR3_NON_UNIT", "vectors must be of unit length")
    static let accessorWeightsNegative = fatal("ACCESSOR_WEIGHTS_NEGATIVE", "weights must not be negative")
    static let accessorWeightsNonNormalized = fatal(
        "ACCESSOR_WEIGHTS_NON_NORMALIZED", "the weights of a vertex must add up to 1")

    // MARK: Animations

    static let animationChannelTargetNodeMatrix = error(
        "ANIMATION_CHANNEL_TARGET_NODE_MATRIX", "the node has a matrix")
    static let animationChannelTargetNodeSkin = warning(
        "ANIMATION_CHANNEL_TARGET_NODE_SKIN", "does not move a skinned mesh")
    static let animationChannelTargetNodeWeightsNoMorphs = error(
        "ANIMATION_CHANNEL_TARGET_NODE_WEIGHTS_NO_MORPHS", "the node's mesh has no morph targets")
    static let animationDuplicateTargets = error(
        "ANIMATION_DUPLICATE_TARGETS", "another channel has the same target")
    static let animationSamplerAccessorWithBytestride = fatal(
        "ANIMATION_SAMPLER_ACCESSOR_WITH_BYTESTRIDE", "cannot have a stride")
    static let animationSamplerInputAccessorInvalidFormat = fatal(
        "ANIMATION_SAMPLER_INPUT_ACCESSOR_INVALID_FORMAT", "key times must be float scalars")
    static let animationSamplerInputAccessorTooFewElements = fatal(
        "ANIMATION_SAMPLER_INPUT_ACCESSOR_TOO_FEW_ELEMENTS", "a spline needs two keys")
    static let animationSamplerInputAccessorWithoutBounds = error(
        "ANIMATION_SAMPLER_INPUT_ACCESSOR_WITHOUT_BOUNDS", "needs 'min' and 'max'")
    static let animationSamplerOutputAccessorInvalidCount = fatal(
        "ANIMATION_SAMPLER_OUTPUT_ACCESSOR_INVALID_COUNT",
        "has a number of outputs that does not match its keys")
    static let animationSamplerOutputAccessorInvalidFormat = fatal(
        "ANIMATION_SAMPLER_OUTPUT_ACCESSOR_INVALID_FORMAT", "this type cannot animate the target")

    // MARK: Buffers and buffer views

    static let bufferByteLengthMismatch = fatal(
        "BUFFER_BYTE_LENGTH_MISMATCH", "has fewer bytes than 'byteLength' declares")
    static let bufferDataUriMimeTypeInvalid = error(
        "BUFFER_DATA_URI_MIME_TYPE_INVALID", "the data URI does not declare a buffer")
    static let bufferGlbChunkTooBig = warning(
        "BUFFER_GLB_CHUNK_TOO_BIG", "the binary chunk has more bytes than the buffer")
    static let bufferMissingGlbData = fatal("BUFFER_MISSING_GLB_DATA", "the GLB has no binary chunk")
    static let bufferViewInvalidByteStride = error(
        "BUFFER_VIEW_INVALID_BYTE_STRIDE", "only vertex data can have a stride")
    static let bufferViewTargetMissing = hint(
        "BUFFER_VIEW_TARGET_MISSING", "the buffer view should say its target")
    static let bufferViewTargetOverride = error(
        "BUFFER_VIEW_TARGET_OVERRIDE", "the buffer view is already used for other data")
    static let bufferViewTooBigByteStride = error(
        "BUFFER_VIEW_TOO_BIG_BYTE_STRIDE", "the stride is more than the view's bytes")
    static let bufferViewTooLong = fatal("BUFFER_VIEW_TOO_LONG", "does not fit its buffer")

    // MARK: Cameras

    static let cameraXmagYmagNegative = warning("CAMERA_XMAG_YMAG_NEGATIVE", "should not be negative")
    static let cameraXmagYmagZero = fatal("CAMERA_XMAG_YMAG_ZERO", "must not be zero")
    static let cameraYfovGequalPi = warning("CAMERA_YFOV_GEQUAL_PI", "yfov should be less than pi")
    static let cameraZfarLequalZnear = fatal("CAMERA_ZFAR_LEQUAL_ZNEAR", "zfar must be greater than znear")

    // MARK: The GLB container

    static let glbChunkLengthUnaligned = error(
        "GLB_CHUNK_LENGTH_UNALIGNED", "a chunk's size is not a multiple of 4")
    static let glbChunkTooBig = fatal("GLB_CHUNK_TOO_BIG", "a chunk does not fit the GLB")
    static let glbDuplicateChunk = fatal("GLB_DUPLICATE_CHUNK", "there is a second chunk of this type")
    static let glbEmptyBinChunk = information(
        "GLB_EMPTY_BIN_CHUNK", "an empty binary chunk should be omitted")
    static let glbEmptyChunk = fatal("GLB_EMPTY_CHUNK", "the JSON chunk is empty")
    static let glbExtraData = warning("GLB_EXTRA_DATA", "data follows the GLB's end")
    static let glbInvalidMagic = fatal(
        "GLB_INVALID_MAGIC", "the file is neither GLB (it does not start with 'glTF') nor glTF JSON")
    static let glbInvalidVersion = fatal(
        "GLB_INVALID_VERSION", "the GLB version is not 2; export as glTF 2.0")
    static let glbLengthMismatch = fatal("GLB_LENGTH_MISMATCH", "the GLB is truncated or mislabelled")
    static let glbLengthTooSmall = fatal(
        "GLB_LENGTH_TOO_SMALL", "the GLB declares fewer bytes than its header has")
    static let glbUnexpectedBinChunk = fatal(
        "GLB_UNEXPECTED_BIN_CHUNK", "the binary chunk must be the second")
    static let glbUnexpectedEndOfChunkData = fatal("GLB_UNEXPECTED_END_OF_CHUNK_DATA", "the GLB is truncated")
    static let glbUnexpectedEndOfChunkHeader = fatal(
        "GLB_UNEXPECTED_END_OF_CHUNK_HEADER", "a chunk's header is truncated")
    static let glbUnexpectedEndOfHeader = fatal("GLB_UNEXPECTED_END_OF_HEADER", "the GLB header is truncated")
    static let glbUnexpectedFirstChunk = fatal("GLB_UNEXPECTED_FIRST_CHUNK", "the first chunk is not JSON")
    static let glbUnknownChunkType = warning("GLB_UNKNOWN_CHUNK_TYPE", "a chunk is of an unknown type")

    // MARK: Images

    static let imageBufferViewWithBytestride = error(
        "IMAGE_BUFFER_VIEW_WITH_BYTESTRIDE", "image data cannot have a stride")
    static let imageDataInvalid = fatal("IMAGE_DATA_INVALID", "the image is damaged")
    static let imageFeaturesUnsupported = warning(
        "IMAGE_FEATURES_UNSUPPORTED", "colour profiles, animation and pixel shape are ignored")
    static let imageMimeTypeInvalid = fatal(
        "IMAGE_MIME_TYPE_INVALID", "the image is not of the declared type")
    static let imageNonEnabledMimeType = fatal(
        "IMAGE_NON_ENABLED_MIME_TYPE", "this image type needs an extension")
    static let imageNpotDimensions = information(
        "IMAGE_NPOT_DIMENSIONS", "width and height are not powers of two")
    static let imageUnexpectedEos = fatal("IMAGE_UNEXPECTED_EOS", "the image is truncated")
    static let imageUnrecognizedFormat = warning(
        "IMAGE_UNRECOGNIZED_FORMAT", "is not an image format of glTF")

    // MARK: Extensions

    static let khrAnimationPointerAnimationChannelTargetNode = fatal(
        "KHR_ANIMATION_POINTER_ANIMATION_CHANNEL_TARGET_NODE", "'node' must not be defined")
    static let khrAnimationPointerAnimationChannelTargetPath = fatal(
        "KHR_ANIMATION_POINTER_ANIMATION_CHANNEL_TARGET_PATH", "'path' must be 'pointer'")
    static let khrLightsPunctualLightSpotAngles = error(
        "KHR_LIGHTS_PUNCTUAL_LIGHT_SPOT_ANGLES", "must be larger than innerConeAngle")
    static let khrMaterialsAnisotropyAnisotropyTextureTexcoord = warning(
        "KHR_MATERIALS_ANISOTROPY_ANISOTROPY_TEXTURE_TEXCOORD", "should use the normal texture's coordinates")
    static let khrMaterialsClearcoatClearcoatNormalTextureTexcoord = warning(
        "KHR_MATERIALS_CLEARCOAT_CLEARCOAT_NORMAL_TEXTURE_TEXCOORD",
        "should use the normal texture's coordinates")
    static let khrMaterialsDispersionNoVolume = warning(
        "KHR_MATERIALS_DISPERSION_NO_VOLUME", "also needs KHR_materials_volume")
    static let khrMaterialsEmissiveStrengthZeroFactor = warning(
        "KHR_MATERIALS_EMISSIVE_STRENGTH_ZERO_FACTOR", "has no effect on a factor of zero")
    static let khrMaterialsIridescenceThicknessRangeWithoutTexture = information(
        "KHR_MATERIALS_IRIDESCENCE_THICKNESS_RANGE_WITHOUT_TEXTURE",
        "has no effect without a thickness texture")
    static let khrMaterialsIridescenceThicknessTextureUnused = information(
        "KHR_MATERIALS_IRIDESCENCE_THICKNESS_TEXTURE_UNUSED",
        "has no effect when minimum and maximum are equal")
    static let khrMaterialsVariantsNonUniqueVariant = fatal(
        "KHR_MATERIALS_VARIANTS_NON_UNIQUE_VARIANT", "a variant is used twice for one primitive")
    static let khrMaterialsVolumeDoubleSided = warning(
        "KHR_MATERIALS_VOLUME_DOUBLE_SIDED", "should not be on a double-sided material")
    static let khrMaterialsVolumeNoTransmission = warning(
        "KHR_MATERIALS_VOLUME_NO_TRANSMISSION", "needs an extension that transmits light")

    // MARK: Meshes

    static let meshInvalidWeightsCount = error(
        "MESH_INVALID_WEIGHTS_COUNT", "has a different number of weights than morph targets")
    static let meshPrimitivesUnequalTargetsCount = error(
        "MESH_PRIMITIVES_UNEQUAL_TARGETS_COUNT",
        "all primitives of a mesh must have the same number of morph targets")
    static let meshPrimitiveAccessorUnaligned = error(
        "MESH_PRIMITIVE_ACCESSOR_UNALIGNED", "vertex data must lie at multiples of 4 bytes")
    static let meshPrimitiveAccessorWithoutBytestride = error(
        "MESH_PRIMITIVE_ACCESSOR_WITHOUT_BYTESTRIDE",
        "the buffer view serves several accessors and must say its byteStride")
    static let meshPrimitiveAttributesAccessorInvalidFormat = error(
        "MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_INVALID_FORMAT", "this type is not possible here")
    static let meshPrimitiveAttributesAccessorUnsignedInt = error(
        "MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_UNSIGNED_INT", "cannot be of UNSIGNED_INT")
    static let meshPrimitiveGeneratedTangentSpace = warning(
        "MESH_PRIMITIVE_GENERATED_TANGENT_SPACE", "needs a tangent space, which the mesh does not give")
    static let meshPrimitiveIncompatibleMode = warning(
        "MESH_PRIMITIVE_INCOMPATIBLE_MODE", "the number of vertices does not suit the mode")
    static let meshPrimitiveIndexedSemanticContinuity = fatal(
        "MESH_PRIMITIVE_INDEXED_SEMANTIC_CONTINUITY", "sets must be numbered 0, 1, 2 ...")
    static let meshPrimitiveIndicesAccessorInvalidFormat = fatal(
        "MESH_PRIMITIVE_INDICES_ACCESSOR_INVALID_FORMAT", "indices must be unsigned integer scalars")
    static let meshPrimitiveIndicesAccessorWithBytestride = error(
        "MESH_PRIMITIVE_INDICES_ACCESSOR_WITH_BYTESTRIDE", "cannot have a stride")
    static let meshPrimitiveInvalidAttribute = error(
        "MESH_PRIMITIVE_INVALID_ATTRIBUTE", "is not an attribute of glTF; custom attributes start with _")
    static let meshPrimitiveJointsWeightsMismatch = fatal(
        "MESH_PRIMITIVE_JOINTS_WEIGHTS_MISMATCH", "every JOINTS_n needs its WEIGHTS_n")
    static let meshPrimitiveMorphTargetInvalidAttributeCount = fatal(
        "MESH_PRIMITIVE_MORPH_TARGET_INVALID_ATTRIBUTE_COUNT", "has a different count than the attribute")
    static let meshPrimitiveMorphTargetNoBaseAccessor = error(
        "MESH_PRIMITIVE_MORPH_TARGET_NO_BASE_ACCESSOR", "the primitive has no such attribute")
    static let meshPrimitiveNoPosition = warning(
        "MESH_PRIMITIVE_NO_POSITION", "there is nothing to draw without POSITION")
    static let meshPrimitiveNoTangentSpace = error(
        "MESH_PRIMITIVE_NO_TANGENT_SPACE", "needs a tangent space, which the mesh does not give")
    static let meshPrimitivePositionAccessorWithoutBounds = error(
        "MESH_PRIMITIVE_POSITION_ACCESSOR_WITHOUT_BOUNDS", "needs 'min' and 'max'")
    static let meshPrimitiveTangentWithoutNormal = warning(
        "MESH_PRIMITIVE_TANGENT_WITHOUT_NORMAL", "needs NORMAL too")
    static let meshPrimitiveTooFewTexcoords = error(
        "MESH_PRIMITIVE_TOO_FEW_TEXCOORDS", "the material needs texture coordinates which the mesh lacks")
    static let meshPrimitiveUnequalAccessorCount = fatal(
        "MESH_PRIMITIVE_UNEQUAL_ACCESSOR_COUNT", "all attributes need the same count")

    // MARK: Nodes

    static let nodeEmpty = information("NODE_EMPTY", "holds nothing")
    static let nodeLoop = fatal("NODE_LOOP", "the node is part of a loop")
    static let nodeMatrixDefault = information("NODE_MATRIX_DEFAULT", "is the identity and can be omitted")
    static let nodeMatrixNonTrs = error(
        "NODE_MATRIX_NON_TRS", "cannot be decomposed into translation, rotation and scale")
    static let nodeMatrixTrs = fatal("NODE_MATRIX_TRS", "is combined with translation, rotation or scale")
    static let nodeParentOverride = fatal("NODE_PARENT_OVERRIDE", "a child already has a parent")
    static let nodeSkinnedMeshLocalTransforms = warning(
        "NODE_SKINNED_MESH_LOCAL_TRANSFORMS", "its transform does not move its mesh")
    static let nodeSkinnedMeshNonRoot = information(
        "NODE_SKINNED_MESH_NON_ROOT", "its parents do not move its mesh")
    static let nodeSkinnedMeshParentTransforms = warning(
        "NODE_SKINNED_MESH_PARENT_TRANSFORMS", "its parents' transforms do not move its mesh")
    static let nodeSkinnedMeshWithoutSkin = warning(
        "NODE_SKINNED_MESH_WITHOUT_SKIN", "its mesh has joints, but it has no skin")
    static let nodeSkinNoScene = error("NODE_SKIN_NO_SCENE", "is in a scene without its joints")
    static let nodeSkinWithNonSkinnedMesh = error(
        "NODE_SKIN_WITH_NON_SKINNED_MESH", "has a skin, but its mesh has no joints")
    static let nodeWeightsInvalid = error(
        "NODE_WEIGHTS_INVALID", "has a different number of weights than morph targets")

    // MARK: The rest of the document

    static let arrayLengthNotInList = fatal(
        "ARRAY_LENGTH_NOT_IN_LIST", "has the wrong number of elements")
    static let arrayTypeMismatch = fatal("ARRAY_TYPE_MISMATCH", "has elements of the wrong type")
    static let assetMinVersionGreaterThanVersion = fatal(
        "ASSET_MIN_VERSION_GREATER_THAN_VERSION", "is above 'version'")
    static let dataUriGlb = warning("DATA_URI_GLB", "a GLB should hold its data in its binary chunk")
    static let duplicateElements = error("DUPLICATE_ELEMENTS", "appears twice")
    static let emptyEntity = error("EMPTY_ENTITY", "must not be empty")
    static let extraProperty = information("EXTRA_PROPERTY", "has no meaning here")
    static let incompleteExtensionSupport = information(
        "INCOMPLETE_EXTENSION_SUPPORT", "the value it points at is not checked")
    static let invalidExtensionNameFormat = warning(
        "INVALID_EXTENSION_NAME_FORMAT", "the name has no vendor prefix")
    static let invalidGlValue = fatal("INVALID_GL_VALUE", "does not fit the component type")
    static let invalidIbmAccessorCount = fatal(
        "INVALID_IBM_ACCESSOR_COUNT", "has fewer matrices than the skin has joints")
    static let invalidIndex = fatal("INVALID_INDEX", "must be a non-negative integer")
    static let invalidJson = fatal("INVALID_JSON", "the JSON does not parse")
    static let invalidUri = error("INVALID_URI", "is not a valid URI")
    static let ioError = fatal("IO_ERROR", "the file cannot be read")
    static let materialAlphaCutoffInvalidMode = warning(
        "MATERIAL_ALPHA_CUTOFF_INVALID_MODE", "has no effect unless alphaMode is MASK")
    static let multipleExtensions = warning(
        "MULTIPLE_EXTENSIONS", "may not work with the other extensions here")
    static let nonObjectExtras = information("NON_OBJECT_EXTRAS", "extras should be an object")
    static let nonRelativeUri = warning("NON_RELATIVE_URI", "is not a path relative to the model")
    static let nonRequiredExtension = error("NON_REQUIRED_EXTENSION", "this extension cannot be optional")
    static let oneOfMismatch = fatal("ONE_OF_MISMATCH", "exactly one of the alternatives must be defined")
    static let patternMismatch = fatal("PATTERN_MISMATCH", "is not well formed")
    static let rotationNonUnit = error("ROTATION_NON_UNIT", "a rotation must be of unit length")
    static let sceneNonRootNode = fatal("SCENE_NON_ROOT_NODE", "the node has a parent")
    static let skinIbmAccessorWithBytestride = error(
        "SKIN_IBM_ACCESSOR_WITH_BYTESTRIDE", "cannot have a stride")
    static let skinIbmInvalidFormat = fatal("SKIN_IBM_INVALID_FORMAT", "must be MAT4 of floats")
    static let skinNoCommonRoot = error("SKIN_NO_COMMON_ROOT", "its joints have no common root node")
    static let skinSkeletonInvalid = error("SKIN_SKELETON_INVALID", "is not a common root of the joints")
    static let textureInvalidImageMimeType = fatal(
        "TEXTURE_INVALID_IMAGE_MIME_TYPE", "the image is not of the type that the texture needs")
    static let typeMismatch = fatal("TYPE_MISMATCH", "is of the wrong type")
    static let undeclaredExtension = error("UNDECLARED_EXTENSION", "is not declared in extensionsUsed")
    static let undefinedProperty = fatal("UNDEFINED_PROPERTY", "must be defined")
    static let unexpectedExtensionObject = error(
        "UNEXPECTED_EXTENSION_OBJECT", "this extension does not belong here")
    static let unexpectedProperty = warning("UNEXPECTED_PROPERTY", "this property is not part of glTF here")
    static let unknownAssetMajorVersion = fatal(
        "UNKNOWN_ASSET_MAJOR_VERSION", "is not glTF 2.x; export the model as glTF 2.0")
    static let unknownAssetMinorVersion = warning("UNKNOWN_ASSET_MINOR_VERSION", "is newer than 2.0")
    static let unresolvedReference = fatal("UNRESOLVED_REFERENCE", "refers to nothing")
    static let unsatisfiedDependency = error("UNSATISFIED_DEPENDENCY", "another property must be defined too")
    static let unsupportedExtension = information(
        "UNSUPPORTED_EXTENSION", "this extension is not known and ignored")
    static let unusedExtensionRequired = fatal(
        "UNUSED_EXTENSION_REQUIRED", "is required, but not in extensionsUsed")
    static let unusedMeshTangent = information(
        "UNUSED_MESH_TANGENT", "is not used: the material has no normal texture")
    static let unusedMeshWeights = information("UNUSED_MESH_WEIGHTS", "every node overrides them")
    static let unusedObject = information("UNUSED_OBJECT", "nothing refers to it")
    static let uriGlb = information("URI_GLB", "a GLB should contain all of its data")
    static let valueMultipleOf = error("VALUE_MULTIPLE_OF", "is not a multiple of 4")
    static let valueNotInList = warning("VALUE_NOT_IN_LIST", "is not one of the known values")
    static let valueNotInRange = fatal("VALUE_NOT_IN_RANGE", "is out of range")

    // MARK: Ours

    static let dracoDataInvalid = fatal("DRACO_DATA_INVALID", "the compressed mesh is damaged")
    static let imageTooLarge = fatal("IMAGE_TOO_LARGE", "exceeds the limit of pixels; scale the texture down")
    static let meshoptDataInvalid = fatal("MESHOPT_DATA_INVALID", "the compressed data is damaged")
    static let noGeometry = fatal(
        "NO_GEOMETRY", "the model's scene contains no mesh to draw; export it with its meshes")
    static let tooManyDraws = fatal(
        "TOO_MANY_DRAWS", "the model draws more primitives than are allowed; join meshes of one material")
    static let textureWithoutImage = warning(
        "TEXTURE_WITHOUT_IMAGE",
        "none of its images has a supported format; materials are drawn without it")
    static let texcoordSetIgnored = warning(
        "TEXCOORD_SET_IGNORED", "only two sets of texture coordinates are drawn")
    static let materialExtensionApproximated = warning(
        "MATERIAL_EXTENSION_APPROXIMATED", "is supported only in part: drawn without this effect")
    static let materialExtensionIgnored = warning(
        "MATERIAL_EXTENSION_IGNORED", "is not supported: the material is drawn without it")
    static let materialConverted = information(
        "MATERIAL_CONVERTED",
        "specular and glossiness are drawn as base colour, roughness and specular colour")
    static let nameTooLong = warning("NAME_TOO_LONG", "the name is too long and is truncated")
    static let targetNamesCount = warning(
        "TARGET_NAMES_COUNT", "has a different number of names than morph targets; the names are ignored")

    /// Every kind.
    static let all: [GLTFIssue] =
        [
            .accessorAnimationInputNegative,
            .accessorAnimationInputNonIncreasing,
            .accessorAnimationSamplerOutputNonNormalizedQuaternion,
            .accessorElementOutOfMaxBound,
            .accessorElementOutOfMinBound,
            .accessorIndexOob,
            .accessorIndexPrimitiveRestart,
            .accessorIndexTriangleDegenerate,
            .accessorInvalidFloat,
            .accessorInvalidIbm,
            .accessorInvalidSign,
            .accessorJointsIndexDuplicate,
            .accessorJointsIndexOob,
            .accessorJointsUsedZeroWeight,
            .accessorMatrixAlignment,
            .accessorMaxMismatch,
            .accessorMinMismatch,
            .accessorNonClamped,
            .accessorNormalizedInvalid,
            .accessorOffsetAlignment,
            .accessorSmallBytestride,
            .accessorSparseCountOutOfRange,
            .accessorSparseIndexOob,
            .accessorSparseIndicesNonIncreasing,
            .accessorTooLong,
            .accessorTotalOffsetAlignment,
            .accessorUsageOverride,
            .accessorVector3NonUnit,
            .accessorWeightsNegative,
            .accessorWeightsNonNormalized,
            .animationChannelTargetNodeMatrix,
            .animationChannelTargetNodeSkin,
            .animationChannelTargetNodeWeightsNoMorphs,
            .animationDuplicateTargets,
            .animationSamplerAccessorWithBytestride,
            .animationSamplerInputAccessorInvalidFormat,
            .animationSamplerInputAccessorTooFewElements,
            .animationSamplerInputAccessorWithoutBounds,
            .animationSamplerOutputAccessorInvalidCount,
            .animationSamplerOutputAccessorInvalidFormat,
            .bufferByteLengthMismatch,
            .bufferDataUriMimeTypeInvalid,
            .bufferGlbChunkTooBig,
            .bufferMissingGlbData,
            .bufferViewInvalidByteStride,
            .bufferViewTargetMissing,
            .bufferViewTargetOverride,
            .bufferViewTooBigByteStride,
            .bufferViewTooLong,
            .cameraXmagYmagNegative,
            .cameraXmagYmagZero,
            .cameraYfovGequalPi,
            .cameraZfarLequalZnear,
            .glbChunkLengthUnaligned,
            .glbChunkTooBig,
            .glbDuplicateChunk,
            .glbEmptyBinChunk,
            .glbEmptyChunk,
            .glbExtraData,
            .glbInvalidMagic,
            .glbInvalidVersion,
            .glbLengthMismatch,
            .glbLengthTooSmall,
            .glbUnexpectedBinChunk,
            .glbUnexpectedEndOfChunkData,
            .glbUnexpectedEndOfChunkHeader,
            .glbUnexpectedEndOfHeader,
            .glbUnexpectedFirstChunk,
            .glbUnknownChunkType,
            .imageBufferViewWithBytestride,
            .imageDataInvalid,
            .imageFeaturesUnsupported,
            .imageMimeTypeInvalid,
            .imageNonEnabledMimeType,
            .imageNpotDimensions,
            .imageUnexpectedEos,
            .imageUnrecognizedFormat,
            .khrAnimationPointerAnimationChannelTargetNode,
            .khrAnimationPointerAnimationChannelTargetPath,
            .khrLightsPunctualLightSpotAngles,
            .khrMaterialsAnisotropyAnisotropyTextureTexcoord,
            .khrMaterialsClearcoatClearcoatNormalTextureTexcoord,
            .khrMaterialsDispersionNoVolume,
            .khrMaterialsEmissiveStrengthZeroFactor,
            .khrMaterialsIridescenceThicknessRangeWithoutTexture,
            .khrMaterialsIridescenceThicknessTextureUnused,
            .khrMaterialsVariantsNonUniqueVariant,
            .khrMaterialsVolumeDoubleSided,
            .khrMaterialsVolumeNoTransmission,
            .meshInvalidWeightsCount,
            .meshPrimitivesUnequalTargetsCount,
            .meshPrimitiveAccessorUnaligned,
            .meshPrimitiveAccessorWithoutBytestride,
            .meshPrimitiveAttributesAccessorInvalidFormat,
            .meshPrimitiveAttributesAccessorUnsignedInt,
            .meshPrimitiveGeneratedTangentSpace,
            .meshPrimitiveIncompatibleMode,
            .meshPrimitiveIndexedSemanticContinuity,
            .meshPrimitiveIndicesAccessorInvalidFormat,
            .meshPrimitiveIndicesAccessorWithBytestride,
            .meshPrimitiveInvalidAttribute,
            .meshPrimitiveJointsWeightsMismatch,
            .meshPrimitiveMorphTargetInvalidAttributeCount,
            .meshPrimitiveMorphTargetNoBaseAccessor,
            .meshPrimitiveNoPosition,
            .meshPrimitiveNoTangentSpace,
            .meshPrimitivePositionAccessorWithoutBounds,
            .meshPrimitiveTangentWithoutNormal,
            .meshPrimitiveTooFewTexcoords,
            .meshPrimitiveUnequalAccessorCount,
            .nodeEmpty,
            .nodeLoop,
            .nodeMatrixDefault,
            .nodeMatrixNonTrs,
            .nodeMatrixTrs,
            .nodeParentOverride,
            .nodeSkinnedMeshLocalTransforms,
            .nodeSkinnedMeshNonRoot,
            .nodeSkinnedMeshParentTransforms,
            .nodeSkinnedMeshWithoutSkin,
            .nodeSkinNoScene,
            .nodeSkinWithNonSkinnedMesh,
            .nodeWeightsInvalid,
            .arrayLengthNotInList,
            .arrayTypeMismatch,
            .assetMinVersionGreaterThanVersion,
            .dataUriGlb,
            .duplicateElements,
            .emptyEntity,
            .extraProperty,
            .incompleteExtensionSupport,
            .invalidExtensionNameFormat,
            .invalidGlValue,
            .invalidIbmAccessorCount,
            .invalidIndex,
            .invalidJson,
            .invalidUri,
            .ioError,
            .materialAlphaCutoffInvalidMode,
            .multipleExtensions,
            .nonObjectExtras,
            .nonRelativeUri,
            .nonRequiredExtension,
            .oneOfMismatch,
            .patternMismatch,
            .rotationNonUnit,
            .sceneNonRootNode,
            .skinIbmAccessorWithBytestride,
            .skinIbmInvalidFormat,
            .skinNoCommonRoot,
            .skinSkeletonInvalid,
            .textureInvalidImageMimeType,
            .typeMismatch,
            .undeclaredExtension,
            .undefinedProperty,
            .unexpectedExtensionObject,
            .unexpectedProperty,
            .unknownAssetMajorVersion,
            .unknownAssetMinorVersion,
            .unresolvedReference,
            .unsatisfiedDependency,
            .unsupportedExtension,
            .unusedExtensionRequired,
            .unusedMeshTangent,
            .unusedMeshWeights,
            .unusedObject,
            .uriGlb,
            .valueMultipleOf,
            .valueNotInList,
            .valueNotInRange,
        ] + ours

    /// Kinds that glTF-Validator does not have.
    private static let ours: [GLTFIssue] = [
        .dracoDataInvalid,
        .imageTooLarge,
        .meshoptDataInvalid,
        .noGeometry,
        .tooManyDraws,
        .textureWithoutImage,
        .texcoordSetIgnored,
        .materialExtensionApproximated,
        .materialExtensionIgnored,
        .materialConverted,
        .nameTooLong,
        .targetNamesCount,
    ]
    private static let ourCodes = Set(ours.map(\.code))

    /// Whether the code is not one of glTF-Validator's.
    var isOurs: Bool {
        // What an official code says of a limit or an extension is our reason nevertheless.
        Self.ourCodes.contains(code) || self == .unsupportedExtension || self == .accessorTooLong
    }

    /// The kind with a code.
    static let byCode = Dictionary(uniqueKeysWithValues: all.map { ($0.code, $0) })
}
