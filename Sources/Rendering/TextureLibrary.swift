import AvatariumCore
import GLES
import GLTF
import Images

/// The images of one document: decoded once, on all cores, and uploaded once for each way of use.
final class TextureLibrary {
    private struct Key: Hashable {
        var image: Int
        var content: MipPyramid.Content
        var sampling: GLES.Texture.Sampling
    }

    private(set) var diagnostics: [Diagnostic] = []
    private let context: Context
    private let document: Document
    private let limit: Int
    private let quality: RenderQuality
    private var decoded: [Int: PixelBuffer] = [:]
    private var uploaded: [Key: GLES.Texture] = [:]

    /// Decodes the images behind `textures`. One that cannot be decoded becomes a diagnostic, and its users fall
    /// back to their factors.
    init(
        _ context: Context, _ document: Document, textures: Set<Int>, limit: Int, quality: RenderQuality
    ) {
        self.context = context
        self.document = document
        self.quality = quality
        self.limit = min(limit, context.report.maximumTextureSize)
        let images = Set(textures.compactMap { document.textures[$0].image }).sorted()
        let limits = LoadLimits()
        let results = ConcurrentRows(count: images.count) { i in
            Result {
                try ImageDecoder.decode(document.images[images[i]].bytes, maximumPixels: limits.imagePixels)
            }
        }
        for (index, result) in zip(images, results.values) {
            switch result {
            case .success(let pixels): decoded[index] = pixels
            case .failure(let error):
                diagnostics.append(
                    Diagnostic(
                        .warning, "IMAGE_DATA_INVALID", pointer: "/images/\(index)",
                        "the image is left out: \(error)"))
            }
        }
    }

    /// The pixels behind a texture, or nil when they could not be decoded.
    func pixels(_ info: TextureInfo) -> PixelBuffer? {
        document.textures[info.texture].image.flatMap { decoded[$0] }
    }

    /// Uploads every texture asked for, building the mipmaps on all cores first.
    func prepare(_ requests: [(TextureInfo, MipPyramid.Content)]) {
        var keys: [Key] = []
        for (info, content) in requests {
            if let key = key(info, content), decoded[key.image] != nil, uploaded[key] == nil,
                !keys.contains(key)
            {
                keys.append(key)
            }
        }
        let (wanted, images, limit) = (keys, decoded, limit)
        let pyramids = ConcurrentRows(count: wanted.count) { i -> MipPyramid? in
            images[wanted[i].image].map {
                MipPyramid($0, wanted[i].content, limit: limit, mipmapped: wanted[i].sampling.isMipmapped)
            }
        }
        for (key, pyramid) in zip(keys, pyramids.values) {
            guard let pyramid else { continue }
            uploaded[key] = GLES.Texture(context, levels: pyramid.levels, sampling: key.sampling)
        }
    }

    func texture(_ info: TextureInfo, _ content: MipPyramid.Content) -> GLES.Texture? {
        key(info, content).flatMap { uploaded[$0] }
    }

    /// Lets the decoded pixels go.
    func forgetPixels() { decoded = [:] }

    private func key(_ info: TextureInfo, _ content: MipPyramid.Content) -> Key? {
        let texture = document.textures[info.texture]
        guard let image = texture.image else { return nil }
        let sampler = texture.sampler.map { document.samplers[$0] } ?? Sampler()
        var sampling = GLES.Texture.Sampling()
        if let min = sampler.minFilter { sampling.minFilter = Int32(min) }
        if let mag = sampler.magFilter { sampling.magFilter = Int32(mag) }
        // The nearer of two mipmaps in place of their mixture: within 8 of 255 but for one pixel in 2,500.
        if quality != .high { sampling.takeNearestMipmap() }
        sampling.wrapS = Int32(sampler.wrapS)
        sampling.wrapT = Int32(sampler.wrapT)
        return Key(image: image, content: content, sampling: sampling)
    }
}
