import AvatariumCore
import GLES
import GLTF
import Images

/// The images of one document: decoded once, on all cores, and reduced once for each way of use.
struct TextureImages: Sendable {
    /// One way to use an image.
    struct Key: Hashable, Sendable {
        var image: Int
        var content: MipPyramid.Content
        var sampling: GLES.Texture.Sampling
    }

    private(set) var diagnostics: [Diagnostic] = []
    private let document: Document
    private var quality = Quality.high
    private var decoded: [Int: PixelBuffer] = [:]
    private var pyramids: [Key: MipPyramid] = [:]

    /// Decodes the images behind `textures`. One that cannot be decoded becomes a diagnostic, and its users fall
    /// back to their factors.
    init(_ document: Document, textures: Set<Int>) {
        self.document = document
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

    /// The pixels behind a texture, until they are reduced; nil when they could not be decoded.
    func pixels(_ info: TextureInfo) -> PixelBuffer? {
        document.textures[info.texture].image.flatMap { decoded[$0] }
    }

    /// Makes the mipmaps of every texture asked for, on all cores, and lets the decoded pixels go.
    mutating func reduce(_ requests: [(TextureInfo, MipPyramid.Content)], _ settings: SceneBlueprint.Key) {
        quality = settings.quality
        var wanted: [Key] = []
        for (info, content) in requests {
            if let key = key(info, content), decoded[key.image] != nil, !wanted.contains(key) {
                wanted.append(key)
            }
        }
        let (keys, images) = (wanted, decoded)
        let made = ConcurrentRows(count: keys.count) { i -> MipPyramid? in
            images[keys[i].image].map {
                MipPyramid(
                    $0, keys[i].content, limit: settings.textureLimit, mipmapped: keys[i].sampling.isMipmapped
                )
            }
        }
        for (key, pyramid) in zip(keys, made.values) { pyramids[key] = pyramid }
        decoded = [:]
    }

    /// All of them as textures.
    func upload(_ context: Context) -> [Key: GLES.Texture] {
        let limit = context.report.maximumTextureSize
        return pyramids.reduce(into: [:]) { textures, entry in
            let levels = entry.value.levels.filter { max($0.width, $0.height) <= limit }
            textures[entry.key] = GLES.Texture(context, levels: levels, sampling: entry.key.sampling)
        }
    }

    func key(_ info: TextureInfo, _ content: MipPyramid.Content) -> Key? {
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
