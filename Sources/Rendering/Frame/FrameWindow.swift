import AvatariumCore
import GLES
import Geometry

/// The part of the frame that the model can cover, on a grid of 64 pixels; a function of the frame alone, so that
/// the same frame is drawn the same whatever came before it.
struct FrameWindow: Equatable {
    static let grid = 64
    var origin: SIMD2<Int>
    var size: SIMD2<Int>
    /// Rectangles of the window's own pixels outside of which nothing is drawn: narrower bands above shoulders.
    private(set) var parts: [PixelRectangle] = []

    static func whole(_ frame: SIMD2<Int>) -> FrameWindow { FrameWindow(origin: .zero, size: frame) }

    /// - Parameter viewProjection: to clip space with +Y down.
    init(around boxes: [Bounds], viewProjection: Matrix4, frame: SIMD2<Int>) {
        var low = SIMD2<Float>(repeating: .infinity)
        var high = SIMD2<Float>(repeating: -.infinity)
        var rectangles: [(SIMD2<Float>, SIMD2<Float>)] = []
        for box in boxes {
            guard let (a, b) = Self.rectangle(box, viewProjection) else {
                self = .whole(frame)
                return
            }
            guard b.x > -1, b.y > -1, a.x < 1, a.y < 1 else { continue }
            rectangles.append((a, b))
            low = SIMD2(min(low.x, a.x), min(low.y, a.y))
            high = SIMD2(max(high.x, b.x), max(high.y, b.y))
        }
        func pixels(_ clip: Float, _ extent: Int) -> Int {
            Int((clamp(clip, -1, 1) * 0.5 + 0.5) * Float(extent))
        }
        guard low.x <= high.x, low.y <= high.y else {
            self.init(origin: .zero, size: .zero)
            return
        }
        let g = Self.grid
        let x0 = max(0, pixels(low.x, frame.x) - 1) / g * g
        let y0 = max(0, pixels(low.y, frame.y) - 1) / g * g
        let x1 = min(frame.x, (pixels(high.x, frame.x) + 2 + g - 1) / g * g)
        let y1 = min(frame.y, (pixels(high.y, frame.y) + 2 + g - 1) / g * g)
        self.init(origin: SIMD2(x0, y0), size: SIMD2(max(0, x1 - x0), max(0, y1 - y0)))
        parts = []
        for y in stride(from: y0, to: y1, by: g) {
            var left = x1
            var right = x0
            for (a, b) in rectangles {
                guard pixels(b.y, frame.y) + 2 > y, pixels(a.y, frame.y) - 1 < y + g else { continue }
                left = min(left, pixels(a.x, frame.x) - 1)
                right = max(right, pixels(b.x, frame.x) + 2)
            }
            let low = SIMD2(max(x0, left / g * g) - x0, y - y0)
            let high = SIMD2(min(x1, (right + g - 1) / g * g) - x0, min(y1, y + g) - y0)
            guard low.x < high.x else { continue }
            if let last = parts.last, last.low.x == low.x, last.high == SIMD2(high.x, low.y) {
                parts[parts.count - 1].high.y = high.y
            } else {
                parts.append(PixelRectangle(low: low, high: high))
            }
        }
    }

    private init(origin: SIMD2<Int>, size: SIMD2<Int>) {
        self.origin = origin
        self.size = size
        parts = [PixelRectangle(low: .zero, high: size)]
    }

    /// The box's rectangle in normalised device coordinates, or nil when it reaches behind the camera.
    static func rectangle(
        _ box: Bounds, _ viewProjection: Matrix4
    ) -> (SIMD2<Float>, SIMD2<Float>)? {
        var low = SIMD2<Float>(repeating: .infinity)
        var high = SIMD2<Float>(repeating: -.infinity)
        for corner in box.corners {
            let p = viewProjection * SIMD4(corner.x, corner.y, corner.z, 1)
            guard p.w > 1e-6, p.x.isFinite, p.y.isFinite else { return nil }
            let q = SIMD2(p.x / p.w, p.y / p.w)
            low = SIMD2(min(low.x, q.x), min(low.y, q.y))
            high = SIMD2(max(high.x, q.x), max(high.y, q.y))
        }
        return (low, high)
    }
}
