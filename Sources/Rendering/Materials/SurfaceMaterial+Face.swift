import AvatariumCore
import GLES
import Geometry
import VRM

extension SurfaceMaterial {
    /// Takes a part of a face: skin lets light through, hair has its highlights, eyes a cornea, and the inside of a mouth
    /// sees as much light as the lips let in. Toon and metallic materials stay as they are.
    /// - Parameters:
    ///   - isNamed: Whether the material itself says so: a head of plaster is called a head as well.
    ///   - picture: Of the base texture.
    mutating func adaptToFace(_ part: FacePart, isNamed: Bool, picture: GLES.Texture.Level?) {
        guard key.isLit, !key.isToon, key.isDielectric else { return }
        self.part = part
        switch part {
        case .skin:
            key.isSkin = roughness > 0.25 && key.alpha == .opaque && (isNamed || isFleshy(picture))
        case .hair:
            key.isHair = true
        case .eye:
            if textures[.surface] == nil { roughness = min(roughness, 0.14) }
            key.isEye = key.alpha == .opaque && !key.hasClearcoat && !key.hasTransmission
        case .mouth:
            let shade: Float = 0.75
            baseColor *= SIMD4(shade, shade, shade, 1)
            reflectance *= SIMD4(shade, shade, shade, shade)
        }
    }

    /// Does without what needs vertices that know their surroundings.
    mutating func leaveFace() {
        key.isEye = false
        key.isSkin = false
    }

    /// Whether the colour is one that skin can have: red before green before blue.
    private func isFleshy(_ picture: GLES.Texture.Level?) -> Bool {
        var sum = SIMD3<Float>.zero
        var count: Float = 0
        if let picture {
            for i in stride(from: 0, to: picture.bytes.count - 3, by: 4 * 61) {
                sum += SIMD3(
                    Float(picture.bytes[i]), Float(picture.bytes[i + 1]), Float(picture.bytes[i + 2]))
                count += 1
            }
        }
        let mean = count > 0 ? sum / (255 * count) : SIMD3(repeating: 1)
        let color = mean * SIMD3(baseColor.x, baseColor.y, baseColor.z)
        return color.x > color.y * 1.04 && color.y > color.z * 0.98
    }

    /// The coordinates of the base texture at the vertices; nil where there is none.
    func baseCoordinates(_ geometry: MeshGeometry) -> [SIMD2<Float>]? {
        guard let slot = key.uvOfSlot[.base], uvSets.indices.contains(slot) else { return nil }
        let set = uvSets[slot]
        let uv = set.texCoord == 1 ? geometry.uv1 : geometry.uv0
        guard uv.count == geometry.vertexCount else { return nil }
        let rows = uvRows(nil)
        let (u, v) = (rows[2 * slot], rows[2 * slot + 1])
        return uv.map { at in
            SIMD2(u.x * at.x + u.y * at.y + u.z, v.x * at.x + v.y * at.y + v.z)
        }
    }
}
