import AvatariumCore
import GLTF

/// A node's transform relative to its parent, in parts that can be animated.
struct LocalTransform: Sendable {
    var translation: SIMD3<Float>
    var rotation: Quaternion
    var scale: SIMD3<Float>
    /// The file's own matrix, exact where the parts only decompose it; dropped once a part is animated.
    var fixedMatrix: Matrix4?

    init(_ node: Node) {
        translation = node.translation
        rotation = node.rotation
        scale = node.scale
        fixedMatrix = node.matrix
    }

    var matrix: Matrix4 {
        fixedMatrix ?? Matrix4(translation: translation, rotation: rotation, scale: scale)
    }

    mutating func setTranslation(_ t: SIMD3<Float>) {
        fixedMatrix = nil
        translation = t
    }

    mutating func setRotation(_ q: Quaternion) {
        fixedMatrix = nil
        rotation = q
    }

    mutating func setScale(_ s: SIMD3<Float>) {
        fixedMatrix = nil
        scale = s
    }
}

extension Matrix4 {
    /// The rotation of a matrix of translation, rotation and scale; a mirrored matrix gives that of its mirror
    /// image.
    var rotation: Quaternion {
        let x = AvatariumCore.normalize(transformDirection(SIMD3(1, 0, 0)))
        var y = transformDirection(SIMD3(0, 1, 0))
        y = AvatariumCore.normalize(y - x * dot(x, y))
        let z = cross(x, y)
        let trace = x.x + y.y + z.z
        if trace > 0 {
            let s = (trace + 1).squareRoot() * 2
            return Quaternion(x: (y.z - z.y) / s, y: (z.x - x.z) / s, z: (x.y - y.x) / s, w: s / 4).normalized
        }
        if x.x > y.y, x.x > z.z {
            let s = (1 + x.x - y.y - z.z).squareRoot() * 2
            return Quaternion(x: s / 4, y: (y.x + x.y) / s, z: (z.x + x.z) / s, w: (y.z - z.y) / s).normalized
        }
        if y.y > z.z {
            let s = (1 + y.y - x.x - z.z).squareRoot() * 2
            return Quaternion(x: (y.x + x.y) / s, y: s / 4, z: (z.y + y.z) / s, w: (z.x - x.z) / s).normalized
        }
        let s = (1 + z.z - x.x - y.y).squareRoot() * 2
        return Quaternion(x: (z.x + x.z) / s, y: (z.y + y.z) / s, z: s / 4, w: (x.y - y.x) / s).normalized
    }
}
