import AvatariumCore

extension Matrix4 {
    /// Translation, rotation and scale of an affine matrix without shear; a mirroring one gets a negative x
    /// scale. A degenerate axis gives scale 0 and no rotation of its own.
    package func decomposed() -> (translation: SIMD3<Float>, rotation: Quaternion, scale: SIMD3<Float>) {
        func axis(_ c: SIMD4<Float>) -> SIMD3<Float> { SIMD3(c.x, c.y, c.z) }
        let (a, b, c) = (axis(columns.0), axis(columns.1), axis(columns.2))
        var scale = SIMD3(length(a), length(b), length(c))
        if determinant3 < 0 { scale.x = -scale.x }
        guard scale.x != 0, scale.y != 0, scale.z != 0 else { return (translation, .identity, scale) }
        return (translation, Quaternion(rotationAxes: a / scale.x, b / scale.y, c / scale.z), scale)
    }
}

extension Quaternion {
    /// From the columns of a rotation matrix (Shepperd's method: the largest component first).
    package init(rotationAxes x: SIMD3<Float>, _ y: SIMD3<Float>, _ z: SIMD3<Float>) {
        let trace = x.x + y.y + z.z
        if trace > 0 {
            let s = (trace + 1).squareRoot() * 2
            self.init(x: (y.z - z.y) / s, y: (z.x - x.z) / s, z: (x.y - y.x) / s, w: s / 4)
        } else if x.x > y.y, x.x > z.z {
            let s = (1 + x.x - y.y - z.z).squareRoot() * 2
            self.init(x: s / 4, y: (y.x + x.y) / s, z: (z.x + x.z) / s, w: (y.z - z.y) / s)
        } else if y.y > z.z {
            let s = (1 + y.y - x.x - z.z).squareRoot() * 2
            self.init(x: (y.x + x.y) / s, y: s / 4, z: (z.y + y.z) / s, w: (z.x - x.z) / s)
        } else {
            let s = (1 + z.z - x.x - y.y).squareRoot() * 2
            self.init(x: (z.x + x.z) / s, y: (z.y + y.z) / s, z: s / 4, w: (x.y - y.x) / s)
        }
        self = normalized
    }
}
