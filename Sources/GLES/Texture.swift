import AvatariumCore
import CGLES

/// A two-dimensional texture.
public final class Texture {
    public struct Sampling: Hashable, Sendable {
        /// OpenGL enumerants.
        public var minFilter: Int32
        public var magFilter: Int32
        public var wrapS: Int32
        public var wrapT: Int32
        public init(
            minFilter: Int32 = GL_LINEAR_MIPMAP_LINEAR, magFilter: Int32 = GL_LINEAR,
            wrapS: Int32 = GL_REPEAT, wrapT: Int32 = GL_REPEAT
        ) {
            self.minFilter = minFilter
            self.magFilter = magFilter
            self.wrapS = wrapS
            self.wrapT = wrapT
        }
        /// Where two mipmaps would be mixed, reads the nearer one only.
        public mutating func takeNearestMipmap() {
            if minFilter == GL_LINEAR_MIPMAP_LINEAR { minFilter = GL_LINEAR_MIPMAP_NEAREST }
        }
        public static let smooth = Sampling(
            minFilter: GL_LINEAR, magFilter: GL_LINEAR, wrapS: GL_CLAMP_TO_EDGE, wrapT: GL_CLAMP_TO_EDGE)
    }

    let object: GLObject
    let target: GLenum

    public enum Format: Hashable, Sendable {
        /// 8-bit numbers from 0 to 1.
        case rgba8
        /// 8-bit colours in sRGB, which GL decodes before it filters, and 8-bit alpha.
        case srgb8
    }

    /// One version of an image, rows in the order of texture coordinate v.
    public struct Level: Sendable {
        public var width: Int
        public var height: Int
        public var bytes: [UInt8]
        public init(width: Int, height: Int, bytes: [UInt8]) {
            self.width = width
            self.height = height
            self.bytes = bytes
        }
    }

    /// An image and its smaller versions, largest first.
    public init(_ context: Context, _ format: Format = .rgba8, levels: [Level], sampling: Sampling) {
        object = GLObject(.texture, context)
        target = GLenum(GL_TEXTURE_2D)
        begin(context, sampling)
        for (i, level) in levels.enumerated() {
            glTexImage2D(
                target, GLint(i), format.internalFormat, GLsizei(level.width), GLsizei(level.height), 0,
                GLenum(GL_RGBA), GLenum(GL_UNSIGNED_BYTE), level.bytes)
        }
        glTexParameteri(target, GLenum(GL_TEXTURE_MAX_LEVEL), GLint(max(0, levels.count - 1)))
    }

    /// Half-precision RGBA from floats, without mipmaps.
    public init(
        _ context: Context, width: Int, height: Int, halfFloats: [Float], sampling: Sampling = .smooth
    ) {
        precondition(halfFloats.count == width * height * 4)
        object = GLObject(.texture, context)
        target = GLenum(GL_TEXTURE_2D)
        begin(context, sampling)
        glTexImage2D(
            target, 0, GL_RGBA16F, GLsizei(width), GLsizei(height), 0, GLenum(GL_RGBA), GLenum(GL_FLOAT),
            halfFloats)
        glTexParameteri(target, GLenum(GL_TEXTURE_MAX_LEVEL), 0)
    }

    /// Room for an 8-bit RGBA picture and all its mipmaps, read smoothly.
    init(_ context: Context, width: Int, height: Int) {
        object = GLObject(.texture, context)
        target = GLenum(GL_TEXTURE_2D)
        begin(
            context,
            Sampling(minFilter: GL_LINEAR_MIPMAP_LINEAR, wrapS: GL_CLAMP_TO_EDGE, wrapT: GL_CLAMP_TO_EDGE))
        let levels = Int.bitWidth - max(width, height).leadingZeroBitCount
        glTexStorage2D(target, GLsizei(levels), GLenum(GL_RGBA8), GLsizei(width), GLsizei(height))
    }

    private func begin(_ context: Context, _ sampling: Sampling) {
        context.state.invalidate()
        glActiveTexture(GLenum(GL_TEXTURE0))
        glBindTexture(target, object.name)
        glPixelStorei(GLenum(GL_UNPACK_ALIGNMENT), 1)
        glTexParameteri(target, GLenum(GL_TEXTURE_MIN_FILTER), sampling.minFilter)
        glTexParameteri(target, GLenum(GL_TEXTURE_MAG_FILTER), sampling.magFilter)
        glTexParameteri(target, GLenum(GL_TEXTURE_WRAP_S), sampling.wrapS)
        glTexParameteri(target, GLenum(GL_TEXTURE_WRAP_T), sampling.wrapT)
    }
}

extension Texture.Sampling {
    /// Wraps around sideways.
    public static let panorama = Texture.Sampling(
        minFilter: GL_LINEAR, magFilter: GL_LINEAR, wrapS: GL_REPEAT, wrapT: GL_CLAMP_TO_EDGE)
}

extension Texture.Sampling {
    public var isMipmapped: Bool { minFilter != GL_LINEAR && minFilter != GL_NEAREST }
}

extension Texture.Format {
    fileprivate var internalFormat: GLint { self == .srgb8 ? GL_SRGB8_ALPHA8 : GL_RGBA8 }
}
