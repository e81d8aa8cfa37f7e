import AvatariumCore
import Foundation
import VRM

extension SurfaceMaterial {
    var hasOutline: Bool { toon.map { $0.outlineWidthMode != .none && $0.outlineWidth > 0 } ?? false }

    /// Where the surface comes among blended ones, lower is earlier: those that write depth first, then by MToon's
    /// `renderQueueOffsetNumber` (VRMC_materials_mtoon 1.0, Render Queue).
    var queuePosition: Int {
        (toon?.renderQueueOffset ?? 0) - (toon?.transparentWithZWrite == true ? 100 : 0)
    }
}

extension ToonMaterial {
    var hasUVAnimation: Bool { uvScrollSpeed != .zero || uvRotationSpeed != 0 }

    /// `uToon` of `blocks.glsl`.
    /// - Parameters:
    ///   - change: What an expression changes.
    ///   - time: Seconds of UV animation.
    func uniforms(_ change: MaterialOverride?, time: Double) -> [SIMD4<Float>] {
        let shade = change?.shadeColor ?? shadeColor
        let rim = change?.rimColor ?? rimColor
        let matcap = change?.matcapColor ?? matcapFactor
        let outline = change?.outlineColor ?? outlineColor
        let turned = (Double(uvRotationSpeed) * time).truncatingRemainder(dividingBy: 2 * .pi)
        return [
            SIMD4(shade, shadingShift), SIMD4(shadingToony, giEqualization, rimFresnelPower, rimLift),
            SIMD4(rim, rimLightingMix), SIMD4(matcap, shadingShiftTexture?.scale ?? 1),
            SIMD4(outline, outlineLightingMix),
            SIMD4(
                Float(Double(uvScrollSpeed.x) * time), Float(Double(uvScrollSpeed.y) * time), Float(turned), 0
            ),
        ]
    }
}
