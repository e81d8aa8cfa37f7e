extension Schema {
    /// The extensions that glTF-Validator knows: where their objects may stand, and of which kind they are
    /// there.
    static let placements: [String: [ObjectKind: ObjectKind]] = [
        "EXT_texture_webp": [.texture: .webPTexture],
        "KHR_animation_pointer": [.channelTarget: .animationPointer],
        "KHR_lights_punctual": [.root: .lights, .node: .nodeLight],
        "KHR_materials_anisotropy": [.material: .anisotropy],
        "KHR_materials_clearcoat": [.material: .clearcoat],
        "KHR_materials_dispersion": [.material: .dispersion],
        "KHR_materials_emissive_strength": [.material: .emissiveStrength],
        "KHR_materials_ior": [.material: .ior],
        "KHR_materials_iridescence": [.material: .iridescence],
        "KHR_materials_pbrSpecularGlossiness": [.material: .specularGlossiness],
        "KHR_materials_sheen": [.material: .sheen],
        "KHR_materials_specular": [.material: .specular],
        "KHR_materials_transmission": [.material: .transmission],
        "KHR_materials_unlit": [.material: .unlit],
        "KHR_materials_variants": [.root: .variants, .primitive: .variantMappings],
        "KHR_materials_volume": [.material: .volume],
        "KHR_mesh_quantization": [:],
        "KHR_node_visibility": [.node: .nodeVisibility],
        "KHR_texture_transform": [
            .textureInfo: .textureTransform, .normalTextureInfo: .textureTransform,
            .occlusionTextureInfo: .textureTransform,
        ],
    ]

    /// Those that replace the material's model, so that others beside them say little.
    static let standalone: Set<String> = ["KHR_materials_unlit", "KHR_materials_pbrSpecularGlossiness"]

    static let extensions: [ObjectKind: [PropertySchema]] = [
        .animationPointer: [required("pointer", .matching(isJSONPointer))],
        .lights: [required("lights", .objects(.light))],
        .light: [
            optional("color", .numbers(count: 3, min: 0, max: 1)), optional("intensity", .number(min: 0)),
            optional("spot", .special), required("type", .word(["directional", "point", "spot"])),
            optional("range", .number(above: 0)), optional("name", .text),
        ],
        .spot: [
            optional("innerConeAngle", .number(min: 0, below: .pi / 2)),
            optional("outerConeAngle", .number(above: 0, max: .pi / 2)),
        ],
        .nodeLight: [required("light", .index)],
        .anisotropy: [
            optional("anisotropyStrength", .number(min: 0, max: 1)),
            optional("anisotropyRotation", .number()),
            optional("anisotropyTexture", .object(.textureInfo)),
        ],
        .clearcoat: [
            optional("clearcoatFactor", .number(min: 0, max: 1)),
            optional("clearcoatTexture", .object(.textureInfo)),
            optional("clearcoatRoughnessFactor", .number(min: 0, max: 1)),
            optional("clearcoatRoughnessTexture", .object(.textureInfo)),
            optional("clearcoatNormalTexture", .object(.normalTextureInfo)),
        ],
        .dispersion: [optional("dispersion", .number(min: 0))],
        .emissiveStrength: [optional("emissiveStrength", .number(min: 0))],
        .ior: [optional("ior", .number(min: 1, allowing: 0))],
        .iridescence: [
            optional("iridescenceFactor", .number(min: 0, max: 1)),
            optional("iridescenceTexture", .object(.textureInfo)),
            optional("iridescenceIor", .number(min: 1)),
            optional("iridescenceThicknessMinimum", .number(min: 0)),
            optional("iridescenceThicknessMaximum", .number(min: 0)),
            optional("iridescenceThicknessTexture", .object(.textureInfo)),
        ],
        .specularGlossiness: [
            optional("diffuseFactor", .numbers(count: 4, min: 0, max: 1)),
            optional("diffuseTexture", .object(.textureInfo)),
            optional("specularFactor", .numbers(count: 3, min: 0, max: 1)),
            optional("glossinessFactor", .number(min: 0, max: 1)),
            optional("specularGlossinessTexture", .object(.textureInfo)),
        ],
        .sheen: [
            optional("sheenColorFactor", .numbers(count: 3, min: 0, max: 1)),
            optional("sheenColorTexture", .object(.textureInfo)),
            optional("sheenRoughnessFactor", .number(min: 0, max: 1)),
            optional("sheenRoughnessTexture", .object(.textureInfo)),
        ],
        .specular: [
            optional("specularFactor", .number(min: 0, max: 1)),
            optional("specularTexture", .object(.textureInfo)),
            optional("specularColorFactor", .numbers(count: 3, min: 0)),
            optional("specularColorTexture", .object(.textureInfo)),
        ],
        .transmission: [
            optional("transmissionFactor", .number(min: 0, max: 1)),
            optional("transmissionTexture", .object(.textureInfo)),
        ],
        .unlit: [],
        .volume: [
            optional("attenuationColor", .numbers(count: 3, min: 0, max: 1)),
            optional("attenuationDistance", .number(above: 0)),
            optional("thicknessFactor", .number(min: 0)),
            optional("thicknessTexture", .object(.textureInfo)),
        ],
        .variants: [required("variants", .objects(.variant))],
        .variant: [required("name", .text)],
        .variantMappings: [required("mappings", .objects(.variantMapping))],
        .variantMapping: [
            required("variants", .indices), required("material", .index), optional("name", .text),
        ],
        .nodeVisibility: [optional("visible", .flag)],
        .textureTransform: [
            optional("offset", .numbers(count: 2)), optional("rotation", .number()),
            optional("scale", .numbers(count: 2)), optional("texCoord", .integer()),
        ],
        .webPTexture: [optional("source", .index)],
    ]

    /// RFC 6901: empty, or tokens after slashes, `~` only in `~0` and `~1`.
    @Sendable private static func isJSONPointer(_ text: String) -> Bool {
        guard !text.isEmpty else { return true }
        guard text.hasPrefix("/") else { return false }
        let bytes = Array(text.utf8)
        return bytes.indices.allSatisfy { i in
            bytes[i] != 0x7E || (i + 1 < bytes.count && (bytes[i + 1] == 0x30 || bytes[i + 1] == 0x31))
        }
    }
}
