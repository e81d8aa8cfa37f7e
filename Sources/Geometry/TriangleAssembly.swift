import GLTF

/// Strips, fans and loops as plain lists (glTF 2.0, 3.7.2.1, with its winding rules).
enum TriangleAssembly {
    static func assemble(
        _ mode: Primitive.Mode, _ order: [UInt32]
    ) -> (MeshGeometry.Topology, [UInt32]) {
        let n = order.count
        switch mode {
        case .points: return (.points, order)
        case .lines: return (.lines, Array(order.prefix(n - n % 2)))
        case .lineStrip, .lineLoop:
            guard n > 1 else { return (.lines, []) }
            var out = (0..<n - 1).flatMap { [order[$0], order[$0 + 1]] }
            if mode == .lineLoop { out += [order[n - 1], order[0]] }
            return (.lines, out)
        case .triangles: return (.triangles, Array(order.prefix(n - n % 3)))
        case .triangleStrip:
            guard n > 2 else { return (.triangles, []) }
            let strip = (0..<n - 2).flatMap { i -> [UInt32] in
                let odd = i % 2
                return [order[i], order[i + 1 + odd], order[i + 2 - odd]]
            }
            return (.triangles, strip)
        case .triangleFan:
            guard n > 2 else { return (.triangles, []) }
            return (.triangles, (1..<n - 1).flatMap { [order[$0], order[$0 + 1], order[0]] })
        }
    }
}
