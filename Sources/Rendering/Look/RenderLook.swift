import AvatariumCore
import Foundation

/// The look of a picture of a given model, pose and camera: everything that determines an uploaded scene.
///
/// Clips, stills, golden cases, the command line, the scene cache and the renderer use this one value. Users write the
/// partial form, ``Overrides``, whose field names are those of JSON:
/// ```swift
/// let look = RenderLook(.init(size: ImageSize(width: 640, height: 360), quality: .high))
/// ```
public struct RenderLook: Hashable, Codable, Sendable {
    public var size = ImageSize(width: 1280, height: 720)
    public var background = BackgroundChoice.standard
    public var environment = EnvironmentSource.studio
    /// The factor on scene-linear light before the tone map, 0.01 to 100.
    public var exposure: Float = 1
    public var toneMap = ToneMap.aces
    /// Whether there is a soft warm directional light from above left, in addition to the environment.
    public var keyLight = true
    /// Whether the lights in the model's file are used (KHR_lights_punctual).
    public var modelLights = true
    /// Whether a face's materials are replaced by ones for skin, eyes, hair and teeth, recognised by name. Toon
    /// and metallic materials are not changed.
    public var faceMaterials = true
    /// Anti-aliasing samples per pixel, 1 to 16, limited to what GL supports. With one sample, `standard` quality
    /// smooths the edges of the finished picture (FXAA).
    public var samples = Quality.standard.samples
    public var quality = Quality.standard

    /// Creates the default look of a clip.
    public init() {}

    /// Creates a look from `overrides`, with defaults for the values that are nil; the default of `samples`
    /// depends on the quality.
    public init(_ overrides: Overrides) {
        let quality = overrides.quality ?? .standard
        self.quality = quality
        samples = overrides.samples ?? quality.samples
        size = overrides.size ?? size
        background = overrides.background ?? background
        environment = overrides.environment ?? environment
        exposure = overrides.exposure ?? exposure
        toneMap = overrides.toneMap ?? toneMap
        keyLight = overrides.keyLight ?? keyLight
        modelLights = overrides.modelLights ?? modelLights
        faceMaterials = overrides.faceMaterials ?? faceMaterials
    }

    public static let exposureRange = 0.01...100.0
    public static let samplesRange = 1...16

    /// Whether edges are smoothed in the finished picture.
    var smoothsEdges: Bool { samples == 1 && quality == .standard }

    /// Validates all values, and checks that the files of background and environment exist.
    /// - Throws: E071 with `context["field"]`.
    public func validate() throws {
        try size.validate()
        try Self.exposureRange.check(Double(exposure), field: "exposure")
        try (Double(Self.samplesRange.lowerBound)...Double(Self.samplesRange.upperBound))
            .check(Double(samples), field: "samples")
        if case .hdr(let path) = environment, !FileManager.default.fileExists(atPath: path) {
            throw AvatariumError(
                .invalidConfig,
                "there is no environment '\(path.quotedForMessage(limit: 200))'; use studio, none, or the path of "
                    + "a .hdr file",
                context: ["field": "environment", "path": path], systemError: .noSuchFileOrDirectory)
        }
        if case .image(let path) = background, !FileManager.default.fileExists(atPath: path) {
            throw BackgroundChoice.unreadable(path, .system(.noSuchFileOrDirectory))
        }
    }
}

extension RenderLook {
    /// Reads the background's picture as drawing does, where it is one, and forgets it.
    /// - Throws: E071 for a file that cannot be read or decoded.
    package func checkBackground() throws { _ = try background.readImage(RenderLimits()) }

    /// Reads the environment as drawing does, where it is a file, and forgets it.
    /// - Throws: E021 for a file that cannot be read, E071 for one that is not a Radiance picture.
    package func checkEnvironment() throws {
        guard case .hdr(let path) = environment else { return }
        _ = try Panorama.load(path: path, width: 64, limits: RenderLimits())
    }
}

extension Quality {
    /// The default number of samples per pixel.
    public var samples: Int { self == .high ? 4 : 1 }
}

extension RenderLook {
    /// A partial ``RenderLook``: fields that are nil have the defaults.
    ///
    /// Decoding refuses unknown fields. A type that contains these fields among its own decodes them with
    /// `init(among:)` and encodes them with ``encode(to:)``, which adds to what is already encoded.
    public struct Overrides: Hashable, Codable, Sendable, FieldGroup {
        public var size: ImageSize?
        public var background: BackgroundChoice?
        public var environment: EnvironmentSource?
        public var exposure: Float?
        public var toneMap: ToneMap?
        public var keyLight: Bool?
        public var modelLights: Bool?
        public var faceMaterials: Bool?
        public var samples: Int?
        public var quality: Quality?

        /// The names of all fields in JSON.
        public static let fieldNames = CodingKeys.allCases.map(\.rawValue)

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case size, background, environment, exposure, toneMap, keyLight, modelLights, faceMaterials,
                samples
            case quality
        }

        public init(
            size: ImageSize? = nil, background: BackgroundChoice? = nil,
            environment: EnvironmentSource? = nil,
            exposure: Float? = nil, toneMap: ToneMap? = nil, keyLight: Bool? = nil, modelLights: Bool? = nil,
            faceMaterials: Bool? = nil, samples: Int? = nil, quality: Quality? = nil
        ) {
            self.size = size
            self.background = background
            self.environment = environment
            self.exposure = exposure
            self.toneMap = toneMap
            self.keyLight = keyLight
            self.modelLights = modelLights
            self.faceMaterials = faceMaterials
            self.samples = samples
            self.quality = quality
        }

        /// The defaults of a still: `high` quality.
        public static let still = Overrides(quality: .high)

        /// Returns these fields, with those of `base` where they are nil.
        public func over(_ base: Overrides) -> Overrides {
            Overrides(
                size: size ?? base.size, background: background ?? base.background,
                environment: environment ?? base.environment, exposure: exposure ?? base.exposure,
                toneMap: toneMap ?? base.toneMap, keyLight: keyLight ?? base.keyLight,
                modelLights: modelLights ?? base.modelLights,
                faceMaterials: faceMaterials ?? base.faceMaterials, samples: samples ?? base.samples,
                quality: quality ?? base.quality)
        }

        /// - Throws: `DecodingError` for an unknown field, or an invalid value.
        public init(from decoder: any Decoder) throws {
            try self.init(WireFields(decoder, CodingKeys.self))
        }

        package init(_ field: WireFields<CodingKeys>) throws {
            self.init(
                size: try field(.size), background: try field(.background),
                environment: try field(.environment), exposure: try field(.exposure),
                toneMap: try field(.toneMap), keyLight: try field(.keyLight),
                modelLights: try field(.modelLights), faceMaterials: try field(.faceMaterials),
                samples: try field(.samples), quality: try field(.quality))
        }
    }

    /// Decodes the object of ``Overrides``; absent fields have their defaults.
    /// - Throws: `DecodingError` for an unknown field, or an invalid value.
    public init(from decoder: any Decoder) throws { self.init(try Overrides(from: decoder)) }
}
