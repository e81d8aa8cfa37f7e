import AvatariumCore
import GLTF
import Geometry

/// The position of a camera on a sphere around its target, in the notation of glTF viewers.
///
/// Nil parts have the values of the framing's camera; in JSON they are written `"auto"`.
public struct CameraOrbit: Sendable, Equatable {
    /// Degrees around the vertical axis; 0 is in front, positive to the avatar's left.
    public var theta: Float?
    /// Degrees down from straight above; 90 is level.
    public var phi: Float?
    /// The distance to the target in metres; 0 is the target itself.
    public var radius: Float?

    public init(theta: Float? = nil, phi: Float? = nil, radius: Float? = nil) {
        self.theta = theta
        self.phi = phi
        self.radius = radius
    }
}

extension CameraOrbit: Codable {
    private enum Part: Codable {
        case number(Float)
        case auto

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                guard text == "auto" else {
                    throw DecodingError.dataCorruptedError(
                        in: container, debugDescription: "must be a number or \"auto\"")
                }
                self = .auto
            } else {
                self = .number(try container.decode(Float.self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let value): try container.encode(value)
            case .auto: try container.encode("auto")
            }
        }

        var value: Float? { if case .number(let value) = self { value } else { nil } }
    }

    /// Decodes `[theta, phi, radius]`, each part a number or `"auto"`.
    public init(from decoder: any Decoder) throws {
        let parts = try decoder.singleValueContainer().decode([Part].self)
        guard parts.count == 3 else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath,
                    debugDescription: "must have three parts: theta, phi and radius"))
        }
        self.init(theta: parts[0].value, phi: parts[1].value, radius: parts[2].value)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode([theta, phi, radius].map { $0.map(Part.number) ?? .auto })
    }
}

extension ViewCamera {
    /// Puts the eye on a sphere around the target.
    /// - Parameter back: From the target to the eye, for the parts that the orbit leaves open.
    fileprivate mutating func turn(to orbit: CameraOrbit, from back: SIMD3<Float>) {
        let distance = length(back)
        let radius = orbit.radius ?? distance
        let theta = orbit.theta.map { $0 * .pi / 180 } ?? arcTangent(back.x, back.z)
        let phi =
            orbit.phi.map { $0 * .pi / 180 }
            ?? (distance > 0 ? arcTangent(length(SIMD3(back.x, 0, back.z)), back.y) : .pi / 2)
        let away = SIMD3(sine(phi) * sine(theta), cosine(phi), sine(phi) * cosine(theta))
        if radius > 0 {
            eye = target + away * radius
        } else {
            eye = target
            target = eye - away
        }
        if abs(away.y) > 0.9999 {
            up = SIMD3(-sine(theta), 0, -cosine(theta)) * (away.y > 0 ? 1 : -1)
        }
    }
}

extension AvatarRig {
    /// Returns a camera on a sphere around its target, which is a point or the centre of a framing.
    /// - Parameters:
    ///   - aspect: The picture's width divided by its height.
    ///   - orbit: The position on the sphere; nil parts have the values of the framing's camera.
    ///   - target: The point to look at, in metres; nil for the centre of the framing.
    public func camera(
        _ framing: Framing, aspect: Float, orbit: CameraOrbit?, target: SIMD3<Float>? = nil
    ) -> ViewCamera {
        let framed = camera(framing, aspect: aspect)
        guard orbit != nil || target != nil else { return framed }
        var view = framed
        let whole = bounds()
        if let orbit {
            var centre = framed.target
            if framing == .body || headBounds() == nil, let whole {
                // The whole model was seen from its front; it is turned about its middle.
                centre.z = whole.center.z
            }
            view.target = target ?? centre
            view.turn(to: orbit, from: framed.eye - centre)
        } else if let target {
            view.target = target
            view.eye += target - framed.target
        }
        let extent = whole.map { max($0.size.x, $0.size.y, $0.size.z) } ?? 1
        view.far = 2 * max(extent, length(view.eye - view.target))
        view.near = view.far / 1000
        return view
    }

    /// Returns whether a point lies inside the model at rest, where a camera would see the back faces of its
    /// surfaces.
    ///
    /// Decided by the winding number (Jacobson, Kavan, Sorkine-Hornung, "Robust Inside-Outside Segmentation using
    /// Generalized Winding Numbers", 2013), which open necks and sleeves do not confuse.
    public func isInside(_ point: SIMD3<Float>) -> Bool {
        let geometry = standing()
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

    /// The solid angle of a triangle seen from the origin, steradians, positive where its back is seen (van Oosterom, Strackee 1983).
    private static func solidAngle(_ a: SIMD3<Float>, _ b: SIMD3<Float>, _ c: SIMD3<Float>) -> Double {
        let (x, y, z) = (length(a), length(b), length(c))
        let below = x * y * z + dot(a, b) * z + dot(b, c) * x + dot(c, a) * y
        return 2 * Double(arcTangent(dot(a, cross(b, c)), below))
    }
}
