import AvatariumCore

extension DocumentBuilder {
    mutating func readImages() throws {
        try readAll("images", into: \.images, or: Image()) { try $0.readImage($1) }
    }

    private mutating func readImage(_ cursor: JSONCursor) throws -> Image {
        var image = Image()
        image.name = try name(cursor)
        image.mimeType = try cursor.string("mimeType")
        if let uri = try cursor.string("uri") {
            let resource = try folder.resolve(uri, pointer: cursor.pointer(to: "uri"))
            image.bytes = resource.bytes
            image.source = resource.source
            image.mimeType = image.mimeType ?? resource.mimeType
        } else if let view = try cursor.index("bufferView", below: bufferViews.count) {
            let bytes = try bytes(ofView: view)
            try spend(bytes.count, cursor.pointer)
            image.bytes = Array(bytes)
            image.source = "bufferView \(view)"
        } else {
            throw invalid(.oneOfMismatch, cursor.pointer, "an image needs 'uri' or 'bufferView'")
        }
        return image
    }

    mutating func readSamplers() throws {
        try readAll("samplers", into: \.samplers, or: Sampler()) { try Self.sampler($1) }
    }

    private static func sampler(_ cursor: JSONCursor) throws -> Sampler {
        func choice(_ key: String, _ allowed: [Int]) throws -> Int? {
            guard let value = try cursor.int(key) else { return nil }
            return allowed.contains(value) ? value : nil
        }
        var sampler = Sampler()
        sampler.magFilter = try choice("magFilter", [9728, 9729])
        sampler.minFilter = try choice("minFilter", [9728, 9729, 9984, 9985, 9986, 9987])
        sampler.wrapS = try choice("wrapS", [33071, 33648, 10497]) ?? 10497
        sampler.wrapT = try choice("wrapT", [33071, 33648, 10497]) ?? 10497
        return sampler
    }

    mutating func readTextures() throws {
        try readAll("textures", into: \.textures, or: Texture()) { try $0.readTexture($1) }
    }

    private mutating func readTexture(_ cursor: JSONCursor) throws -> Texture {
        var texture = Texture()
        texture.sampler = try cursor.index("sampler", below: document.samplers.count)
        texture.image = try cursor.index("source", below: document.images.count)
        for name in ["EXT_texture_webp", "KHR_texture_basisu"] {
            guard let better = cursor.extensionNamed(name) else { continue }
            texture.image = try better.index("source", below: document.images.count) ?? texture.image
        }
        if texture.image == nil,
            let unread = cursor["extensions"]?.members.first(where: { $0.cursor.has("source") })
        {
            note(
                GLTFIssue.textureWithoutImage.diagnostic(
                    at: unread.cursor.pointer,
                    "its only image is that of \(unread.key.quotedForMessage()), which is not supported: "
                        + "materials are drawn without this texture; export it as PNG, JPEG, WebP or KTX2 "
                        + "too"))
        }
        return texture
    }

    /// What the textures decode to, from the images' headers; one whose header cannot be read is never decoded.
    func checkImageSizes() throws {
        var total = 0
        for image in Set(document.textures.compactMap(\.image)).sorted() {
            guard let header = try? ImageHeader(document.images[image].bytes) else { continue }
            let pixels = header.width.multipliedReportingOverflow(by: header.height)
            guard !pixels.overflow, pixels.partialValue <= limits.imagePixels else {
                throw invalid(
                    .imageTooLarge, "/images/\(image)",
                    "\(header.width)x\(header.height) exceeds the limit of \(limits.imagePixels) pixels; "
                        + "scale the texture down")
            }
            total += pixels.partialValue
            guard total <= limits.totalImagePixels else {
                throw invalid(
                    .imageTooLarge, "/images/\(image)",
                    "the textures have more than \(limits.totalImagePixels) pixels in total; scale them down")
            }
        }
    }

    /// A textureInfo object, with KHR_texture_transform.
    func textureInfo(_ cursor: JSONCursor?, scaleKey: String? = nil) throws -> TextureInfo? {
        guard let cursor else { return nil }
        var info = TextureInfo(
            texture: try cursor.requiredIndex("index", below: document.textures.count))
        info.texCoord = try cursor.int("texCoord") ?? 0
        if let scaleKey { info.scale = try cursor.float(scaleKey) ?? 1 }
        if let transform = cursor.extensionNamed("KHR_texture_transform") {
            info.offset = try transform.vector2("offset") ?? .zero
            info.rotation = try transform.float("rotation") ?? 0
            info.uvScale = try transform.vector2("scale") ?? SIMD2(repeating: 1)
            info.texCoord = try transform.int("texCoord") ?? info.texCoord
        }
        return info
    }
}
