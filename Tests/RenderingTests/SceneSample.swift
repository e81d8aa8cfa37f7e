import AvatariumCore
import GLTF
import Images
import Rendering
import VRM

/// Small models built by code, and a camera that sees -1...1 across a square picture.
struct SceneSample {
    var document = Document()

    /// A triangle in the plane z = 0, unlit, of one linear colour.
    init(_ points: [SIMD3<Float>] = [SIMD3(-1, -1, 0), SIMD3(1, -1, 0), SIMD3(-1, 1, 0)]) {
        var material = Material()
        material.unlit = true
        material.baseColorFactor = SIMD4(1, 0, 0, 1)
        document.materials = [material]
        var primitive = Primitive()
        primitive.attributes["POSITION"] = floats(points.flatMap { [$0.x, $0.y, $0.z] }, .vec3)
        primitive.attributes["NORMAL"] = floats(points.flatMap { _ -> [Float] in [0, 0, 1] }, .vec3)
        primitive.material = 0
        var mesh = Mesh()
        mesh.primitives = [primitive]
        document.meshes = [mesh]
        var node = Node()
        node.mesh = 0
        document.nodes = [node]
        document.sceneRoots = [0]
    }

    var model: AvatarModel { AvatarModel(document: document) }

    mutating func floats(_ values: [Float], _ type: Accessor.ElementType) -> Int {
        let bytes = values.flatMap { v in
            [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: v.bitPattern >> UInt32($0)) }
        }
        document.accessors.append(
            Accessor(
                componentType: .float, elementType: type, normalized: false,
                count: values.count / type.componentCount, bytes: bytes))
        return document.accessors.count - 1
    }

    /// A morph target that moves every vertex by `offset`.
    mutating func addTarget(_ offset: SIMD3<Float>, vertices: Int) {
        let accessor = floats((0..<vertices).flatMap { _ in [offset.x, offset.y, offset.z] }, .vec3)
        document.meshes[0].primitives[0].targets.append(["POSITION": accessor])
        document.meshes[0].weights.append(0)
    }

    /// A texture of an encoded image.
    mutating func add(_ image: [UInt8]) -> TextureInfo {
        var file = Image()
        file.bytes = image
        document.images.append(file)
        var texture = Texture()
        texture.image = document.images.count - 1
        document.textures.append(texture)
        return TextureInfo(texture: document.textures.count - 1)
    }

    func pose(_ weights: [Float] = [], node: Matrix4 = .identity) -> FramePose {
        FramePose(
            nodeMatrices: document.nodes.map { $0.skin == nil ? node : .identity },
            morphWeights: document.nodes.map { _ in weights })
    }

    /// Sees -1...1 of the plane z = 0.
    static let camera = ViewCamera(
        eye: SIMD3(0, 0, 2), target: .zero, fovY: 2 * 0.463_647_6, near: 0.1, far: 10)
}

extension RenderLook {
    /// A look over white, with four samples per pixel.
    static func sample(_ width: Int, _ height: Int) -> RenderLook {
        RenderLook(
            Overrides(
                size: ImageSize(width: width, height: height), background: BackgroundChoice("white"),
                samples: 4))
    }
}

/// Encoded images made by code.
enum TestImage {
    /// Every texel of another colour.
    static func noise(seed: UInt64, side: Int = 4) throws -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        var picture = PixelBuffer(width: side, height: side)
        for i in picture.bytes.indices {
            picture.bytes[i] = i % 4 == 3 ? 255 : UInt8.random(in: 0...255, using: &random)
        }
        return try PNGWriter.encode(picture)
    }

    /// Red and green above, blue and white below.
    static func quarters(side: Int = 16) throws -> [UInt8] {
        var picture = PixelBuffer(width: side, height: side)
        let colors: [SIMD4<UInt8>] = [
            SIMD4(255, 0, 0, 255), SIMD4(0, 255, 0, 255), SIMD4(0, 0, 255, 255), SIMD4(repeating: 255),
        ]
        for y in 0..<side {
            for x in 0..<side { picture[x, y] = colors[y * 2 / side * 2 + x * 2 / side] }
        }
        return try PNGWriter.encode(picture)
    }
}
