import AvatariumCore
import Foundation

/// Distinguishes storage errors that have the same code; it is the `cause` of such an error.
enum StorageProblem: Error {
    /// The disk or the bucket has no room.
    case full
    /// The key has no object.
    case noSuchObject
    /// The upload in parts is not known: it was completed, aborted or never begun.
    case noSuchUpload
}

/// Errors of this module.
enum StorageFailure {
    /// A failed system call on a file.
    /// - Parameter number: The call's errno.
    static func file(_ path: String, _ number: Int32, _ verb: String) -> AvatariumError {
        let reason = Errno(rawValue: number)
        let isFull = reason == .noSpace || reason == .diskQuotaExceeded
        let remedy: String
        switch reason {
        case .noSpace, .diskQuotaExceeded: remedy = "free some space"
        case .permissionDenied, .notPermitted, .readOnlyFileSystem:
            remedy = "give the service permission to write to the folder"
        case .noSuchFileOrDirectory, .notDirectory: remedy = "create the folder"
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
            remedy = "raise the limit on open files (ulimit -n)"
        default: remedy = "check the disk"
        }
        return AvatariumError(
            .outputNotWritable, "cannot \(verb) '\(path)': \(reason); \(remedy)",
            context: ["path": path, "rule": isFull ? "storage-full" : "storage"], systemError: reason)
    }

    static func noSuchObject(_ key: ObjectKey) -> AvatariumError {
        AvatariumError(
            .outputNotWritable, "there is no object '\(key)'; it was deleted or never stored",
            context: ["key": "\(key)", "rule": "no-such-object"], cause: StorageProblem.noSuchObject)
    }

    static func badRange(_ key: ObjectKey, _ range: Range<Int>, length: Int) -> AvatariumError {
        AvatariumError(
            .validationError, "bytes \(range) are outside the object '\(key)' of \(length) bytes",
            context: ["field": "range", "key": "\(key)"])
    }

    /// A file whose content is not what its `LocalFile` says.
    static func changed(_ file: LocalFile) -> AvatariumError {
        AvatariumError(
            .internalError, "'\(file.path)' changed while it was being stored; try again",
            context: ["path": file.path])
    }
}

extension AvatariumError {
    /// Whether the disk or bucket is full: the service answers 503 and recovers when there is space.
    public var isStorageFull: Bool {
        cause as? StorageProblem == .full
            || code == .outputNotWritable
                && (systemError == .noSpace || systemError == .diskQuotaExceeded)
    }

    /// Whether a key has no object.
    public var isNoSuchObject: Bool { cause as? StorageProblem == .noSuchObject }
}
