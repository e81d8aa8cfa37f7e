import AvatariumCore

/// Light from all around, computed and not yet on the GPU.
struct LightProbe: Sendable {
    let harmonics: SphericalHarmonics
    let radiance: PrefilteredRadiance
    /// The picture itself, when it is to be seen.
    let panorama: Panorama?

    private struct Key: Hashable {
        var source: EnvironmentSource
        var isVisible: Bool
    }
    /// Filtering takes tens of milliseconds of all cores, and every renderer of a process asks for the same.
    private static let probes = SharedLoads<Key, LightProbe>(capacity: 2)

    /// - Throws: E021 or E071 for an environment file that cannot be used.
    static func shared(_ source: EnvironmentSource, isVisible: Bool) throws -> LightProbe {
        try probes.value(Key(source: source, isVisible: isVisible)) {
            try LightProbe(source, isVisible: isVisible)
        }
    }

    private init(_ source: EnvironmentSource, isVisible: Bool) throws {
        switch source {
        case .hdr(let path):
            let picture = try Panorama.load(path: path)
            let reduced = picture.reduced(to: 1024)
            let rows = ConcurrentRows(count: 256) { y in
                (0..<256).map { x in
                    // Four samples a texel, so that small lamps count by their area.
                    (0..<4).reduce(SIMD4<Float>.zero) { sum, s in
                        let (dx, dy) = (Float(s % 2) * 0.5 + 0.25, Float(s / 2) * 0.5 + 0.25)
                        let d = OctahedralMap.direction(Float(x) + dx, Float(y) + dy, 256)
                        return sum + reduced.sample(d)
                    } * 0.25
                }
            }
            self.init(
                OctahedralMap(size: 256, texels: rows.values.flatMap { $0 }), size: 128,
                panorama: isVisible ? picture.reduced(to: 2048) : nil)
        case .studio:
            self.init(
                OctahedralMap(size: 64, Studio.radiance), size: 64,
                panorama: isVisible ? Panorama(size: 256, Studio.radiance) : nil)
        case .dark:
            self.init(
                OctahedralMap(size: 64, Studio.radiance), size: 128,
                panorama: isVisible ? Panorama(size: 256, Studio.radiance) : nil)
        }
    }

    private init(_ map: OctahedralMap, size: Int, panorama: Panorama?) {
        harmonics = SphericalHarmonics(map)
        radiance = PrefilteredRadiance(map, size: size)
        self.panorama = panorama
    }
}
