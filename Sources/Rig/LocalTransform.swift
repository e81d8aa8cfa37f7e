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
    /// The rotation of a matrix of translation, rotation and scale.
    var rotation: Quaternion { decomposed().rotation }
}
