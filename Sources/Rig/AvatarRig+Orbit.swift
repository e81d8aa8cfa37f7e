import AvatariumCore
import GLTF
import Geometry

/// Where a camera stands on a sphere about what it looks at, as glTF viewers write it; nil parts are chosen.
public struct CameraOrbit: Sendable, Equatable {
    /// Degrees about the vertical; 0 is in front, positive to the avatar's left. Nil is 0.
    public var theta: Float?
    /// Degrees down from straight above; 90 is level. Nil is 90.
    public var phi: Float?
    /// Metres from what it looks at. Nil is the distance at which the framing fills the picture.
    public var radius: Float?

    public init(theta: Float? = nil, phi: Float? = nil, radius: Float? = nil) {
        self.theta = theta
        self.phi = phi
        self.radius = radius
    }
}

extension AvatarRig {
    /// A camera on a sphere about the middle of what a framing shows: of the face, of head and shoulders, or of the
    /// whole model.
    /// - Parameters:
    ///   - aspect: The picture's width divided by its height.
    ///   - target: Another point to look at, metres.
    public func camera(
        _ framing: Framing, aspect: Float, orbit: CameraOrbit, target: SIMD3<Float>? = nil
    ) -> ViewCamera {
        var view = camera(framing, aspect: aspect)
        let whole = bounds()
        var distance = view.eye.z - view.target.z
        if framing == .body || headBounds() == nil, let whole {
            // The whole model was seen from its front; it is turned about its middle.
            view.target.z = whole.center.z
            distance = view.eye.z - whole.center.z
        }
        view.target = target ?? view.target
        let theta = (orbit.theta ?? 0) * .pi / 180
        let phi = (orbit.phi ?? 90) * .pi / 180
        let away = SIMD3(sine(phi) * sine(theta), cosine(phi), sine(phi) * cosine(theta))
        view.eye = view.target + away * (orbit.radius ?? distance)
        if abs(away.y) > 0.9999 {
            view.up = SIMD3(-sine(theta), 0, -cosine(theta)) * (away.y > 0 ? 1 : -1)
        }
        let extent = whole.map { max($0.size.x, $0.size.y, $0.size.z) } ?? 1
        view.far = 2 * max(extent, length(view.eye - view.target))
        view.near = view.far / 1000
        return view
    }

    /// Whether a point lies inside the model at rest, where a camera would see the backs of its surfaces.
    ///
    /// Told by the winding number (Jacobson, Kavan, Sorkine-Hornung, "Robust Inside-Outside Segmentation using
    /// Generalized Winding Numbers", 2013), which open necks and sleeves do not confuse.
    public func isInside(_ point: SIMD3<Float>) -> Bool {
        let geometry = PosedGeometry(model.document, world: neutralWorld())
        guard let box = geometry.bounds(), geometry.isMeasurable,
            all(point .>= box.low) && all(point .<= box.high)
        else { return false }
        var solidAngle = 0.0
        for (node, mesh) in model.document.drawnMeshNodes {
            for primitive in model.document.meshes[mesh].primitives {
                let corners = geometry.positions(node: node, primitive: primitive).map { $0 - point }
                for (a, b, c) in geometry.triangles(primitive, count: corners.count) {
                    solidAngle += Self.solidAngle(corners[a], corners[b], corners[c])
                }
            }
        }
        return solidAngle > 2 * .pi
    }

    /// Of a triangle seen from the origin, steradians, positive where its back is seen (van Oosterom, Strackee 1983).
    private static func solidAngle(_ a: SIMD3<Float>, _ b: SIMD3<Float>, _ c: SIMD3<Float>) -> Double {
        let (x, y, z) = (length(a), length(b), length(c))
        let below = x * y * z + dot(a, b) * z + dot(b, c) * x + dot(c, a) * y
        return 2 * Double(arcTangent(dot(a, cross(b, c)), below))
    }
}
