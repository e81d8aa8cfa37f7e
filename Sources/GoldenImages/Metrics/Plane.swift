/// One channel of an image, rows top to bottom.
struct Plane {
    let width: Int
    let height: Int
    var values: [Float]

    init(width: Int, height: Int, values: [Float]) {
        self.width = width
        self.height = height
        self.values = values
    }

    init(width: Int, height: Int) {
        self.init(width: width, height: height, values: [Float](repeating: 0, count: width * height))
    }

    /// Correlated with `horizontal` along rows, then with `vertical` along columns; both have an odd number of
    /// taps. Beyond the border the outermost pixel repeats.
    func filtered(horizontal: [Float], vertical: [Float]) -> Plane {
        filtered(horizontal: horizontal).filtered(vertical: vertical)
    }

    func filtered(horizontal taps: [Float]) -> Plane {
        let radius = taps.count / 2
        var result = Plane(width: width, height: height)
        var row = [Float](repeating: 0, count: width + 2 * radius)
        for y in 0..<height {
            let start = y * width
            for x in row.indices { row[x] = values[start + min(max(x - radius, 0), width - 1)] }
            for (offset, tap) in taps.enumerated() {
                Plane.add(row, from: offset, times: tap, to: &result.values, at: start, count: width)
            }
        }
        return result
    }

    func filtered(vertical taps: [Float]) -> Plane {
        let radius = taps.count / 2
        var result = Plane(width: width, height: height)
        for y in 0..<height {
            for (offset, tap) in taps.enumerated() {
                let source = min(max(y + offset - radius, 0), height - 1) * width
                Plane.add(values, from: source, times: tap, to: &result.values, at: y * width, count: width)
            }
        }
        return result
    }

    /// `to[at + i] += from[from + i] * factor`: the one loop where the time goes, so without checks inside.
    private static func add(
        _ source: [Float], from: Int, times factor: Float, to target: inout [Float], at: Int, count: Int
    ) {
        precondition(from >= 0 && at >= 0 && from + count <= source.count && at + count <= target.count)
        unsafe source.withUnsafeBufferPointer { source in
            unsafe target.withUnsafeMutableBufferPointer { target in
                for i in 0..<count { unsafe target[at &+ i] += unsafe source[from &+ i] * factor }
            }
        }
    }
}
