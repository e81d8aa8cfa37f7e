import AvatariumCore
import GLES
import GLTF
import Images
import Synchronization

/// How a material uses an image.
struct TextureUse: Hashable, Sendable {
    var info: TextureInfo
    var content: MipPyramid.Content
}

/// Sizes of the images that a scene's materials use, from their headers alone, and how far they are reduced.
struct TexturePlan: Sendable {
    /// Images to decode, in order of their index, with their sizes before they are reduced.
    private(set) var sizes: [(image: Int, width: Int, height: Int)] = []
    /// What the materials make of each image.
    private(set) var contents: [Int: Set<MipPyramid.Content>] = [:]
    /// Largest side that is kept.
    private(set) var side: Int
    private(set) var diagnostics: [Diagnostic] = []

    init(_ document: Document, _ uses: Set<TextureUse>, _ key: SceneBlueprint.Key) {
        side = key.textureSide
        for use in uses {
            // The loader says which textures have no image that is read.
            guard let image = document.textures[use.info.texture].image else { continue }
            contents[image, default: []].insert(use.content)
        }
        var total = 0
        for image in contents.keys.sorted() {
            let size: (width: Int, height: Int)
            do {
                size = try ImageDecoder.dimensions(document.images[image].bytes)
            } catch {
                leaveOut("/images/\(image)", "\(error)")
                continue
            }
            let pixels = size.width * size.height
            guard pixels <= key.limits.imagePixels, pixels <= key.limits.totalImagePixels - total else {
                leaveOut(
                    "/images/\(image)",
                    "its \(size.width)x\(size.height) pixels exceed the limit of \(key.limits.imagePixels) "
                        + "for one image or \(key.limits.totalImagePixels) for all")
                continue
            }
            total += pixels
            sizes.append((image, size.width, size.height))
        }
        while side > 64, bytes > key.limits.textureBytes { side /= 2 }
        if side < key.textureSide {
            diagnostics.append(
                Diagnostic(
                    .warning, "TEXTURES_REDUCED", pointer: "/images",
                    "textures are reduced to \(side) pixels per side, because together they would take more "
                        + "than \(key.limits.textureBytes >> 20) MiB"))
        }
        diagnostics.sort { $0.pointer < $1.pointer }
    }

    private mutating func leaveOut(_ pointer: String, _ reason: String) {
        diagnostics.append(
            Diagnostic(.warning, "IMAGE_DATA_INVALID", pointer: pointer, "the image is not used: \(reason)"))
    }

    /// Bytes of all textures with their mipmaps.
    var bytes: Int {
        sizes.reduce(0) { sum, size in
            var (w, h) = (size.width, size.height)
            while max(w, h) > side { (w, h) = (max(1, w / 2), max(1, h / 2)) }
            return sum + w * h * 4 * 4 / 3 * (contents[size.image]?.count ?? 1)
        }
    }

    /// Bytes of the largest image while it is decoded.
    var largestDecodeBytes: Int { (sizes.map { $0.width * $0.height }.max() ?? 0) * 4 }
}

/// The images of one document: decoded once, on all cores, and reduced once for each way of use.
struct TextureImages: Sendable {
    /// One way to use an image.
    struct Key: Hashable, Sendable {
        var image: Int
        var content: MipPyramid.Content
        var sampling: GLES.Texture.Sampling
    }

    private struct Decoded: Sendable {
        var range: ChannelRange
        /// Not larger than the plan's side.
        var pixels: [MipPyramid.Content: PixelBuffer]
    }

    private(set) var diagnostics: [Diagnostic] = []
    private let document: Document
    private let side: Int
    private var quality: Quality
    private var decoded: [Int: Decoded] = [:]
    private var pyramids: [Key: MipPyramid] = [:]

    /// Decodes the images of a plan. One that cannot be decoded becomes a diagnostic, and its users fall
    /// back to their factors.
    /// - Throws: `CancellationError`.
    init(_ document: Document, _ plan: TexturePlan, _ key: SceneBlueprint.Key) throws {
        self.document = document
        quality = key.quality
        side = plan.side
        diagnostics = plan.diagnostics
        // A large image is many times what is kept of it: no two of them at once.
        let turn = Mutex(())
        let results = try ConcurrentRows(count: plan.sizes.count, cancellable: true) { i in
            let size = plan.sizes[i]
            let work = {
                Self.decode(
                    document.images[size.image].bytes, plan.contents[size.image] ?? [], side: plan.side,
                    maximumPixels: key.limits.imagePixels)
            }
            return size.width * size.height > 1 << 24 ? turn.withLock { _ in work() } : work()
        }
        for (size, result) in zip(plan.sizes, results.values) {
            let pointer = "/images/\(size.image)"
            switch result {
            case .success(let outcome):
                decoded[size.image] = outcome.0
                if let damage = outcome.damage {
                    diagnostics.append(Diagnostic(.warning, "IMAGE_DATA_INVALID", pointer: pointer, damage))
                }
            case .failure(let error):
                diagnostics.append(
                    Diagnostic(
                        .warning, "IMAGE_DATA_INVALID", pointer: pointer, "the image is not used: \(error)"))
            }
        }
    }

    private static func decode(
        _ bytes: [UInt8], _ contents: Set<MipPyramid.Content>, side: Int, maximumPixels: Int
    ) -> Result<(Decoded, damage: String?), ImageError> {
        Result { () throws(ImageError) in
            let image = try ImageDecoder.decodeWhatIsThere(bytes, maximumPixels: maximumPixels)
            let pixels = contents.map { ($0, MipPyramid.reduced(image.pixels, $0, side: side)) }
            return (
                Decoded(range: ChannelRange(image.pixels), pixels: Dictionary(uniqueKeysWithValues: pixels)),
                image.damage
            )
        }
    }

    /// The values behind a texture, until they are reduced; nil when they could not be decoded.
    func range(_ info: TextureInfo) -> ChannelRange? {
        document.textures[info.texture].image.flatMap { decoded[$0]?.range }
    }

    /// Makes the mipmaps of every texture asked for, on all cores, and lets the decoded pixels go.
    /// - Throws: `CancellationError`.
    mutating func reduce(_ uses: Set<TextureUse>) throws {
        let wanted = Set(uses.compactMap { key($0.info, $0.content) }).filter { decoded[$0.image] != nil }
        let (keys, images, side) = (Array(wanted), decoded, side)
        let made = try ConcurrentRows(count: keys.count, cancellable: true) { i -> MipPyramid? in
            images[keys[i].image]?.pixels[keys[i].content].map {
                MipPyramid($0, keys[i].content, limit: side, mipmapped: keys[i].sampling.isMipmapped)
            }
        }
        for (key, pyramid) in zip(keys, made.values) { pyramids[key] = pyramid }
        decoded = [:]
    }

    /// A small version of a colour texture, for looking at: of at most 256 pixels a side where there is one.
    func small(_ info: TextureInfo?) -> GLES.Texture.Level? {
        guard let info, let key = key(info, .color), let levels = pyramids[key]?.levels else { return nil }
        return levels.first { max($0.width, $0.height) <= 256 } ?? levels.last
    }

    /// The mipmaps that were made for a key.
    func pyramid(_ key: Key) -> MipPyramid? { pyramids[key] }

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

/// Uploads textures when they are first asked for.
final class TextureLibrary {
    private struct Key: Hashable {
        var image: TextureImages.Key
        var isDecoded: Bool
    }

    private let context: Context
    private let images: TextureImages
    private var known: [Key: GLES.Texture] = [:]

    init(_ context: Context, _ images: TextureImages) {
        self.context = context
        self.images = images
    }

    /// - Parameter isDecoded: Whether colours are decoded from sRGB before they are filtered; else they are filtered as they
    ///   are stored.
    /// - Returns: nil for an image that could not be read.
    func texture(_ info: TextureInfo, _ content: MipPyramid.Content, isDecoded: Bool) -> GLES.Texture? {
        guard let image = images.key(info, content), let pyramid = images.pyramid(image) else { return nil }
        let key = Key(image: image, isDecoded: isDecoded)
        if let texture = known[key] { return texture }
        let limit = context.report.maximumTextureSize
        let texture = GLES.Texture(
            context, isDecoded ? pyramid.format : .rgba8,
            levels: pyramid.levels.filter { max($0.width, $0.height) <= limit },
            sampling: image.sampling)
        known[key] = texture
        return texture
    }
}
