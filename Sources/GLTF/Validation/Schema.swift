/// The kinds of object in a glTF document, core and extensions alike.
enum ObjectKind {
    case root, asset, accessor, sparse, sparseIndices, sparseValues
    case animation, channel, channelTarget, animationSampler
    case buffer, bufferView, camera, orthographic, perspective, image
    case material, metallicRoughness, textureInfo, normalTextureInfo, occlusionTextureInfo
    case mesh, primitive, node, sampler, scene, skin, texture
    // Extensions' objects.
    case animationPointer, lights, light, spot, nodeLight
    case anisotropy, clearcoat, dispersion, emissiveStrength, ior, iridescence, specularGlossiness
    case sheen, specular, transmission, unlit, volume
    case variants, variant, variantMappings, variantMapping
    case nodeVisibility, textureTransform, webPTexture
}

/// What a property may hold.
enum PropertyRule: Sendable {
    /// A reference: a non-negative integer.
    case index
    case integer(min: Int = 0, max: Int = .max)
    /// One of these integers, or a warning.
    case choice([Int])
    /// Bounds that include and, `above` and `below`, that exclude; `allowing` is let through in any case.
    case number(
        min: Double = -.infinity, above: Double = -.infinity, max: Double = .infinity,
        below: Double = .infinity, allowing: Double = .nan)
    case flag
    case text
    /// One of these words, or a warning.
    case word([String])
    case matching(@Sendable (String) -> Bool)
    case names
    case indices
    case numbers(count: Int? = nil, min: Double = -.infinity, max: Double = .infinity)
    case object(ObjectKind)
    case objects(ObjectKind)
    /// An array of the document's root.
    case collection(ObjectKind)
    /// Checked by the object's own rules.
    case special
}

struct PropertySchema: Sendable {
    var name: String
    var rule: PropertyRule
    var isRequired = false
}

/// glTF 2.0's JSON schema and those of its extensions, as tables.
enum Schema {
    /// `nil` where the properties of a kind are `name`, `extensions` and `extras` alone.
    static func properties(of kind: ObjectKind) -> [PropertySchema] { (core[kind] ?? extensions[kind]) ?? [] }

    static func required(_ name: String, _ rule: PropertyRule) -> PropertySchema {
        PropertySchema(name: name, rule: rule, isRequired: true)
    }

    static func optional(_ name: String, _ rule: PropertyRule) -> PropertySchema {
        PropertySchema(name: name, rule: rule)
    }
}
