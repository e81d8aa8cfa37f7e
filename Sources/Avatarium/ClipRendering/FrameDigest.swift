import AvatariumCore
import CXXHash

/// XXH3-128 over the raw pixels of every frame in order: equal digests are equal pictures.
struct FrameDigest: ~Copyable {
    private let state: OpaquePointer?

    init() {
        state = XXH3_createState()
        _ = XXH3_128bits_reset(state)
    }

    deinit { XXH3_freeState(state) }

    mutating func update(_ pixels: PixelBuffer) {
        pixels.bytes.withUnsafeBytes { _ = XXH3_128bits_update(state, $0.baseAddress, $0.count) }
    }

    /// 32 hexadecimal digits.
    var hex: String {
        let hash = XXH3_128bits_digest(state)
        return [hash.high64, hash.low64].map { $0.zeroPadded(16, radix: 16) }.joined()
    }
}
