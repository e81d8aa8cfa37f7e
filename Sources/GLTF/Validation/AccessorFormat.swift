/// An accessor's type as a whole, which attributes and samplers ask for.
struct AccessorFormat: Hashable {
    var type: String
    var component: Int
    var isNormalized = false

    static let componentCounts = [
        "SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16,
    ]
    static let byte = 5120
    static let unsignedByte = 5121
    static let short = 5122
    static let unsignedShort = 5123
    static let unsignedInt = 5125
    static let float = 5126

    static func componentSize(_ component: Int) -> Int {
        switch component {
        case byte, unsignedByte: 1
        case short, unsignedShort: 2
        default: 4
        }
    }

    private static func plain(_ type: String, _ components: Int...) -> Set<AccessorFormat> {
        Set(components.map { AccessorFormat(type: type, component: $0) })
    }

    private static func normalized(_ type: String, _ components: Int...) -> Set<AccessorFormat> {
        Set(components.map { AccessorFormat(type: type, component: $0, isNormalized: true) })
    }

    static let indices = plain("SCALAR", unsignedByte, unsignedShort, unsignedInt)
    static let keyTimes = plain("SCALAR", float)
    static let inverseBindMatrices = plain("MAT4", float)

    /// glTF 2.0, section 3.11.
    static let animationOutputs: [String: Set<AccessorFormat>] = [
        "translation": plain("VEC3", float),
        "rotation": plain("VEC4", float)
            .union(normalized("VEC4", byte, unsignedByte, short, unsignedShort)),
        "scale": plain("VEC3", float),
        "weights": plain("SCALAR", float)
            .union(normalized("SCALAR", byte, unsignedByte, short, unsignedShort)),
    ]

    /// By attribute semantic, its number cut off (glTF 2.0, section 3.7.2.1; KHR_mesh_quantization).
    static func attributes(quantized: Bool) -> [String: Set<AccessorFormat>] {
        let unsigned = { normalized($0, unsignedByte, unsignedShort) }
        var out: [String: Set<AccessorFormat>] = [
            "POSITION": plain("VEC3", float), "NORMAL": plain("VEC3", float), "TANGENT": plain("VEC4", float),
            "TEXCOORD": plain("VEC2", float).union(unsigned("VEC2")),
            "COLOR": plain("VEC3", float).union(plain("VEC4", float)).union(unsigned("VEC3"))
                .union(unsigned("VEC4")),
            "JOINTS": plain("VEC4", unsignedByte, unsignedShort),
            "WEIGHTS": plain("VEC4", float).union(unsigned("VEC4")),
        ]
        guard quantized else { return out }
        let all = [byte, unsignedByte, short, unsignedShort]
        for component in all {
            for isNormalized in [false, true] {
                out["POSITION"]?.insert(
                    AccessorFormat(type: "VEC3", component: component, isNormalized: isNormalized))
                out["TEXCOORD"]?.insert(
                    AccessorFormat(type: "VEC2", component: component, isNormalized: isNormalized))
            }
        }
        out["NORMAL"]?.formUnion(normalized("VEC3", byte, short))
        out["TANGENT"]?.formUnion(normalized("VEC4", byte, short))
        return out
    }

    /// The formats of the attributes of morph targets (glTF 2.0, section 3.7.2.2).
    static func morphAttributes(quantized: Bool) -> [String: Set<AccessorFormat>] {
        let all = { normalized($0, byte, unsignedByte, short, unsignedShort) }
        var out: [String: Set<AccessorFormat>] = [
            "POSITION": plain("VEC3", float), "NORMAL": plain("VEC3", float), "TANGENT": plain("VEC3", float),
            "TEXCOORD": plain("VEC2", float).union(all("VEC2")),
            "COLOR": plain("VEC3", float).union(plain("VEC4", float)).union(all("VEC3")).union(all("VEC4")),
        ]
        guard quantized else { return out }
        out["POSITION"]?.formUnion(plain("VEC3", byte, short).union(normalized("VEC3", byte, short)))
        out["NORMAL"]?.formUnion(normalized("VEC3", byte, short))
        out["TANGENT"]?.formUnion(normalized("VEC3", byte, short))
        out["TEXCOORD"]?.formUnion(plain("VEC2", byte, short))
        return out
    }
}
