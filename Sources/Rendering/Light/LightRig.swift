import AvatariumCore
import Foundation
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
    /// Illuminance that lights of the file give the model, by their nodes [lux].
    private let illuminances: [(node: Int, lux: Float)]

    init(_ document: Document, keyLight: Bool, modelLights: Bool) {
        if keyLight { sources.append(.key) }
        let nodes = modelLights ? document.sceneNodes.filter { document.nodes[$0].light != nil } : []
        let rest = nodes.isEmpty ? nil : RestPlaces(document)
        illuminances = nodes.compactMap { index in
            guard let rest, let light = document.nodes[index].light.map({ document.lights[$0] }) else {
                return nil
            }
            return (index, light.illuminance(from: rest.position(index), at: rest.center))
        }
        for index in nodes {
            guard let light = document.nodes[index].light else { continue }
            if sources.count < Self.limit {
                sources.append(.punctual(node: index, light: document.lights[light]))
            } else {
                diagnostics.append(
                    Diagnostic(
                        .warning, "LIGHT_BEYOND_LIMIT", pointer: "/nodes/\(index)",
                        "this light is not drawn: \(Self.limit) lights at most are, the key light among them")
                )
            }
        }
    }

    /// Illuminance times exposure from which a white surface is far beyond what any tone map shows [lux].
    private static let saturation: Float = 60

    /// Says which lights of the file make everything white, as those do that Blender exports in watts.
    func warnings(exposure factor: Float) -> [Diagnostic] {
        let strong = illuminances.filter { $0.lux * factor > Self.saturation }
        guard let worst = strong.max(by: { $0.lux < $1.lux }) else { return [] }
        let exposure = 3 / worst.lux
        let remedy = exposure < 0.01 ? "" : String(format: "lower the exposure to about %.1g, or ", exposure)
        return [
            Diagnostic(
                .warning, "LIGHT_SATURATES", pointer: "/nodes/\(worst.node)",
                "the light gives the model \(Int(min(worst.lux, 1e9))) lux and makes what it lights white; "
                    + "\(remedy)leave the model's lights out")
        ]
    }

    var count: Int { sources.count }
    var hasPunctual: Bool { sources.contains { if case .punctual = $0 { true } else { false } } }

    /// Towards the key light: from above left, in front.
    private static let keyDirection = normalize(SIMD3<Float>(-0.5, 0.62, 0.75))
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

extension Light {
    /// Illuminance on a surface at `place` that faces the light [lux], whatever a spot's cone.
    fileprivate func illuminance(from position: SIMD3<Float>, at place: SIMD3<Float>) -> Float {
        let strongest = (color * intensity).max()
        if case .directional = kind { return strongest }
        let away = place - position
        return strongest / max(dot(away, away), 0.01)
    }
}

/// Where the nodes of a model are in its rest pose, roughly: for orders of magnitude.
private struct RestPlaces {
    private var world: [Int: Matrix4] = [:]
    /// The middle of what is drawn.
    private(set) var center = SIMD3<Float>.zero

    init(_ document: Document) {
        var sum = SIMD3<Float>.zero
        var count: Float = 0
        for index in document.sceneNodes {
            let node = document.nodes[index]
            // Parents come before their children.
            let matrix = (node.parent.flatMap { world[$0] } ?? .identity) * node.localMatrix
            world[index] = matrix
            guard let mesh = node.mesh, node.skin == nil else { continue }
            for primitive in document.meshes[mesh].primitives {
                guard let accessor = primitive.attributes["POSITION"].map({ document.accessors[$0] }),
                    accessor.min.count >= 3, accessor.max.count >= 3
                else { continue }
                let middle = (0..<3).map { (accessor.min[$0] + accessor.max[$0]) / 2 }
                sum += matrix.transformPoint(SIMD3(Float(middle[0]), Float(middle[1]), Float(middle[2])))
                count += 1
            }
        }
        for skin in document.skins {
            for joint in skin.joints {
                guard let matrix = world[joint] else { continue }
                sum += matrix.translation
                count += 1
            }
        }
        if count > 0 { center = sum / count }
    }

    func position(_ node: Int) -> SIMD3<Float> { world[node]?.translation ?? .zero }
}
