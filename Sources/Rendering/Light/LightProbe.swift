import AvatariumCore

/// Light from all around, filtered for drawing; a value without GL.
struct LightProbe: Sendable {
    let harmonics: SphericalHarmonics
    let radiance: PrefilteredRadiance
    /// The picture of the environment, where it is to be seen.
    let panorama: Panorama?

    /// What a probe depends on.
    struct Key: Hashable {
        var source: EnvironmentSource
        /// Whether the environment is seen behind the model.
        var isVisible: Bool
        var limits: RenderLimits
    }
    /// Filtering takes tens of milliseconds of all cores, and every renderer of a process asks for the same.
    private static let probes = SharedLoads<Key, LightProbe>(capacity: 2)

    /// Returns the light of an environment, made by the first who asks; nil where there is none.
    /// - Throws: E021 or E071 for an environment file that cannot be used.
    static func shared(_ key: Key) throws -> LightProbe? {
        guard key.source != .dark else { return nil }
        return try probes.value(key) {
            if case .hdr(let path) = key.source {
                let picture = try Panorama.load(
                    path: path, width: key.isVisible ? 2048 : 1024, limits: key.limits)
                return LightProbe(picture, isVisible: key.isVisible)
            }
            return LightProbe(studioIsVisible: key.isVisible)
        }
    }

    private init(_ picture: Panorama, isVisible: Bool) {
        let reduced = picture.reduced(to: 1024)
        let rows = ConcurrentRows(count: 256) { y in
            (0..<256).map { x in
                // Four samples per texel, so that small lamps count by their area.
                (0..<4).reduce(SIMD4<Float>.zero) { sum, s in
                    let (dx, dy) = (Float(s % 2) * 0.5 + 0.25, Float(s / 2) * 0.5 + 0.25)
                    let d = OctahedralMap.direction(Float(x) + dx, Float(y) + dy, 256)
                    return sum + reduced.sample(d)
                } * 0.25
            }
        }
        self.init(
            OctahedralMap(size: 256, texels: rows.values.flatMap { $0 }), size: 128,
            panorama: isVisible ? picture : nil)
    }

    private init(studioIsVisible isVisible: Bool) {
        self.init(
            OctahedralMap(size: 64, Studio.radiance), size: 64,
            panorama: isVisible ? Panorama(size: 256, Studio.radiance) : nil)
    }

    private init(_ map: OctahedralMap, size: Int, panorama: Panorama?) {
        harmonics = SphericalHarmonics(map)
        radiance = PrefilteredRadiance(map, size: size)
        self.panorama = panorama
    }
}
