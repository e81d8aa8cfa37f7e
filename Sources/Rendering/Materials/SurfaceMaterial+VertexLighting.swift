import AvatariumCore
import GLES
import Geometry

extension SurfaceMaterial {
    /// Between corners whose normals turn by 32 degrees at most, light computed at the corners is hardly told apart
    /// from light computed between them (docs/PERFORMANCE.md has the difference).
    static let steadyCosine: Float = 0.85
    /// On longer edges, as a share of the mesh's radius, a highlight would follow the triangles.
    static let longestEdge: Float = 0.4
    /// Smoother surfaces have highlights smaller than a triangle.
    private static let leastRoughness: Float = 0.4

    /// Whether light may be computed at the vertices of steady triangles, of all in `draft` quality. `high` quality
    /// computes it at every pixel.
    func canBeVertexLit(_ key: ShaderKey, _ quality: Quality) -> Bool {
        guard quality != .high, key.isLit, !key.isToon, key.isDielectric, !key.hasPunctualLights,
            !key.isEye || quality == .draft, !key.hasClearcoat,
            !key.hasSheen, !key.hasTransmission,
            !key.hasIridescence,
            [.surface, .occlusion, .normal, .specular, .specularColor, .gloss].allSatisfy({
                key.uvOfSlot[$0] == nil
            })
        else { return false }
        return quality == .draft || roughness >= Self.leastRoughness
    }

    /// Has the display transform computed at vertices as well, where light is and the base texture varies little.
    /// - Parameter texture: A small version of the base texture.
    mutating func toneMapAtVertices(_ geometry: MeshGeometry, texture: Texture.Level?) {
        guard geometry.topology == .triangles, key.uvOfSlot[.emissive] == nil else { return }
        if key.uvOfSlot[.base] != nil {
            guard let texture, let coordinates = baseCoordinates(geometry) else { return }
            texelRange = TexelRange(texture, coordinates: coordinates, indices: geometry.indices)
            guard texelRange != nil else { return }
        }
        key.isVertexToneMapped = true
    }
}
