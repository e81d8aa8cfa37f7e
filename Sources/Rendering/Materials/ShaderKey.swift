import AvatariumCore
import GLES
import Shaders

/// What a surface shader must be able to do: one program for each.
struct ShaderKey: Hashable {
    enum Slot: String, CaseIterable {
        case base, surface, normal, occlusion, emissive
        // Of KHR_materials_clearcoat, _sheen, _specular, _transmission and _volume.
        case coat, coatRoughness, coatNormal, sheen, sheenRoughness, specular, specularColor, transmission
        case thickness
        // Of KHR_materials_pbrSpecularGlossiness, converted, and of KHR_materials_iridescence.
        case gloss, film, filmThickness
        // MToon's.
        case shade, matcap, rim, shift
        /// Width of MToon's outline, in the green channel; strength of UV animation, in the blue one.
        case width, motion

        var uniform: String { "u\(rawValue.prefix(1).uppercased())\(rawValue.dropFirst())Texture" }
        var define: String { "\(rawValue.uppercased())_UV" }
        /// Colours are decoded before they are filtered.
        var content: MipPyramid.Content {
            switch self {
            case .base, .emissive, .sheen, .specularColor, .shade, .matcap, .rim: .color
            case .surface, .normal, .occlusion, .coat, .coatRoughness, .coatNormal, .sheenRoughness,
                .specular,
                .transmission, .thickness, .gloss, .film, .filmThickness, .shift, .width, .motion:
                .data
            }
        }
    }

    enum Alpha: String { case opaque = "ALPHA_OPAQUE", mask = "ALPHA_MASK", blend = "ALPHA_BLEND" }

    /// The texture coordinate set of each texture in use.
    var uvOfSlot: [Slot: Int] = [:]
    var uvCount = 0
    var alpha = Alpha.opaque
    var isLit = true
    var isWorldSpace = false
    var isDoubleSided = false
    var isDielectric = false
    /// Whether its colour is more than its texture's.
    var hasBaseFactor = true
    var isEmissive = true
    /// Light that enters leaves elsewhere (`SkinScattering`), and oil lies over it.
    var isSkin = false
    /// An eyeball under its cornea.
    var isEye = false
    /// Its vertices know what they see of their surroundings (`FaceBake`).
    var hasFace = false
    /// The first light is the look's own; how much of it arrives is known.
    var hasKeyLight = false
    /// Strands with highlights of their own.
    var isHair = false
    var hasClearcoat = false
    var hasSheen = false
    /// What is behind it shows through, so it is drawn after that.
    var hasTransmission = false
    var ignoresAlpha = false
    /// What is behind it is refracted by colours.
    var hasDispersion = false
    /// A thin film lies on the surface.
    var hasIridescence = false
    /// Lit at its vertices: right where normals hardly turn between them and no highlight is small.
    var isVertexLit = false
    /// What a pixel shows, exposure, tone map and sRGB included, is computed at its vertices besides (`TexelRange`).
    var isVertexToneMapped = false
    var isToon = false
    /// The hull behind a toon surface.
    var isOutline = false
    var hasMatcap = false
    /// Texture coordinates move (VRMC_materials_mtoon, UV Animation).
    var hasUVAnimation = false
    var hasVertexColors = false
    var sharesOcclusion = false
    var usesAlphaToCoverage = false
    var hasEnvironment = true
    var hasPunctualLights = false
    var lightCount = 0
    var toneMap = ToneMap.aces

    var needsTangents: Bool { uvOfSlot[.normal] != nil || uvOfSlot[.coatNormal] != nil }

    var defines: String {
        var lines = ["#define UV_COUNT \(uvCount)", "#define LIGHT_COUNT \(isLit ? lightCount : 0)"]
        lines += uvOfSlot.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "#define \($0.key.define) \($0.value)" }
        let toneMaps: [ToneMap: Int] = [.linear: 0, .aces: 1, .neutral: 2]
        lines.append("#define TONE_MAP \(toneMaps[toneMap] ?? 0)")
        let flags: [(String, Bool)] = [
            (alpha.rawValue, true), ("LIT", isLit), ("WORLD_SPACE", isWorldSpace),
            ("DOUBLE_SIDED", isDoubleSided), ("DIELECTRIC", isDielectric),
            ("VERTEX_COLORS", hasVertexColors), ("OCCLUSION_SHARED", sharesOcclusion),
            ("ALPHA_TO_COVERAGE", usesAlphaToCoverage && alpha == .mask),
            ("ENVIRONMENT", hasEnvironment && isLit),
            // Irradiance varies so slowly that a vertex's share will do, where no normal map bends it.
            (
                "VERTEX_AMBIENT",
                hasEnvironment && isLit && !isToon && !isVertexLit && uvOfSlot[.normal] == nil
            ),
            ("CLEARCOAT", hasClearcoat && isLit), ("SHEEN", hasSheen && isLit),
            ("DISPERSION", hasDispersion && hasTransmission && isLit),
            ("IRIDESCENCE", hasIridescence && isLit), ("TRANSMISSION", hasTransmission && isLit),
            ("ALPHA_OPAQUE", ignoresAlpha),
            ("SKIN", isSkin && hasFace), ("HAIR", isHair), ("EYE", isEye && hasFace),
            ("FACE", hasFace && !isEye),
            ("KEY_LIGHT", hasKeyLight), ("BASE_FACTOR", hasBaseFactor), ("EMISSIVE", isEmissive),
            ("VERTEX_LIT", isVertexLit),
            ("VERTEX_TONE_MAPPED", isVertexLit && isVertexToneMapped), ("OUTLINE", isOutline),
            ("MATCAP", hasMatcap),
            ("UV_ANIMATION", hasUVAnimation && uvCount > 0),
            ("PUNCTUAL_LIGHTS", hasPunctualLights && isLit), ("TANGENTS", needsTangents),
        ]
        lines += flags.filter(\.1).map { "#define \($0.0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// The programs compiled so far.
final class ProgramCache {
    static let radianceUnit = 0
    /// The texture unit of what was drawn before, for transmissive surfaces.
    static let behindUnit = ShaderKey.Slot.allCases.count + 1
    /// The texture unit of `SkinScattering`.
    static let scatteringUnit = behindUnit + 1
    static let attributes = ["aPosition", "aNormal", "aTangent", "aUV0", "aUV1", "aColor", "aFace"]
    /// Samplers are low precision unless told otherwise, which Mesa takes at its word: every texel would be rounded to
    /// half a float and back.
    private static let header = """
        #version 300 es
        precision highp float;
        precision highp int;
        precision highp sampler2D;

        """
    private let context: Context
    private struct Variant: Hashable {
        var key: ShaderKey
        var constants: ShaderConstants
    }
    /// Compiled code takes a megabyte a program, and one scene uses five to twenty; scenes keep theirs in any case.
    private var surfaces = ProgramCache.emptied

    private static var emptied: RecentlyUsed<Variant, Program> { RecentlyUsed(capacity: 32) }

    init(_ context: Context) { self.context = context }

    func program(_ key: ShaderKey, _ constants: ShaderConstants) throws -> Program {
        let variant = Variant(key: key, constants: constants)
        if let known = surfaces[variant] { return known }
        let head = Self.header + key.defines + constants.source + ShaderSource.blocks
        let program = try Program(
            context, vertex: head + ShaderSource.surfaceVertex,
            fragment: head + (key.isToon ? ShaderSource.toonFragment : ShaderSource.surfaceFragment),
            attributes: Self.attributes)
        program.set("uRadiance", Self.radianceUnit)
        if key.isSkin, key.hasFace, key.lightCount > 0 { program.set("uScattering", Self.scatteringUnit) }
        if key.hasTransmission { program.set("uBehindTexture", Self.behindUnit) }
        for (i, slot) in ShaderKey.Slot.allCases.enumerated() { program.set(slot.uniform, i + 1) }
        surfaces[variant] = program
        return program
    }

    func backdrop(_ toneMap: ToneMap, _ constants: ShaderConstants) throws -> Program {
        var key = ShaderKey()
        key.toneMap = toneMap
        key.isLit = false
        let head = Self.header + key.defines + constants.source + ShaderSource.blocks
        return try Program(
            context, vertex: head + ShaderSource.backdropVertex,
            fragment: head + ShaderSource.backdropFragment, attributes: ["aPosition"])
    }

    func clear() { surfaces = Self.emptied }
}
