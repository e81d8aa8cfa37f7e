import AvatariumCore
import Foundation
import GLTF
import Rig
import VRM

/// The avatars of the data folder that `AVATARIUM_TEST_DATA` names.
enum RealAvatars {
    static let folder =
        ProcessInfo.processInfo.environment["AVATARIUM_TEST_DATA"]
        ?? ProcessInfo.processInfo.environment["AVATARIUM_DATA"]
    static var available: Bool { folder != nil }

    static func model(_ file: String) throws -> AvatarModel {
        try AvatarReader.read(try Loader().load(path: "\(folder ?? "")/models/\(file)"))
    }
}
