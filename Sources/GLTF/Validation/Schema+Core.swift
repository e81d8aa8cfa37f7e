extension Schema {
    private static let name = optional("name", .text)

    static let componentTypes = [5120, 5121, 5122, 5123, 5125, 5126]
    static let interpolations = ["LINEAR", "STEP", "CUBICSPLINE"]
    static let targetPaths = ["translation", "rotation", "scale", "weights"]

    /// The objects of the core specification (glTF 2.0, chapter 5).
    static let core: [ObjectKind: [PropertySchema]] = [
        .root: [
            optional("extensionsUsed", .names), optional("extensionsRequired", .names),
            required("asset", .object(.asset)), optional("accessors", .collection(.accessor)),
            optional("animations", .collection(.animation)), optional("buffers", .collection(.buffer)),
            optional("bufferViews", .collection(.bufferView)), optional("cameras", .collection(.camera)),
            optional("images", .collection(.image)), optional("materials", .collection(.material)),
            optional("meshes", .collection(.mesh)), optional("nodes", .collection(.node)),
            optional("samplers", .collection(.sampler)), optional("scene", .index),
            optional("scenes", .collection(.scene)), optional("skins", .collection(.skin)),
            optional("textures", .collection(.texture)),
        ],
        .asset: [
            optional("copyright", .text), optional("generator", .text),
            required("version", .matching(AssetVersion.isWellFormed)),
            optional("minVersion", .matching(AssetVersion.isWellFormed)),
        ],
        .accessor: [
            optional("bufferView", .index), optional("byteOffset", .special),
            required("componentType", .choice(componentTypes)), required("count", .integer(min: 1)),
            required("type", .word(AccessorFormat.componentCounts.keys.sorted())),
            optional("normalized", .flag), optional("max", .special), optional("min", .special),
            optional("sparse", .object(.sparse)), name,
        ],
        .sparse: [
            required("count", .integer(min: 1)), required("indices", .object(.sparseIndices)),
            required("values", .object(.sparseValues)),
        ],
        .sparseIndices: [
            required("bufferView", .index), optional("byteOffset", .integer()),
            required("componentType", .choice([5121, 5123, 5125])),
        ],
        .sparseValues: [required("bufferView", .index), optional("byteOffset", .integer())],
        .animation: [
            required("channels", .objects(.channel)), required("samplers", .objects(.animationSampler)), name,
        ],
        .channel: [required("sampler", .index), required("target", .object(.channelTarget))],
        .channelTarget: [optional("node", .index), optional("path", .special)],
        .animationSampler: [
            required("input", .index), optional("interpolation", .word(interpolations)),
            required("output", .index),
        ],
        .buffer: [optional("uri", .text), required("byteLength", .integer(min: 1)), name],
        .bufferView: [
            required("buffer", .index), optional("byteOffset", .integer()),
            required("byteLength", .integer(min: 1)), optional("byteStride", .integer(min: 4, max: 252)),
            optional("target", .choice([34962, 34963])), name,
        ],
        .camera: [
            required("type", .word(["orthographic", "perspective"])), optional("orthographic", .special),
            optional("perspective", .special), name,
        ],
        .orthographic: [
            required("xmag", .number()), required("ymag", .number()), required("zfar", .number(above: 0)),
            required("znear", .number(min: 0)),
        ],
        .perspective: [
            optional("aspectRatio", .number(above: 0)), required("yfov", .number(above: 0)),
            optional("zfar", .number(above: 0)), required("znear", .number(above: 0)),
        ],
        .image: [
            optional("bufferView", .index), optional("mimeType", .special), optional("uri", .text), name,
        ],
        .material: [
            optional("pbrMetallicRoughness", .object(.metallicRoughness)),
            optional("normalTexture", .object(.normalTextureInfo)),
            optional("occlusionTexture", .object(.occlusionTextureInfo)),
            optional("emissiveTexture", .object(.textureInfo)),
            optional("emissiveFactor", .numbers(count: 3, min: 0, max: 1)),
            optional("alphaMode", .word(["OPAQUE", "MASK", "BLEND"])),
            optional("alphaCutoff", .number(min: 0)), optional("doubleSided", .flag), name,
        ],
        .metallicRoughness: [
            optional("baseColorFactor", .numbers(count: 4, min: 0, max: 1)),
            optional("baseColorTexture", .object(.textureInfo)),
            optional("metallicFactor", .number(min: 0, max: 1)),
            optional("roughnessFactor", .number(min: 0, max: 1)),
            optional("metallicRoughnessTexture", .object(.textureInfo)),
        ],
        .textureInfo: [required("index", .index), optional("texCoord", .integer())],
        .normalTextureInfo: [
            required("index", .index), optional("texCoord", .integer()), optional("scale", .number()),
        ],
        .occlusionTextureInfo: [
            required("index", .index), optional("texCoord", .integer()),
            optional("strength", .number(min: 0, max: 1)),
        ],
        .mesh: [required("primitives", .objects(.primitive)), optional("weights", .numbers()), name],
        .primitive: [
            optional("attributes", .special), optional("indices", .index), optional("material", .index),
            optional("mode", .integer(min: 0, max: 6)), optional("targets", .special),
        ],
        .node: [
            optional("camera", .index), optional("children", .indices), optional("skin", .index),
            optional("matrix", .numbers(count: 16)), optional("mesh", .index),
            optional("rotation", .numbers(count: 4, min: -1, max: 1)), optional("scale", .numbers(count: 3)),
            optional("translation", .numbers(count: 3)), optional("weights", .numbers()), name,
        ],
        .sampler: [
            optional("magFilter", .choice([9728, 9729])),
            optional("minFilter", .choice([9728, 9729, 9984, 9985, 9986, 9987])),
            optional("wrapS", .choice([33071, 33648, 10497])),
            optional("wrapT", .choice([33071, 33648, 10497])), name,
        ],
        .scene: [optional("nodes", .indices), name],
        .skin: [
            optional("inverseBindMatrices", .index), optional("skeleton", .index),
            required("joints", .indices), name,
        ],
        .texture: [optional("sampler", .index), optional("source", .index), name],
    ]
}
