import Avatarium
import AvatariumCore
import Foundation
import SystemPackage

/// The key of 32 bytes from which all others are derived, as the data folder keeps it.
struct MasterKeyFile {
    let folder: String
    private var path: String { folder + "/master.key" }
    /// The key that is to replace it, while a rotation is under way.
    private var nextPath: String { folder + "/master.key.next" }

    /// Reads the folder's key, or makes one that only its owner can read.
    /// - Throws: E071 when it cannot be read or kept.
    func load() throws -> [UInt8] { try read(path) ?? make(path) }

    /// The folder's key, where it has one.
    /// - Throws: E071 when it cannot be read.
    func current() throws -> [UInt8]? { try read(path) }

    /// The key with which a rotation goes on that was interrupted, or a new one.
    /// - Throws: E071 when it cannot be read or kept.
    func next() throws -> [UInt8] { try read(nextPath) ?? make(nextPath) }

    /// Puts the next key in the place of the current one.
    /// - Throws: E071 when it cannot be kept.
    func replace() throws {
        guard rename(nextPath, path) == 0 else { throw refusal(path, Errno(rawValue: errno)) }
        try synchronizeFolder()
    }

    private func read(_ path: String) throws -> [UInt8]? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        guard let key = ServiceConfiguration.masterKey(base64: text) else {
            throw AvatariumError(
                .invalidConfig, "'\(path)' is not the base64 of 32 bytes; restore it from a backup",
                context: ["path": path])
        }
        return key
    }

    private func make(_ path: String) throws -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        let key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        do {
            let file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerReadWrite])
            try file.closeAfter {
                try file.writeAll(Array((Data(key).base64EncodedString() + "\n").utf8))
                // Nothing may be sealed with a key that a power cut would take away.
                guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
        } catch {
            throw refusal(path, error)
        }
        try synchronizeFolder()
        return key
    }

    private func synchronizeFolder() throws {
        do {
            let descriptor = try FileDescriptor.open(FilePath(folder), .readOnly, options: [.closeOnExec])
            try descriptor.closeAfter {
                guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
            }
        } catch {
            throw refusal(folder, error)
        }
    }

    private func refusal(_ path: String, _ error: any Error) -> AvatariumError {
        AvatariumError(
            .invalidConfig, "the master key cannot be kept in '\(path)'; check the folder's permissions",
            context: ["path": path], systemError: error as? Errno, cause: error)
    }
}
