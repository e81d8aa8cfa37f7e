import AvatariumCore
import GLTF

/// The key light and the lights of the scene that is shown, as uniforms.
struct LightRig {
    private enum Source {
        case key
        case punctual(node: Int, light: Light)
    }
    private var sources: [Source] = []
    /// The arrays of `blocks.glsl` have this length.
    static let limit = 64
    private(set) var diagnostics: [Diagnostic] = []

    init(_ document: Document, keyLight: Bool, modelLights: Bool) {
        if keyLight { sources.append(.key) }
        guard modelLights else { return }
        for index in document.sceneNodes {
            guard let light = document.nodes[index].light else { continue }
            if sources.count < Self.limit {
                sources.append(.punctual(node: index, light: document.lights[light]))
            } else {
                diagnostics.append(
                    Diagnostic(
                        .warning, "LIGHT_BEYOND_LIMIT", pointer: "/nodes/\(index)",
                        "this light is ignored: at most \(Self.limit) lights are used, including the key "
                            + "light")
                )
            }
        }
    }

    var count: Int { sources.count }
    var hasPunctual: Bool { sources.contains { if case .punctual = $0 { true } else { false } } }

    /// Towards the key light: from above left, in front.
    static let keyDirection = normalize(SIMD3<Float>(-0.5, 0.62, 0.75))
    /// Illuminance of the key light by channel [lux]: warm, about half of what the studio gives a face.
    private static let keyIlluminance = SIMD4<Float>(1.75, 1.63, 1.48, 0)

    /// The light arrays of `blocks.glsl`.
    struct Values {
        /// Direction to the light with w = 0, or its position with w = 1 [m].
        var positions: [SIMD4<Float>] = []
        /// Illuminance [lux] of a directional light, intensity [cd] of another, by channel; w is 1 / range^2 [1/m^2].
        var colors: [SIMD4<Float>] = []
        /// Where a spot points.
        var spots: [SIMD4<Float>] = []
        /// Scale and offset of the cosine to a spot's axis.
        var cones: [SIMD4<Float>] = []
    }

    func values(_ pose: FramePose) -> Values {
        var out = Values()
        for source in sources {
            switch source {
            case .key:
                out.positions.append(SIMD4(Self.keyDirection, 0))
                out.colors.append(Self.keyIlluminance)
                out.spots.append(.zero)
                out.cones.append(SIMD4(0, 1, 0, 0))
            case .punctual(let node, let light):
                append(light, node < pose.nodeMatrices.count ? pose.nodeMatrices[node] : .identity, &out)
            }
        }
        return out
    }

    private func append(_ light: Light, _ m: Matrix4, _ out: inout Values) {
        let forward = normalize(m.transformDirection(SIMD3(0, 0, -1)))
        let color = light.color * light.intensity
        let inverseRange2 = light.range.map { 1 / max($0 * $0, 1e-12) } ?? 0
        out.colors.append(SIMD4(color.x, color.y, color.z, inverseRange2))
        out.spots.append(SIMD4(forward.x, forward.y, forward.z, 0))
        switch light.kind {
        case .directional:
            out.positions.append(SIMD4(-forward.x, -forward.y, -forward.z, 0))
            out.cones.append(SIMD4(0, 1, 0, 0))
        case .point:
            let p = m.translation
            out.positions.append(SIMD4(p.x, p.y, p.z, 1))
            out.cones.append(SIMD4(0, 1, 0, 0))
        case .spot(let inner, let outer):
            let p = m.translation
            out.positions.append(SIMD4(p.x, p.y, p.z, 1))
            // KHR_lights_punctual's reference form.
            let scale = 1 / max(0.001, cosine(inner) - cosine(outer))
            out.cones.append(SIMD4(scale, -cosine(outer) * scale, 0, 0))
        }
    }
}
