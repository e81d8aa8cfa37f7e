import AvatariumCore
import Foundation

/// Errors of this module.
enum StorageFailure {
    /// A failed system call on a file.
    static func file(_ path: String, _ number: Int32, _ verb: String) -> AvatariumError {
        let isFull = number == ENOSPC || number == EDQUOT
        let remedy =
            switch number {
            case ENOSPC, EDQUOT: "free some space"
            case EACCES, EPERM, EROFS: "give the service the right to the folder"
            case ENOENT, ENOTDIR: "make the folder"
            case EMFILE, ENFILE: "raise the limit on open files (ulimit -n)"
            default: "check the disk"
            }
        return AvatariumError(
            .outputNotWritable, "cannot \(verb) '\(path)': \(String(cString: strerror(number))); \(remedy)",
            context: ["path": path, "errno": "\(number)", "rule": isFull ? "storage-full" : "storage"])
    }

    static func noSuchObject(_ key: ObjectKey) -> AvatariumError {
        AvatariumError(
            .outputNotWritable, "there is no object '\(key)'; it was deleted or never stored",
            context: ["key": "\(key)", "rule": "no-such-object"])
    }

    static func badRange(_ key: ObjectKey, _ range: Range<Int>, length: Int) -> AvatariumError {
        AvatariumError(
            .validationError, "bytes \(range) are outside the object '\(key)' of \(length) bytes",
            context: ["field": "range", "key": "\(key)"])
    }

    /// A file whose content is not what its `LocalFile` says.
    static func changed(_ file: LocalFile) -> AvatariumError {
        AvatariumError(
            .internalError, "'\(file.path)' changed while it was being stored; measure it again",
            context: ["path": file.path])
    }
}

extension AvatariumError {
    /// Whether the disk or bucket is full: the service answers 503 and recovers when there is space.
    public var isStorageFull: Bool { context["rule"] == "storage-full" }

    /// Whether a key has no object.
    public var isNoSuchObject: Bool { context["rule"] == "no-such-object" }
}
