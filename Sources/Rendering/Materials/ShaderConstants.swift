import AvatariumCore

/// What stays the same for a scene's life, written into its shaders: llvmpipe reads a uniform once for each pixel
/// of a vector, and a constant not at all.
struct ShaderConstants: Hashable {
    let source: String

    init(_ look: RenderLook, _ environment: EnvironmentLight?, _ lights: LightRig) {
        var lines = ["const float EXPOSURE = \(look.exposure);"]
        if let environment {
            let rows = environment.harmonics.coefficients.map { "vec3(\($0.x), \($0.y), \($0.z))" }
            lines += [
                "// x: levels - 1, y: size of a map, z: size with border over atlas width, w: over its height.",
                "const vec4 RADIANCE_SHAPE = \(Self.vector(environment.shape));",
                "// Irradiance over pi as spherical harmonics (Ramamoorthi and Hanrahan 2001), constants folded in.",
                "const vec3 HARMONICS[9] = vec3[9](\(rows.joined(separator: ", ")));",
            ]
        }
        if lights.count > 0, !lights.hasPunctual {
            let values = lights.values(FramePose(nodeMatrices: [], morphWeights: []))
            for (name, list) in [("POSITION", values.positions), ("COLOR", values.colors)] {
                let rows = list.map(Self.vector).joined(separator: ", ")
                lines.append("const vec4 LIGHT_\(name)[\(list.count)] = vec4[\(list.count)](\(rows));")
            }
        }
        source = lines.joined(separator: "\n") + "\n"
    }

    private static func vector(_ v: SIMD4<Float>) -> String { "vec4(\(v.x), \(v.y), \(v.z), \(v.w))" }
}
