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
    /// `uCoat`, `uSheen`, `uTransmission` and `uVolume` of `blocks.glsl`.
    var layers = [SIMD4<Float>](repeating: .zero, count: 4)
    var toon: ToonMaterial?
    /// The file's own mode; `key.alpha` is opaque where there is nothing to see through.
    private let alphaMode: ShaderKey.Alpha
    /// Of the factor and the texture.
    private var lowestAlpha: Float = 1

    /// - Parameter pixels: the decoded image behind a texture.
    init(_ material: Material, toon: ToonMaterial? = nil, pixels: (TextureInfo) -> PixelBuffer?) {
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
        readBase(material, pixels)
        if let toon {
            readNormal(material, pixels)
            readEmissive(material, pixels)
            readToon(toon, pixels)
        } else if key.isLit {
            readSurface(material, pixels)
            readNormal(material, pixels)
            readEmissive(material, pixels)
            readLayers(material, pixels)
            readSpecular(material, pixels)
            key.isDielectric = metallic == 0
        } else {
            emissive = .zero
        }
        assignUVSets()
    }

    private mutating func readBase(_ m: Material, _ pixels: (TextureInfo) -> PixelBuffer?) {
        guard let info = m.baseColorTexture, let image = pixels(info) else {
            lowestAlpha = baseColor.w
            simplifyAlpha()
            return
        }
        let range = ChannelRange(image)
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

    private mutating func readSurface(_ m: Material, _ pixels: (TextureInfo) -> PixelBuffer?) {
        if let info = m.metallicRoughnessTexture, let image = pixels(info) {
            let range = ChannelRange(image)
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
        guard let info = m.occlusionTexture, info.scale != 0, let image = pixels(info) else { return }
        let range = ChannelRange(image)
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

    private mutating func readNormal(_ m: Material, _ pixels: (TextureInfo) -> PixelBuffer?) {
        guard let info = m.normalTexture, info.scale != 0, let image = pixels(info) else { return }
        // A flat map says 127 or 128 everywhere.
        let range = ChannelRange(image)
        let flat =
            (126...129).contains(range.low.x) && (126...129).contains(range.high.x)
            && (126...129).contains(range.low.y) && (126...129).contains(range.high.y)
        guard !flat else { return }
        textures[.normal] = info
        normalScale = info.scale
    }

    private mutating func readEmissive(_ m: Material, _ pixels: (TextureInfo) -> PixelBuffer?) {
        guard emissive != .zero, let info = m.emissiveTexture, let image = pixels(info) else { return }
        let range = ChannelRange(image)
        if range.isConstant([0, 1, 2]) {
            let c = SIMD4<Float>(range.low) / 255
            emissive *= SIMD3(SRGB.decoded(c.x), SRGB.decoded(c.y), SRGB.decoded(c.z))
        } else {
            textures[.emissive] = info
        }
    }

    private mutating func readToon(_ toon: ToonMaterial, _ pixels: (TextureInfo) -> PixelBuffer?) {
        let slots: [(ShaderKey.Slot, TextureInfo?)] = [
            (.shade, toon.shadeMultiplyTexture), (.matcap, toon.matcapTexture), (.rim, toon.rimTexture),
            (.shift, toon.shadingShiftTexture),
        ]
        for (slot, info) in slots {
            if let info, pixels(info) != nil { textures[slot] = info }
        }
        key.hasMatcap = textures[.matcap] != nil && toon.matcapFactor != .zero
    }

    private mutating func assignUVSets() {
        for slot in ShaderKey.Slot.allCases {
            guard slot != .matcap, let info = textures[slot] else { continue }
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
