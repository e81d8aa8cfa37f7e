import AvatariumCore
import Foundation
import GLTF
import VRM

/// The avatars as they lie in the repository.
enum BundledFile: String, CaseIterable, Sendable {
    case ada, ben, nia, kenji, ruth, omar, priya, leo, amira, kit

    /// The family that the maker makes out of one head.
    static let people = allCases.filter { $0 != .kit }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Models/avatars").standardizedFileURL.path

    var path: String { "\(BundledFile.folder)/\(rawValue).\(self == .kit ? "vrm" : "glb")" }

    func document() throws -> Document { try Loader().load(path: path) }

    func model() throws -> AvatarModel { try AvatarReader.read(try document()) }

    static let visemeNames = OculusViseme.allCases.map { "viseme_\($0.name)" }
    static let shapeNames = ARKitShape.names
}

extension [Diagnostic] {
    /// Without the remark that skinned meshes hang under `Armature`: Ready Player Me's layout, in which TalkingHead looks for
    /// them there.
    var beyondTheLayout: [Diagnostic] { filter { $0.code != "NODE_SKINNED_MESH_NON_ROOT" } }
}
