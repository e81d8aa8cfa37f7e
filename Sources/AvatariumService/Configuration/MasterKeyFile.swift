import Avatarium
import AvatariumCore
import Foundation
import SystemPackage

/// The key of 32 bytes from which all others are derived.
enum MasterKeyFile {
    /// Reads the key of a data folder, or makes one that only its owner can read.
    /// - Throws: E071 when it cannot be read or kept.
    static func load(folder: String) throws -> [UInt8] {
        let path = folder + "/master.key"
        if let text = try? String(contentsOfFile: path, encoding: .utf8) {
            guard let data = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)),
                data.count == 32
            else {
                throw AvatariumError(
                    .invalidConfig, "'\(path)' is not the base64 of 32 bytes; restore it from a backup",
                    context: ["path": path])
            }
            return [UInt8](data)
        }
        var generator = SystemRandomNumberGenerator()
        let key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        do {
            let file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerReadWrite])
            _ = try file.closeAfter {
                try file.writeAll(Array((Data(key).base64EncodedString() + "\n").utf8))
            }
        } catch {
            throw AvatariumError(
                .invalidConfig,
                "the master key cannot be written to '\(path)'; check the folder's permissions",
                context: ["path": path], systemError: error as? Errno, cause: error)
        }
        return key
    }
}
