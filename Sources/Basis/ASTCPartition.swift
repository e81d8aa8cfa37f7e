/// Which subset each texel of a 4x4 block belongs to.
struct ASTCPartition {
    var subsets: [Int]
    /// The first texel of each subset.
    var anchors: [Int]

    /// ASTC's partition function (Khronos Data Format Specification, "Partition Pattern Generation") for a 4x4
    /// block.
    init(seed: Int, count: Int) {
        subsets = (0..<16).map { Self.subset(seed, x: $0 % 4, y: $0 / 4, count) }
        anchors = []
        for subset in 0..<count { anchors.append(subsets.firstIndex(of: subset) ?? 0) }
    }

    static let one = [ASTCPartition(seed: 0, count: 1)]
    /// The patterns that ASTC and BC7 share: UASTC numbers them by BC7's order; these are ASTC's seeds.
    static let two = [
        28, 20, 16, 29, 91, 9, 107, 72, 149, 204, 50, 114, 496, 17, 78, 39, 252, 828, 43, 156, 116, 210, 476,
        273, 684, 359, 246, 195, 694, 524,
    ].map { ASTCPartition(seed: $0, count: 2) }
    static let three = [260, 74, 32, 156, 183, 15, 745, 0, 335, 902, 254].map {
        ASTCPartition(seed: $0, count: 3)
    }
    /// Two subsets of ASTC that three of BC7 can express.
    static let twoOfMode7 = [
        36, 48, 61, 137, 161, 183, 226, 281, 302, 307, 479, 495, 593, 594, 605, 799, 812, 988, 993,
    ].map { ASTCPartition(seed: $0, count: 2) }

    private static func hash(_ seed: UInt32) -> UInt32 {
        var p = seed
        p ^= p >> 15
        p &-= p << 17
        p &+= p << 7
        p &+= p << 4
        p ^= p >> 5
        p &+= p << 16
        p ^= p >> 7
        p ^= p >> 3
        p ^= p << 6
        p ^= p >> 17
        return p
    }

    private static func subset(_ seed: Int, x: Int, y: Int, _ count: Int) -> Int {
        guard count > 1 else { return 0 }
        let seed = seed + (count - 1) * 1024
        let random = Int(hash(UInt32(seed)))
        let wide = seed & 2 != 0 ? 4 : 5
        let narrow = count == 3 ? 6 : 5
        let shifts = seed & 1 != 0 ? [wide, narrow] : [narrow, wide]
        let factors = (0..<6).map { i in
            let digit = random >> (i * 4) & 15
            return (digit * digit) >> shifts[i % 2]
        }
        // Blocks this small count their texels double.
        func score(_ i: Int, _ shift: Int) -> Int {
            (factors[i * 2] * x * 2 + factors[i * 2 + 1] * y * 2 + random >> shift) & 63
        }
        let (a, b) = (score(0, 14), score(1, 10))
        let c = count < 3 ? 0 : score(2, 6)
        return a >= b && a >= c ? 0 : b >= c ? 1 : 2
    }
}
