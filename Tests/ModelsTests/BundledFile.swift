import AvatariumCore
import Foundation
import GLTF
import VRM

/// The avatars as they lie in the repository.
enum BundledFile: String, CaseIterable, Sendable {
    case ada = "ada.glb"
    case adaVRM = "ada.vrm"
    case kit = "kit.vrm"

    static let allAda: [BundledFile] = [.ada, .adaVRM]

    var path: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Models/avatars/\(rawValue)").standardizedFileURL.path
    }

    func document() throws -> Document { try Loader().load(path: path) }

    func model() throws -> AvatarModel { try AvatarReader.read(try document()) }

    static let visemeNames = OculusViseme.allCases.map { "viseme_\($0.name)" }
    static let shapeNames = ARKitShape.names
}
