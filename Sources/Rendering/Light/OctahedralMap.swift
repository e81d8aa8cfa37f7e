import AvatariumCore

/// Radiance over all directions on a square (Cigolle et al., "A Survey of Efficient Representations for
/// Independent Unit Vectors", 2014); +Y is in the middle, as in `lighting.glsl`.
struct OctahedralMap: Sendable {
    let size: Int
    var texels: [SIMD4<Float>]

    init(size: Int, _ radiance: (SIMD3<Float>) -> SIMD4<Float>) {
        self.size = size
        texels = (0..<size * size).map { i in
            radiance(Self.direction(Float(i % size) + 0.5, Float(i / size) + 0.5, size))
        }
    }

    /// The unit vector at a point of the map, in texels.
    static func direction(_ x: Float, _ y: Float, _ size: Int) -> SIMD3<Float> {
        let px = x / Float(size) * 2 - 1
        let pz = y / Float(size) * 2 - 1
        let py = 1 - abs(px) - abs(pz)
        guard py < 0 else { return normalize(SIMD3(px, py, pz)) }
        return normalize(
            SIMD3((1 - abs(pz)) * (px < 0 ? -1 : 1), py, (1 - abs(px)) * (pz < 0 ? -1 : 1)))
    }

    /// Where a direction lies, in texels.
    @inline(__always) func position(_ d: SIMD3<Float>) -> SIMD2<Float> {
        let k = 1 / (abs(d.x) + abs(d.y) + abs(d.z))
        var p = SIMD2(d.x * k, d.z * k)
        if d.y < 0 {
            p = SIMD2((1 - abs(p.y)) * (p.x < 0 ? -1 : 1), (1 - abs(p.x)) * (p.y < 0 ? -1 : 1))
        }
        return (p * 0.5 + 0.5) * Float(size)
    }

    /// The texel of the square that lies on the sphere where one step outside of the square leads.
    @inline(__always) static func wrapped(_ x: Int, _ y: Int, _ size: Int) -> (x: Int, y: Int) {
        if x < 0 || x >= size {
            (x < 0 ? 0 : size - 1, size - 1 - min(max(y, 0), size - 1))
        } else if y < 0 || y >= size {
            (size - 1 - x, y < 0 ? 0 : size - 1)
        } else {
            (x, y)
        }
    }

    /// The texel at (x, y), which may lie one step outside of the square.
    @inline(__always) func texel(_ x: Int, _ y: Int) -> SIMD4<Float> {
        let at = Self.wrapped(x, y, size)
        return texels[at.y * size + at.x]
    }

    func sample(_ d: SIMD3<Float>) -> SIMD4<Float> {
        let p = position(d) - 0.5
        // Rounded down; `rounded(.down)` is a call of libm, a third of this function's time.
        let (x, y) = (p.x < 0 ? -1 : Int(p.x), p.y < 0 ? -1 : Int(p.y))
        let (fx, fy) = (p.x - Float(x), p.y - Float(y))
        let top: SIMD4<Float>
        let bottom: SIMD4<Float>
        if x >= 0, y >= 0, x + 1 < size, y + 1 < size {
            let at = y * size + x
            top = texels[at] * (1 - fx) + texels[at + 1] * fx
            bottom = texels[at + size] * (1 - fx) + texels[at + size + 1] * fx
        } else {
            top = texel(x, y) * (1 - fx) + texel(x + 1, y) * fx
            bottom = texel(x, y + 1) * (1 - fx) + texel(x + 1, y + 1) * fx
        }
        return top * (1 - fy) + bottom * fy
    }

    /// Half the size, every texel the mean of four.
    func halved() -> OctahedralMap {
        var out = self
        let half = max(1, size / 2)
        out = OctahedralMap(size: half, texels: [])
        out.texels = (0..<half * half).map { i in
            let (x, y) = (i % half * 2, i / half * 2)
            let row0 = texel(x, y) + texel(min(x + 1, size - 1), y)
            let row1 = texel(x, min(y + 1, size - 1)) + texel(min(x + 1, size - 1), min(y + 1, size - 1))
            return (row0 + row1) * 0.25
        }
        return out
    }

    init(size: Int, texels: [SIMD4<Float>]) {
        self.size = size
        self.texels = texels
    }

    /// This map and ever smaller ones, down to `smallest` texels a side.
    func pyramid(smallest: Int = 4) -> [OctahedralMap] {
        var levels = [self]
        while let last = levels.last, last.size > smallest { levels.append(last.halved()) }
        return levels
    }
}
