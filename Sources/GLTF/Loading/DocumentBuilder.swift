import AvatariumCore

/// Turns the JSON and its data into a `Document`, checking every index, size and reference on the way.
struct DocumentBuilder {
    let root: JSONCursor
    /// The GLB's binary chunk, where there is one.
    let binary: ArraySlice<UInt8>?
    let isBinary: Bool
    var folder: ResourceFolder
    let limits: LoadLimits
    var document = Document()
    var buffers: [Buffer] = []
    var bufferViews: [BufferView] = []
    /// Decoded EXT_meshopt_compression views, by index.
    var decodedViews: [Int: ArraySlice<UInt8>] = [:]
    /// What KHR_draco_mesh_compression supplies, by accessor index.
    var dracoSources: [Int: DracoSource] = [:]
    /// Bytes that data may still unpack to.
    var unpackBudget: Int
    /// The largest integer of an accessor, by its index: many primitives may share one.
    var largestIntegers: [Int: Int] = [:]
    /// Accessors with infinities or NaN among their floats.
    var infiniteAccessors: Set<Int> = []
    /// What must not be broken.
    let drawn: DrawnObjects
    let deadline: Deadline

    init(
        root: JSONCursor, container: Container, folder: ResourceFolder, limits: LoadLimits,
        drawn: DrawnObjects, deadline: Deadline
    ) {
        self.root = root
        self.drawn = drawn
        binary = container.binary
        isBinary = container.isBinary
        self.folder = folder
        self.limits = limits
        self.deadline = deadline
        unpackBudget = limits.totalBytes
    }

    mutating func build() throws -> Document {
        guard root.value.object != nil else {
            throw invalid(.typeMismatch, "", "the document is not a JSON object")
        }
        document.json = root.value
        document.limits = limits
        try readAsset()
        try readExtensions()
        try readBuffers()
        try readBufferViews()
        try readDracoPrimitives()
        try readAccessors()
        try readImages()
        try deadline.check("reading the images")
        try readSamplers()
        try readTextures()
        try checkImageSizes()
        try readMaterials()
        try readMeshes()
        reduceTextureCoordinateSets()
        try checkFloats()
        try readCameras()
        try readLights()
        try readNodes()
        try readInstances()
        try checkDrawnVertices()
        try readSkins()
        try readScenes()
        try deadline.check("reading the nodes")
        try checkJointIndices()
        try readAnimations()
        return document
    }

    /// Reads every object of a root array.
    /// - Parameter placeholder: Stands for one that is broken and that nothing drawn needs.
    mutating func readAll<Value>(
        _ name: String, into values: WritableKeyPath<Document, [Value]>, or placeholder: Value,
        _ body: (inout DocumentBuilder, JSONCursor) throws -> Value
    ) throws {
        for cursor in try root.elements(name) {
            let value = try read(cursor, or: placeholder) { try body(&$0, cursor) }
            document[keyPath: values].append(value)
        }
    }

    /// Reads one object of a root array. Where it is broken and nothing that is drawn needs it, notes that and returns
    /// the placeholder.
    mutating func read<Value>(
        _ cursor: JSONCursor, or placeholder: Value, _ body: (inout DocumentBuilder) throws -> Value
    ) throws -> Value {
        do {
            guard cursor.value.object != nil else {
                throw invalid(.typeMismatch, cursor.pointer, "must be an object")
            }
            return try body(&self)
        } catch let error as AvatariumError
            where error.code != .timeout && !drawn.contains(cursor.pointer)
        {
            note(error, at: cursor.pointer)
            return placeholder
        }
    }

    /// Notes why something that nobody draws is left out.
    mutating func note(_ error: AvatariumError, at pointer: String) {
        note(
            Diagnostic(
                .warning, error.context["rule"] ?? error.code.name,
                pointer: error.context["pointer"] ?? pointer,
                "\(error.message); it is ignored, because nothing that is drawn needs it"))
    }

    mutating func note(_ diagnostic: Diagnostic) {
        guard document.diagnostics.count < limits.diagnostics else { return }
        document.diagnostics.append(diagnostic)
    }

    /// The `name` of an object, of bounded length.
    mutating func name(_ cursor: JSONCursor) throws -> String? {
        guard let name = cursor.value["name"]?.string, name.utf8.count > limits.nameBytes else {
            return cursor.value["name"]?.string
        }
        note(GLTFIssue.nameTooLong.diagnostic(at: cursor.pointer(to: "name")))
        return String(decoding: name.utf8.prefix(limits.nameBytes), as: UTF8.self)
    }

    /// Takes from the budget: references are cheap to write, and each may unpack the same data again.
    mutating func spend(_ bytes: Int, _ pointer: String) throws {
        try deadline.check("unpacking \(pointer)")
        guard bytes <= unpackBudget else {
            throw invalid(
                .accessorTooLong, pointer, "the model decompresses to more than \(limits.totalBytes) bytes")
        }
        unpackBudget -= bytes
    }

    /// How many elements the root array `key` has.
    func count(_ key: String) -> Int { root.value[key]?.array?.count ?? 0 }

    private mutating func readAsset() throws {
        guard let asset = root["asset"] else { throw root.undefined("asset") }
        guard let version = try asset.string("version") else { throw asset.undefined("version") }
        guard version.hasPrefix("2.") else {
            throw invalid(
                .unknownAssetMajorVersion, asset.pointer(to: "version"),
                "glTF version '\(version.quotedForMessage())' is not 2.x; export the model as glTF 2.0")
        }
        document.asset.version = version
        document.asset.minVersion = try asset.string("minVersion")
        document.asset.generator = try asset.string("generator")
        document.asset.copyright = try asset.string("copyright")
    }

    private mutating func readExtensions() throws {
        func names(_ key: String) throws -> [String] {
            try root.elements(key).map {
                guard let name = $0.value.string else {
                    throw invalid(.arrayTypeMismatch, $0.pointer, "must be a string")
                }
                return name
            }
        }
        document.extensionsUsed = try names("extensionsUsed")
        document.extensionsRequired = try names("extensionsRequired")
        for (i, name) in document.extensionsRequired.enumerated()
        where !Extensions.supported.contains(name) {
            throw invalid(
                .unsupportedExtension, "/extensionsRequired/\(i)",
                "the model requires the extension '\(name.quotedForMessage())', which Avatarium does not "
                    + "support; export it without")
        }
    }
}
