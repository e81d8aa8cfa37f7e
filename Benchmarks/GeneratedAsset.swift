import Avatarium
import Foundation

/// One model of glTF-Asset-Generator that has a sample image.
struct GeneratedAsset {
    var name: String
    var request: StillRequest
    var picture: String

    private struct Manifest: Decodable {
        struct Model: Decodable {
            struct Camera: Decodable { var translation: [Float] }
            var fileName: String
            var sampleImageName: String?
            var camera: Camera?
        }
        var models: [Model]
    }

    /// Those of every group whose picture is there: seen from the manifest's place towards the origin, with a
    /// vertical field of view of 0.8 radians, in light that is white from all sides.
    static func read(folder: String, light: String) throws -> [GeneratedAsset] {
        let groups = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        return try groups.flatMap { group -> [GeneratedAsset] in
            let manifest = URL(fileURLWithPath: "\(folder)/\(group)/Manifest.json")
            guard let data = try? Data(contentsOf: manifest) else { return [] }
            return try JSONDecoder().decode(Manifest.self, from: data).models.compactMap { model in
                let picture = "\(folder)/\(group)/\(model.sampleImageName ?? "")"
                guard model.sampleImageName != nil, FileManager.default.fileExists(atPath: picture),
                    let at = model.camera?.translation, at.count == 3
                else { return nil }
                var request = StillRequest(avatar: "\(folder)/\(group)/\(model.fileName)")
                request.size = ImageSize(width: 400, height: 400)
                let radius = (at[0] * at[0] + at[1] * at[1] + at[2] * at[2]).squareRoot()
                request.orbit = CameraOrbit(
                    theta: atan2(at[0], at[2]) * 180 / .pi, phi: acos(at[1] / radius) * 180 / .pi,
                    radius: radius)
                request.target = .zero
                request.fovDegrees = 0.8 * 180 / .pi
                request.environment = .hdr(path: light)
                request.background = .transparent
                request.toneMap = .linear
                request.keyLight = false
                request.faceMaterials = false
                request.idle = false
                let name = (model.fileName as NSString).deletingPathExtension
                return GeneratedAsset(name: name, request: request, picture: picture)
            }
        }
    }

    /// A Radiance picture of 8 by 4 pixels, all of them 1.
    static let whiteLight: [UInt8] =
        Array("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 4 +X 8\n".utf8)
        + Array(repeating: [128, 128, 128, 129], count: 32).flatMap { $0 }
}

extension PixelBuffer {
    /// Over the pixels that this picture covers wholly.
    func rootMeanSquareWhereCovered(to other: PixelBuffer) -> Double {
        guard width == other.width, height == other.height else { return .infinity }
        var sum = 0.0
        var count = 0
        for i in 0..<width * height where bytes[i * 4 + 3] == 255 {
            let d = overGrey(i) - other.overGrey(i)
            sum += Double((d * d).sum())
            count += 3
        }
        return count > 0 ? (sum / Double(count)).squareRoot() : .infinity
    }
}
