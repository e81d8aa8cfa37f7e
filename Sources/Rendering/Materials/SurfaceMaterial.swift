import AvatariumCore
import GLES
import GLTF
import VRM

/// A glTF material reduced to what it really does: textures that hold one value become factors, and alpha that is
/// everywhere 1 makes it opaque.
struct SurfaceMaterial {
    struct UVSet: Hashable {
        var texCoord: Int
        var offset: SIMD2<Float>
        var rotation: Float
        var scale: SIMD2<Float>

        init(_ info: TextureInfo) {
            texCoord = info.texCoord
            offset = info.offset
            rotation = info.rotation
            scale = info.uvScale
        }
    }

    var key = ShaderKey()
    var textures: [ShaderKey.Slot: TextureInfo] = [:]
    var uvSets: [UVSet] = []
    var baseColor: SIMD4<Float>
    var emissive: SIMD3<Float>
    var metallic: Float
    var roughness: Float
    var normalScale: Float = 1
    var occlusionStrength: Float = 1
    var alphaCutoff: Float
    var reflectance: SIMD4<Float>
    /// `uCoat`, `uSheen`, `uTransmission`, `uVolume` and `uFilm` of `blocks.glsl`.
    var layers = [SIMD4<Float>](repeating: .zero, count: 5)
    var toon: ToonMaterial?
    /// Of the base texture, where `key.isVertexToneMapped`.
    var texelRange: TexelRange?
    /// What it is in a face.
    var part: FacePart?
    /// The file's own mode; `key.alpha` is opaque where there is nothing to see through.
    private let alphaMode: ShaderKey.Alpha
    /// The lowest alpha of the factor and the texture.
    private var lowestAlpha: Float = 1

    /// - Parameter range: The values of the image behind a texture; nil where it could not be decoded.
    init(_ material: Material, toon: ToonMaterial? = nil, range values: (TextureInfo) -> ChannelRange?) {
        baseColor = material.baseColorFactor
        emissive = material.emissiveFactor * material.emissiveStrength
        metallic = material.metallicFactor
        roughness = material.roughnessFactor
        alphaCutoff = material.alphaCutoff
        let f0 = (material.ior - 1) / (material.ior + 1)
        let tinted = material.specularColorFactor * (f0 * f0 * material.specularFactor)
        reflectance = SIMD4(
            min(tinted.x, 1), min(tinted.y, 1), min(tinted.z, 1), material.specularFactor)
        self.toon = toon
        key.isToon = toon != nil
        key.isLit = toon != nil || !material.unlit
        key.isDoubleSided = material.doubleSided
        alphaMode =
            switch material.alphaMode {
            case .opaque: .opaque
            case .mask: .mask
            case .blend: .blend
            }
        key.alpha = alphaMode
        readBase(material, values)
        if let toon {
            readNormal(material, values)
            readEmissive(material, values)
            readToon(toon, values)
        } else if key.isLit {
            readSurface(material, values)
            readNormal(material, values)
            readEmissive(material, values)
            readLayers(material, values)
            readSpecular(material, values)
            // Reflections of metals, and of the specular colours of old exporters, are too strong for eight bits.
            key.isDielectric =
                metallic == 0 && !key.hasIridescence && max(tinted.x, tinted.y, tinted.z) < 0.3
        } else {
            emissive = .zero
        }
        assignUVSets()
    }

    private mutating func readBase(_ m: Material, _ values: (TextureInfo) -> ChannelRange?) {
        guard let info = m.baseColorTexture, let range = values(info) else {
            lowestAlpha = baseColor.w
            simplifyAlpha()
            return
        }
        lowestAlpha = baseColor.w * Float(range.low.w) / 255
        simplifyAlpha()
        if range.isConstant([0, 1, 2]), key.alpha == .opaque || range.isConstant([3]) {
            let c = SIMD4<Float>(range.low) / 255
            baseColor *= SIMD4(
                SRGB.decoded(c.x), SRGB.decoded(c.y), SRGB.decoded(c.z), c.w)
        } else {
            textures[.base] = info
        }
    }

    private mutating func simplifyAlpha() {
        switch alphaMode {
        case .opaque: break
        case .mask: key.alpha = lowestAlpha >= alphaCutoff ? .opaque : .mask
        case .blend: key.alpha = lowestAlpha >= 0.999 ? .opaque : .blend
        }
    }

    /// Takes in what the material itself does not know.
    /// - Parameters:
    ///   - vertexAlpha: the lowest of the vertices' colours.
    ///   - isChanged: whether an expression changes the colour, and perhaps its alpha.
    mutating func considerAlpha(vertexAlpha: Float, isChanged: Bool) {
        lowestAlpha = isChanged ? 0 : lowestAlpha * vertexAlpha
        simplifyAlpha()
    }

    private mutating func readSurface(_ m: Material, _ values: (TextureInfo) -> ChannelRange?) {
        if let info = m.metallicRoughnessTexture, let range = values(info) {
            let metal = metallic == 0 ? 0 : range.steady(2)
            let rough = roughness == 0 ? 0 : range.steady(1)
            if let metal, let rough {
                metallic *= metal
                roughness *= rough
            } else {
                textures[.surface] = info
                // The texture still multiplies, so nothing but zero can be taken out of it.
                if metal == 0 { metallic = 0 }
            }
        }
        guard let info = m.occlusionTexture, info.scale != 0, let range = values(info) else { return }
        guard !(range.isConstant([0]) && range.low.x == 255) else { return }
        occlusionStrength = info.scale
        if let shared = textures[.surface], shared.texture == info.texture,
            UVSet(shared) == UVSet(info)
        {
            key.sharesOcclusion = true
        } else {
            textures[.occlusion] = info
        }
    }

    private mutating func readNormal(_ m: Material, _ values: (TextureInfo) -> ChannelRange?) {
        guard let info = m.normalTexture, info.scale != 0, let range = values(info) else { return }
        // A flat map says 127 or 128 everywhere.
        let flat =
            (126...129).contains(range.low.x) && (126...129).contains(range.high.x)
            && (126...129).contains(range.low.y) && (126...129).contains(range.high.y)
        guard !flat else { return }
        textures[.normal] = info
        normalScale = info.scale
    }

    private mutating func readEmissive(_ m: Material, _ values: (TextureInfo) -> ChannelRange?) {
        guard emissive != .zero, let info = m.emissiveTexture, let range = values(info) else { return }
        if range.isConstant([0, 1, 2]) {
            let c = SIMD4<Float>(range.low) / 255
            emissive *= SIMD3(SRGB.decoded(c.x), SRGB.decoded(c.y), SRGB.decoded(c.z))
        } else {
            textures[.emissive] = info
        }
    }

    private mutating func readToon(_ toon: ToonMaterial, _ values: (TextureInfo) -> ChannelRange?) {
        let slots: [(ShaderKey.Slot, TextureInfo?)] = [
            (.shade, toon.shadeMultiplyTexture), (.matcap, toon.matcapTexture), (.rim, toon.rimTexture),
            (.shift, toon.shadingShiftTexture), (.width, hasOutline ? toon.outlineWidthTexture : nil),
            (.motion, toon.hasUVAnimation ? toon.uvAnimationMaskTexture : nil),
        ]
        for (slot, info) in slots {
            if let info, values(info) != nil { textures[slot] = info }
        }
        key.hasUVAnimation = toon.hasUVAnimation
        key.hasMatcap = textures[.matcap] != nil && toon.matcapFactor != .zero
    }

    /// Textures with the same coordinates share a set of `uvSets`.
    private mutating func assignUVSets() {
        for (slot, info) in transformedTextures {
            let set = UVSet(info)
            if let known = uvSets.firstIndex(of: set) {
                key.uvOfSlot[slot] = known
            } else {
                key.uvOfSlot[slot] = uvSets.count
                uvSets.append(set)
            }
        }
        key.uvCount = uvSets.count
    }

    /// The textures but the matcap, whose coordinates are made of normals.
    private var transformedTextures: [(ShaderKey.Slot, TextureInfo)] {
        ShaderKey.Slot.allCases.compactMap { slot in
            slot == .matcap ? nil : textures[slot].map { (slot, $0) }
        }
    }

    /// Gives each texture coordinates of its own, so that materials differ less.
    mutating func separateUVSets() {
        uvSets = []
        for (slot, info) in transformedTextures where key.uvOfSlot[slot] != nil {
            key.uvOfSlot[slot] = uvSets.count
            uvSets.append(UVSet(info))
        }
        key.uvCount = uvSets.count
    }

    /// Leaves only the base colour with its texture, alpha and light.
    mutating func simplify() {
        textures = textures.filter { $0.key == .base }
        uvSets = []
        key.uvOfSlot = [:]
        assignUVSets()
        key.sharesOcclusion = false
        key.hasClearcoat = false
        key.hasSheen = false
        key.hasTransmission = false
        key.ignoresAlpha = false
        key.hasIridescence = false
        key.hasDispersion = false
        key.hasMatcap = false
        key.hasUVAnimation = false
        key.isSkin = false
        key.isHair = false
        key.isEye = false
        key.isEmissive = true
        key.hasBaseFactor = true
    }

    /// The textures that it uses.
    var textureUses: [TextureUse] { textures.map { TextureUse(info: $0.value, content: $0.key.content) } }

    /// Every texture of a material by its use.
    static func slots(_ m: Material, _ toon: ToonMaterial?) -> [(ShaderKey.Slot, TextureInfo)] {
        let all: [(ShaderKey.Slot, TextureInfo?)] = [
            (.base, m.baseColorTexture), (.surface, m.metallicRoughnessTexture), (.normal, m.normalTexture),
            (.occlusion, m.occlusionTexture), (.emissive, m.emissiveTexture), (.coat, m.clearcoat?.texture),
            (.coatRoughness, m.clearcoat?.roughnessTexture), (.coatNormal, m.clearcoat?.normalTexture),
            (.sheen, m.sheen?.colorTexture), (.sheenRoughness, m.sheen?.roughnessTexture),
            (.specular, m.specularTexture), (.specularColor, m.specularColorTexture),
            (.transmission, m.transmission?.texture), (.thickness, m.transmission?.thicknessTexture),
            (.gloss, m.glossiness?.texture), (.film, m.iridescence?.texture),
            (.filmThickness, m.iridescence?.thicknessTexture), (.shade, toon?.shadeMultiplyTexture),
            (.matcap, toon?.matcapTexture), (.rim, toon?.rimTexture), (.shift, toon?.shadingShiftTexture),
            (.width, toon?.outlineWidthTexture), (.motion, toon?.uvAnimationMaskTexture),
        ]
        return all.compactMap { slot, info in info.map { (slot, $0) } }
    }

    /// `uUV` of `surface.vert` (KHR_texture_transform), with an expression's own scale and offset after it.
    func uvRows(_ change: MaterialOverride?) -> [SIMD4<Float>] {
        let scale = change?.textureScale ?? SIMD2(repeating: 1)
        let offset = change?.textureOffset ?? .zero
        return uvSets.flatMap { set -> [SIMD4<Float>] in
            let (c, s) = (cosine(set.rotation), sine(set.rotation))
            let u = SIMD3(c * set.scale.x, s * set.scale.y, set.offset.x) * scale.x
            let v = SIMD3(-s * set.scale.x, c * set.scale.y, set.offset.y) * scale.y
            return [
                SIMD4(u.x, u.y, u.z + offset.x, Float(set.texCoord)), SIMD4(v.x, v.y, v.z + offset.y, 0),
            ]
        }
    }
}

/// The least and greatest value of each channel.
struct ChannelRange {
    var low = SIMD4<UInt8>(repeating: 255)
    var high = SIMD4<UInt8>(repeating: 0)

    init(_ image: PixelBuffer) {
        image.bytes.withUnsafeBytes { raw in
            for i in stride(from: 0, to: raw.count - 3, by: 4) {
                let v = raw.loadUnaligned(fromByteOffset: i, as: SIMD4<UInt8>.self)
                low.replace(with: v, where: v .< low)
                high.replace(with: v, where: v .> high)
            }
        }
    }

    /// The value, 0...1, of a channel that varies no more than compression noise does; nearly black is 0.
    func steady(_ channel: Int) -> Float? {
        if high[channel] <= 6 { return 0 }
        guard high[channel] - low[channel] <= 6 else { return nil }
        return (Float(low[channel]) + Float(high[channel])) / 510
    }

    func isConstant(_ channels: [Int]) -> Bool { channels.allSatisfy { low[$0] == high[$0] } }
}
