import AvatariumCore

/// Turns the JSON and its data into a `Document`, checking every index, size and reference on the way.
struct DocumentBuilder {
    let root: Cursor
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

    let deadline: Deadline

    init(
        root: Cursor, container: Container, folder: ResourceFolder, limits: LoadLimits, deadline: Deadline
    ) {
        self.root = root
        binary = container.binary
        isBinary = container.isBinary
        self.folder = folder
        self.limits = limits
        self.deadline = deadline
        unpackBudget = limits.totalBytes
    }

    mutating func build() throws -> Document {
        guard root.json.object != nil else {
            throw invalid("TYPE_MISMATCH", "", "the document is not a JSON object")
        }
        document.json = root.json
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
        try checkFloats()
        try readCameras()
        try readLights()
        try readNodes()
        try checkDrawnVertices()
        try readSkins()
        try readScenes()
        try deadline.check("reading the nodes")
        try checkJointIndices()
        try readAnimations()
        return document
    }

    /// Takes from the budget: references are cheap to write, and each may unpack the same data again.
    mutating func spend(_ bytes: Int, _ pointer: String) throws {
        try deadline.check("unpacking \(pointer)")
        guard bytes <= unpackBudget else {
            throw invalid(
                "ACCESSOR_TOO_LONG", pointer, "the model unpacks to more than \(limits.totalBytes) bytes")
        }
        unpackBudget -= bytes
    }

    /// How many elements the root array `key` has.
    func count(_ key: String) -> Int { root.json[key]?.array?.count ?? 0 }

    private mutating func readAsset() throws {
        guard let asset = root["asset"] else { throw root.undefined("asset") }
        guard let version = try asset.string("version") else { throw asset.undefined("version") }
        guard version.hasPrefix("2.") else {
            throw invalid(
                "UNKNOWN_ASSET_MAJOR_VERSION", asset.at("version"),
                "glTF version '\(version)' is not 2.x; export the model as glTF 2.0")
        }
        document.asset.version = version
        document.asset.minVersion = try asset.string("minVersion")
        document.asset.generator = try asset.string("generator")
        document.asset.copyright = try asset.string("copyright")
    }

    private mutating func readExtensions() throws {
        func names(_ key: String) throws -> [String] {
            try root.elements(key).map {
                guard let name = $0.json.string else {
                    throw invalid("ARRAY_TYPE_MISMATCH", $0.pointer, "must be a string")
                }
                return name
            }
        }
        document.extensionsUsed = try names("extensionsUsed")
        document.extensionsRequired = try names("extensionsRequired")
        for (i, name) in document.extensionsRequired.enumerated()
        where !Extensions.supported.contains(name) {
            throw invalid(
                "UNSUPPORTED_EXTENSION", "/extensionsRequired/\(i)",
                "the model requires the extension '\(name)', which Avatarium lacks; "
                    + "export it without")
        }
    }
}
