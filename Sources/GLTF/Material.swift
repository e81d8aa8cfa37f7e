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
    public var hasTransform: Bool { offset != .zero || rotation != 0 || uvScale != SIMD2(repeating: 1) }
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
