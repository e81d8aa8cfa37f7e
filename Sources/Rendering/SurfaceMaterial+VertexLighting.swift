import Geometry

extension SurfaceMaterial {
    /// Between corners whose normals turn by 20 degrees at most, light computed at the corners is within a few
    /// per cent of light computed between them.
    private static let steadyCosine: Float = 0.94
    /// Smoother surfaces have highlights smaller than a triangle.
    private static let leastRoughness: Float = 0.4

    /// Whether light may be computed at the vertices. `high` quality computes it at every pixel.
    func canBeVertexLit(_ key: ShaderKey, _ geometry: MeshGeometry, _ quality: RenderQuality) -> Bool {
        guard quality != .high, key.isLit, !key.isToon, key.isDielectric, !key.hasPunctualLights,
            !key.hasClearcoat, !key.hasSheen, !key.hasTransmission,
            [.surface, .occlusion, .normal].allSatisfy({ key.uvOfSlot[$0] == nil })
        else { return false }
        if quality == .draft { return true }
        return roughness >= Self.leastRoughness
            && geometry.areaTurning(beyondCosine: Self.steadyCosine) < 0.1
    }
}
