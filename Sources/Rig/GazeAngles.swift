import AvatariumCore
import VRM

/// Eye directions in the forms that avatars take them.
enum GazeAngles {
    /// The turn of an eyeball at an `eyeLook` weight of 1, radians: the usual range of motion of artists' rigs.
    static let sideways: Float = 0.524
    static let upward: Float = 0.436
    static let downward: Float = 0.524

    /// The gaze that `eyeLook` coefficients mean: x pitch (positive down), y yaw (positive to the left).
    static func gaze(fromShapes s: [Float]) -> SIMD2<Float> {
        func w(_ shape: ARKitShape) -> Float { s[shape.rawValue] }
        let down = (w(.eyeLookDownLeft) + w(.eyeLookDownRight)) / 2 * downward
        let up = (w(.eyeLookUpLeft) + w(.eyeLookUpRight)) / 2 * upward
        let left = (w(.eyeLookOutLeft) + w(.eyeLookInRight)) / 2
        let right = (w(.eyeLookInLeft) + w(.eyeLookOutRight)) / 2
        return SIMD2(down - up, (left - right) * sideways)
    }

    /// Writes the `eyeLook` coefficients of a gaze.
    static func setShapes(_ s: inout [Float], gaze: SIMD2<Float>) {
        func set(_ shape: ARKitShape, _ value: Float) { s[shape.rawValue] = clamp(value, 0, 1) }
        set(.eyeLookDownLeft, gaze.x / downward)
        set(.eyeLookDownRight, gaze.x / downward)
        set(.eyeLookUpLeft, -gaze.x / upward)
        set(.eyeLookUpRight, -gaze.x / upward)
        set(.eyeLookOutLeft, gaze.y / sideways)
        set(.eyeLookInRight, gaze.y / sideways)
        set(.eyeLookInLeft, -gaze.y / sideways)
        set(.eyeLookOutRight, -gaze.y / sideways)
    }
}

extension LookAt.RangeMap {
    /// The output for an angle in degrees: linear, clamped (VRMC_vrm 1.0, lookAt).
    func output(_ degrees: Float) -> Float {
        guard inputMaxValue > 0 else { return outputScale }
        return clamp(degrees / inputMaxValue, 0, 1) * outputScale
    }
}
