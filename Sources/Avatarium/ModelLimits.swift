import GLTF

/// What a model may ask of the host, in words for `--help`.
public enum ModelLimits {
    public static var words: String {
        let limits = LoadLimits()
        func millions(_ count: Int) -> String { "\(count / 1_000_000) million" }
        return """
            Limits, against files made to exhaust a host: \(limits.totalBytes >> 30) GB over all its files, \
            \(millions(limits.vertices)) vertices, \(millions(limits.morphVertices)) of morph targets, \(millions(limits.accessorElements)) elements an accessor, \
            \(limits.nodes) nodes that draw \(limits.draws) primitives, \(millions(limits.imagePixels)) pixels an image, JSON \(limits.jsonDepth) deep \
            and of \(millions(limits.jsonValues)) values. A model beyond them is refused with E024.
            """
    }
}
