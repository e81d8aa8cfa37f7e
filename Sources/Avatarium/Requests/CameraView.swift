import AvatariumCore
import Rig

/// Adjustments of the camera and of the avatar's position, relative to a `Framing`.
public struct CameraView: Sendable, Equatable {
    /// The position of the camera, as an orbit around `target`, instead of that of the framing.
    public var orbit: CameraOrbit?
    /// The point that the camera looks at, in metres, instead of that of the framing.
    public var target: SIMD3<Float>?
    /// Vertical field of view, 1 to 170 degrees.
    public var fovDegrees: Float?
    /// The offset of the avatar, in fractions of the frame's width (to the right) and height (up), -2 to 2. The lens
    /// is shifted, so the perspective does not change.
    public var place: SIMD2<Float>?
    /// The size of the avatar in the frame, 0.05 to 20, relative to that of the framing.
    public var scale: Float?

    public init() {}

    /// Returns these values, falling back to those of `base` where they are nil.
    public func over(_ base: CameraView) -> CameraView {
        var view = self
        view.orbit = orbit ?? base.orbit
        view.target = target ?? base.target
        view.fovDegrees = fovDegrees ?? base.fovDegrees
        view.place = place ?? base.place
        view.scale = scale ?? base.scale
        return view
    }

    /// Checks every number.
    /// - Throws: E071 with `context["field"]`.
    func validate() throws {
        if let fovDegrees { try (1...170).check(Double(fovDegrees), field: "fov") }
        if let scale { try (0.05...20).check(Double(scale), field: "scale") }
        for share in [place?.x, place?.y] { try share.map { try (-2...2).check(Double($0), field: "place") } }
        for part in [target?.x, target?.y, target?.z] {
            try part.map { try (-1e6...1e6).check(Double($0), field: "cameraTarget") }
        }
        guard let orbit else { return }
        for part in [orbit.theta, orbit.phi] {
            try part.map { try (-1e6...1e6).check(Double($0), field: "cameraOrbit") }
        }
        if let radius = orbit.radius, !(radius >= 0 && radius.isFinite) {
            throw AvatariumError(
                .invalidConfig, "the orbit's radius must be 0 or more", context: ["field": "camera-orbit"])
        }
    }
}

extension CameraView: Codable, FieldGroup {
    package enum CodingKeys: String, CodingKey, CaseIterable {
        case orbit = "cameraOrbit"
        case target = "cameraTarget"
        case fovDegrees = "fov"
        case place, scale
    }

    /// - Throws: `DecodingError` for an unknown field or an invalid value.
    public init(from decoder: any Decoder) throws {
        try self.init(WireFields(decoder, CodingKeys.self))
    }

    package init(_ field: WireFields<CodingKeys>) throws {
        try field(.orbit, &orbit)
        try field(.target, &target)
        try field(.fovDegrees, &fovDegrees)
        try field(.place, &place)
        try field(.scale, &scale)
    }
}

extension AvatarRig {
    /// Places the camera.
    /// - Parameter aspect: The picture's width divided by its height.
    /// - Returns: The camera, and a warning where it stands inside the head.
    /// - Throws: E071 for numbers out of range.
    func camera(_ framing: Framing, _ asked: CameraView, aspect: Float) throws -> (
        ViewCamera, warnings: [Diagnostic]
    ) {
        try asked.validate()
        var view = camera(framing, aspect: aspect, orbit: asked.orbit, target: asked.target)
        if let degrees = asked.fovDegrees { view.fovY = degrees * .pi / 180 }
        if let scale = asked.scale { view.fovY = 2 * arcTangent(tangent(view.fovY / 2), scale) }
        if let place = asked.place { view.shift = place }
        guard asked != CameraView() else { return (view, []) }
        if asked.orbit != nil || asked.target != nil, isInside(view.eye) {
            return (view, [Self.insideWarning])
        }
        return (view, isVisible(to: view, aspect: aspect) ? [] : [Self.outOfSightWarning])
    }

    /// Whether any of the model at rest can be in the picture, and is larger than a speck.
    private func isVisible(to view: ViewCamera, aspect: Float) -> Bool {
        guard let box = bounds() else { return true }
        let matrix = view.projectionMatrix(aspect: aspect) * view.viewMatrix
        var (low, high) = (SIMD2<Float>(repeating: .infinity), SIMD2<Float>(repeating: -.infinity))
        var inFront = 0
        for corner in 0..<8 {
            let at = SIMD3<Float>(
                corner & 1 == 0 ? box.low.x : box.high.x, corner & 2 == 0 ? box.low.y : box.high.y,
                corner & 4 == 0 ? box.low.z : box.high.z)
            let clip = matrix * SIMD4(at, 1)
            guard clip.w > 0 else { continue }
            inFront += 1
            let place = SIMD2(clip.x, clip.y) / clip.w
            low = pointwiseMin(low, place)
            high = pointwiseMax(high, place)
        }
        // The camera stands beside the model or within its box: what it sees cannot be told from the corners.
        guard inFront == 8 else { return inFront > 0 }
        return all(low .< 1) && all(high .> -1) && (high - low).max() > Self.smallestHeight
    }

    /// In clip space, which is 2 high: two pixels of a picture of 1080.
    private static let smallestHeight: Float = 0.004

    private static let insideWarning = Diagnostic(
        .warning, "CAMERA_INSIDE_MODEL",
        "the camera is inside the avatar; give a larger radius")

    private static let outOfSightWarning = Diagnostic(
        .warning, "CAMERA_SEES_NOTHING",
        "the avatar is out of the picture, or too far away to be seen; check the camera's radius and target, and the "
            + "avatar's placement")
}
