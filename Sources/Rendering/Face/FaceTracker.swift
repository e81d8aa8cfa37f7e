import AvatariumCore
import GLES

/// Follows eyes, lids and lips of a scene from frame to frame, by the vertices that were found at loading.
struct FaceTracker {
    private let bake: FaceBake
    /// The item of each of `bake.drawn`, and of each eye.
    private let drawn: [Int]
    private let eyes: [Int]
    private let texture: Texture?

    /// `uFace` and `uEyeball` of `blocks.glsl`.
    static let vectorCount = 11
    static let none = [SIMD4<Float>](repeating: .zero, count: vectorCount)

    init?(_ context: Context, _ bake: FaceBake?, _ items: [DrawItem]) {
        guard let bake else { return nil }
        func place(_ mesh: FaceBake.Drawn) -> Int {
            items.firstIndex { $0.source == mesh.item && $0.node == mesh.node } ?? -1
        }
        self.bake = bake
        drawn = bake.drawn.map(place)
        eyes = bake.eyes.map { place($0.drawn) }
        for i in Set(drawn + eyes) where items.indices.contains(i) { items[i].isFollowed = true }
        texture = items.contains { $0.surface.key.isSkin } ? SkinScattering.texture(context) : nil
    }

    /// Makes the table of skin's light the one that programs read.
    func bind(_ state: StateCache) {
        if let texture { state.bind(texture, unit: ProgramCache.scatteringUnit) }
    }

    /// For each item that has a face's material the values of its block, in a pose that `items` show.
    func values(_ items: [DrawItem], _ pose: FramePose) -> [Int: [SIMD4<Float>]] {
        func position(_ item: Int, _ vertex: Int) -> SIMD3<Float> {
            guard items.indices.contains(item) else { return .zero }
            return items[item].matrix(pose).transformPoint(items[item].mesh.deformer.position(of: vertex))
        }
        func lid(_ v: LidEdges.Vertex) -> SIMD3<Float> { position(drawn[v.mesh], v.vertex) }
        let opening = bake.gap.map { $0.opening(lid) } ?? 0.5
        var out: [Int: [SIMD4<Float>]] = [:]
        var common = Self.none
        common[0].x = opening
        for (i, item) in items.enumerated() where item.surface.key.hasFace { out[i] = common }
        for (eye, item) in zip(bake.eyes, eyes) where items.indices.contains(item) {
            let frame = EyeFrame(eye.shape) { position(item, $0) }
            guard frame.radius > 0, frame.radius.isFinite else { continue }
            var rows = [
                SIMD4(frame.centre, frame.radius), SIMD4(frame.ahead, eye.shape.irisCosine),
                SIMD4(frame.up, 0),
                // Without lids, edges far above and below.
                SIMD4(4, 0, 0, 0), SIMD4(-4, 0, 0, 0),
            ]
            if let lids = eye.lids,
                let upper = LidEdges.parabola(lids.upper.map { frame.place(lid($0)) }),
                let lower = LidEdges.parabola(lids.lower.map { frame.place(lid($0)) })
            {
                rows[2].w = 1
                rows[3] = SIMD4(upper, 0)
                rows[4] = SIMD4(lower, 0)
            }
            out[item, default: common].replaceSubrange(1 + eye.number * 5..<6 + eye.number * 5, with: rows)
        }
        return out
    }
}
