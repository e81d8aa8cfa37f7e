import AvatariumCore
import GLES
import Images

/// What lies behind the model: cleared, drawn, or laid under the finished pixels.
struct Backdrop {
    /// What the target is cleared to: premultiplied, encoded.
    let clear: SIMD4<Float>
    /// Whether the finished picture has see-through parts for its reader.
    let isTransparent: Bool
    /// A picture of the frame's size to lay under the model.
    let image: PixelBuffer?
    private let panorama: (program: Program, texture: GLES.Texture, array: VertexArray)?

    init(
        _ context: Context, _ programs: ProgramCache, _ look: RenderLook, image picture: PixelBuffer?,
        _ environment: EnvironmentLight?, _ constants: ShaderConstants
    ) throws {
        var drawn: (Program, GLES.Texture, VertexArray)?
        if let picture {
            (clear, isTransparent, panorama) = (.zero, false, nil)
            image = picture.covering(width: look.size.width, height: look.size.height)
            return
        }
        switch look.background {
        case .color(let c, _):
            let a = clamp(c.w, 0, 1)
            clear = SIMD4(c.x * a, c.y * a, c.z * a, a)
            isTransparent = a < 1
            image = nil
        case .transparent, .image:
            (clear, isTransparent, image) = (.zero, true, nil)
        case .environment:
            (clear, isTransparent, image) = (SIMD4(0, 0, 0, 1), false, nil)
            if let texture = environment?.panorama {
                let corners: [SIMD4<Float>] = [SIMD4(-1, -1, 0, 0), SIMD4(3, -1, 0, 0), SIMD4(-1, 3, 0, 0)]
                let vertices = Buffer(context, .vertices, corners)
                let array = VertexArray(
                    context, [.init(location: 0, components: 3, buffer: vertices, stride: 16)],
                    indices: Buffer(context, .indices, [UInt32(0), 1, 2]))
                let program = try programs.backdrop(look.toneMap, constants)
                program.set("uPanorama", 0)
                drawn = (program, texture, array)
            }
        }
        panorama = drawn.map { (program: $0.0, texture: $0.1, array: $0.2) }
    }

    /// Whether every pixel of the frame has to be drawn.
    var coversFrame: Bool { panorama != nil }

    /// The clear colour as the reader gets it where nothing is drawn: straight alpha.
    var flatPixel: SIMD4<UInt8> {
        let a = clear.w
        let c = a > 0 ? SIMD4(clear.x / a, clear.y / a, clear.z / a, a) : .zero
        let scaled = c.clamped(lowerBound: .zero, upperBound: SIMD4(repeating: 1)) * 255 + 0.5
        return SIMD4<UInt8>(scaled)
    }

    /// Draws the environment where nothing nearer was drawn.
    func draw(_ state: StateCache, view: Matrix4, projection: Matrix4) {
        guard let panorama else { return }
        var turn = view
        turn.columns.3 = SIMD4(0, 0, 0, 1)
        let fx = projection.columns.0.x
        let fy = projection.columns.1.y
        // Clip corners to view directions to world directions.
        let toView = Matrix4(
            SIMD4(1 / fx, 0, 0, 0), SIMD4(0, 1 / fy, 0, 0), SIMD4(0, 0, -1, 0), SIMD4(0, 0, 0, 1))
        panorama.program.set("uDirections", turn.transposed * toView)
        state.setBlending(false)
        state.setAlphaToCoverage(false)
        state.setCulling(.none)
        state.setDepthTest(true)
        state.setDepthWrite(false)
        state.use(panorama.program)
        state.bind(panorama.texture, unit: 0)
        panorama.array.draw(count: 3)
    }
}

extension PixelBuffer {
    /// This picture scaled and centred so that it covers `width` x `height`, opaque over black.
    func covering(width: Int, height: Int) -> PixelBuffer {
        let scale = max(Float(width) / Float(self.width), Float(height) / Float(self.height))
        let left = (Float(self.width) - Float(width) / scale) / 2
        let top = (Float(self.height) - Float(height) / scale) / 2
        var out = PixelBuffer(width: width, height: height)
        for y in 0..<height {
            let v = clamp((Float(y) + 0.5) / scale + top - 0.5, 0, Float(self.height - 1))
            let (y0, fy) = (Int(v), v - v.rounded(.down))
            let y1 = min(y0 + 1, self.height - 1)
            for x in 0..<width {
                let u = clamp((Float(x) + 0.5) / scale + left - 0.5, 0, Float(self.width - 1))
                let (x0, fx) = (Int(u), u - u.rounded(.down))
                let x1 = min(x0 + 1, self.width - 1)
                let above = mixed(self[x0, y0], self[x1, y0], fx)
                let below = mixed(self[x0, y1], self[x1, y1], fx)
                var c = above + (below - above) * fy
                let alpha = c.w / 255
                c *= alpha
                c.w = 255
                out[x, y] = SIMD4<UInt8>(c + 0.5)
            }
        }
        return out
    }

    private func mixed(_ a: SIMD4<UInt8>, _ b: SIMD4<UInt8>, _ t: Float) -> SIMD4<Float> {
        let (a, b) = (SIMD4<Float>(a), SIMD4<Float>(b))
        return a + (b - a) * t
    }
}
