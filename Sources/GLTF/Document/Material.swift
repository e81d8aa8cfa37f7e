import AvatariumCore

/// A reference to a texture, with KHR_texture_transform.
public struct TextureInfo: Sendable, Hashable {
    public var texture: Int
    public var texCoord: Int = 0
    /// normalTexture's `scale` or occlusionTexture's `strength`.
    public var scale: Float = 1
    public var offset = SIMD2<Float>.zero
    /// Radians, counter-clockwise.
    public var rotation: Float = 0
    public var uvScale = SIMD2<Float>(repeating: 1)
    public init(texture: Int) { self.texture = texture }
}

extension Document {
    /// Returns a texture reference of the file with the set of texture coordinates that it has here.
    package func inKeptSets(_ info: TextureInfo) -> TextureInfo {
        guard !textureCoordinateSets.isEmpty else { return info }
        var copy = info
        copy.texCoord = textureCoordinateSets.firstIndex(of: info.texCoord) ?? textureCoordinateSets.count - 1
        return copy
    }
}

public struct Material: Sendable {
    public enum AlphaMode: String, Sendable { case opaque = "OPAQUE", mask = "MASK", blend = "BLEND" }

    public var name: String?
    /// Linear RGBA.
    public var baseColorFactor = SIMD4<Float>(repeating: 1)
    public var baseColorTexture: TextureInfo?
    public var metallicFactor: Float = 1
    public var roughnessFactor: Float = 1
    public var metallicRoughnessTexture: TextureInfo?
    public var normalTexture: TextureInfo?
    public var occlusionTexture: TextureInfo?
    public var emissiveFactor = SIMD3<Float>.zero
    public var emissiveTexture: TextureInfo?
    public var alphaMode = AlphaMode.opaque
    public var alphaCutoff: Float = 0.5
    public var doubleSided = false

    /// KHR_materials_unlit.
    public var unlit = false
    /// KHR_materials_emissive_strength.
    public var emissiveStrength: Float = 1
    /// KHR_materials_ior.
    public var ior: Float = 1.5
    /// KHR_materials_specular.
    public var specularFactor: Float = 1
    public var specularTexture: TextureInfo?
    public var specularColorFactor = SIMD3<Float>(repeating: 1)
    public var specularColorTexture: TextureInfo?
    /// KHR_materials_clearcoat; nil when absent.
    public var clearcoat: Clearcoat?
    /// KHR_materials_sheen; nil when absent.
    public var sheen: Sheen?
    /// KHR_materials_transmission and KHR_materials_volume; nil when absent.
    public var transmission: Transmission?
    /// KHR_materials_iridescence; nil when absent.
    public var iridescence: Iridescence?
    /// KHR_materials_anisotropy; nil when absent.
    public var anisotropy: Anisotropy?
    /// KHR_materials_dispersion: 20 divided by the Abbe number; 0 does not split light.
    public var dispersion: Float = 0
    /// The glossiness texture of a material converted from KHR_materials_pbrSpecularGlossiness.
    public var glossiness: Glossiness?

    public init() {}

    public struct Clearcoat: Sendable {
        public var factor: Float = 0
        public var texture: TextureInfo?
        public var roughness: Float = 0
        public var roughnessTexture: TextureInfo?
        public var normalTexture: TextureInfo?
        public init() {}
    }

    public struct Sheen: Sendable {
        public var color = SIMD3<Float>.zero
        public var colorTexture: TextureInfo?
        public var roughness: Float = 0
        public var roughnessTexture: TextureInfo?
        public init() {}
    }

    public struct Iridescence: Sendable {
        public var factor: Float = 0
        public var texture: TextureInfo?
        public var ior: Float = 1.3
        /// Thickness of the thin film, nanometres: where `thicknessTexture`'s green is 0 and where it is 1. Without a texture the
        /// film has the upper one.
        public var thickness: (lowerBound: Float, upperBound: Float) = (100, 400)
        public var thicknessTexture: TextureInfo?
        public init() {}
    }

    public struct Anisotropy: Sendable {
        public var strength: Float = 0
        /// Radians, counter-clockwise from the tangent.
        public var rotation: Float = 0
        public var texture: TextureInfo?
        public init() {}
    }

    /// Roughness is 1 - `factor` times the texture's alpha.
    public struct Glossiness: Sendable {
        public var factor: Float
        public var texture: TextureInfo
    }

    public struct Transmission: Sendable {
        public var factor: Float = 0
        public var texture: TextureInfo?
        public var thickness: Float = 0
        public var thicknessTexture: TextureInfo?
        public var attenuationDistance: Float = .infinity
        public var attenuationColor = SIMD3<Float>(repeating: 1)
        public init() {}
    }
}

extension Material {
    /// Every texture that the material uses.
    public var textures: [TextureInfo] {
        var found: [TextureInfo] = []
        var copy = self
        copy.mapTextures {
            found.append($0)
            return $0
        }
        return found
    }

    /// Replaces every texture reference.
    mutating func mapTextures(_ body: (TextureInfo) -> TextureInfo) {
        func map(_ info: inout TextureInfo?) { info = info.map(body) }
        map(&baseColorTexture)
        map(&metallicRoughnessTexture)
        map(&normalTexture)
        map(&occlusionTexture)
        map(&emissiveTexture)
        map(&specularTexture)
        map(&specularColorTexture)
        if clearcoat != nil {
            map(&clearcoat!.texture)
            map(&clearcoat!.roughnessTexture)
            map(&clearcoat!.normalTexture)
        }
        if sheen != nil {
            map(&sheen!.colorTexture)
            map(&sheen!.roughnessTexture)
        }
        if transmission != nil {
            map(&transmission!.texture)
            map(&transmission!.thicknessTexture)
        }
        if iridescence != nil {
            map(&iridescence!.texture)
            map(&iridescence!.thicknessTexture)
        }
        if anisotropy != nil { map(&anisotropy!.texture) }
        if glossiness != nil { glossiness!.texture = body(glossiness!.texture) }
    }
}
