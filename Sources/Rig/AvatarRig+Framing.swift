import AvatariumCore
import GLTF
import Geometry
import VRM

extension AvatarRig {
    /// Vertical field of view of the cameras below, radians: a portrait lens, which flatters noses.
    private static let fieldOfView: Float = 24 * .pi / 180

    /// Returns a camera that looks at the avatar's face from the front. If no head is found, it shows the whole
    /// model.
    /// - Parameter aspect: The picture's width divided by its height.
    public func camera(_ framing: Framing, aspect: Float) -> ViewCamera {
        let geometry = standing()
        let whole =
            geometry.bounds() ?? Bounds(low: SIMD3(repeating: -0.5), high: SIMD3(repeating: 0.5))
        guard framing != .body, let head = HeadRegion(model, graph, geometry)?.box else {
            let height = max(whole.size.y / 0.9, whole.size.x / 0.9 / max(aspect, 0.01))
            return camera(
                on: SIMD3(whole.center.x, whole.center.y, whole.high.z), height: height, whole)
        }
        // A head's outline lies in the middle of its depth.
        var height = faceHeight(head, aspect)
        var top = head.high.y + height * 0.13
        if framing == .bust {
            // Down to the upper chest, but not below the model; never nearer than the face.
            let bottom = max(head.low.y - head.size.y * 0.85, min(whole.low.y, head.low.y))
            top = head.high.y + head.size.y * 0.2
            height = max(top - bottom, head.size.x * 1.6 / max(aspect, 0.01), height)
        } else if framing == .waist {
            // Down to the hips, but not below the model, and as wide as hands go.
            let hips = model.humanoid[.hips].flatMap {
                geometry.world.indices.contains($0) ? geometry.world[$0].translation.y : nil
            }
            let below = min(hips ?? -.infinity, head.low.y - head.size.y * 0.85)
            top = head.high.y + head.size.y * 0.25
            let width = max(2 * body.span, head.size.x * 1.6)
            height = max(top - max(below, whole.low.y), width / max(aspect, 0.01), height)
        }
        let target = SIMD3(head.center.x, top - height / 2, head.center.z)
        return camera(on: target, height: height, whole)
    }

    /// The head takes 63 % of the picture's height, and at most 80 % of its width.
    private func faceHeight(_ head: Bounds, _ aspect: Float) -> Float {
        max(head.size.y / 0.63, head.size.x / 0.8 / max(aspect, 0.01))
    }

    /// Returns the bounding box of the avatar at rest, with relaxed arms.
    public func bounds() -> Bounds? { standing().bounds() }

    /// Returns the bounding box of the head from chin to crown; nil if no head is found.
    public func headBounds() -> Bounds? { HeadRegion(model, graph, standing())?.box }

    /// The avatar in the pose that frames start from.
    func standing() -> PosedGeometry {
        PosedGeometry(model.document, world: graph.world(start), weights: startWeights)
    }

    /// - Parameter height: what the picture shows at the target's distance.
    private func camera(on target: SIMD3<Float>, height: Float, _ whole: Bounds) -> ViewCamera {
        let distance = max(height, 1e-4) / 2 / tangent(AvatarRig.fieldOfView / 2)
        let eye = target + SIMD3(0, 0, distance)
        let front = eye.z - whole.high.z
        return ViewCamera(
            eye: eye, target: target, fovY: AvatarRig.fieldOfView,
            near: max(min(front * 0.5, distance * 0.5), distance * 0.05),
            far: eye.z - whole.low.z + distance)
    }
}
