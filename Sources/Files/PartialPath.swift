import AvatariumCore
import Glibc

/// The name under which an output grows until it is whole: `target.partial`, held by an advisory lock.
///
/// While another writer of the same target holds that name, the next is `target.1.partial`, and so on: several
/// may write one target at once, and the last to finish wins with a whole file. What a killed process left is no
/// longer locked, and is taken over.
package struct PartialPath {
    package enum Kind { case file, folder }

    package let path: String
    /// Open for reading and writing (a file) or for reading (a folder). The lock lasts until it and its duplicates
    /// are closed, so rename or remove the path first.
    package let descriptor: Int32

    private static let limit = 1000

    /// Makes and holds the name; what is in it already is for the caller to remove.
    /// - Throws: E025 with `context["path"]` (`reporting`) and `systemError`.
    package init(beside target: String, _ kind: Kind, reporting path: String) throws {
        for attempt in 0..<Self.limit {
            let name = attempt == 0 ? target + ".partial" : "\(target).\(attempt).partial"
            switch Self.claim(name, kind) {
            case .held(let descriptor):
                self.path = name
                self.descriptor = descriptor
                return
            case .taken: continue
            case .failed(let number): throw AtomicFile.error(path, Errno(rawValue: number))
            }
        }
        throw AtomicFile.error(path, .resourceBusy)
    }

    private enum Claim {
        case held(Int32)
        case taken
        case failed(Int32)
    }

    private static func claim(_ name: String, _ kind: Kind) -> Claim {
        while true {
            let (descriptor, isNew) = open(name, kind)
            guard descriptor >= 0 else {
                let number = errno
                // Another writer may have renamed it in between; else something that is not ours has the name.
                if number == ENOENT, !isNew { continue }
                var status = stat()
                return lstat(name, &status) == 0 ? .taken : .failed(number)
            }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
                if isStill(name, descriptor, kind) { return .held(descriptor) }
                close(descriptor)
                if isForeign(name, kind) { return .taken }
                continue
            }
            // A file system without locks: only a name that is new is surely our own.
            if errno != EWOULDBLOCK, isNew { return .held(descriptor) }
            close(descriptor)
            return .taken
        }
    }

    private static func open(_ name: String, _ kind: Kind) -> (descriptor: Int32, isNew: Bool) {
        switch kind {
        case .file:
            let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
            let made = Glibc.open(name, flags | O_CREAT | O_EXCL, 0o666)
            guard made < 0, errno == EEXIST else { return (made, true) }
            return (Glibc.open(name, flags), false)
        case .folder:
            let isNew = mkdir(name, 0o777) == 0
            if !isNew, errno != EEXIST { return (-1, true) }
            return (Glibc.open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY), isNew)
        }
    }

    /// Whether the name still leads to what was opened, and it is of the right kind.
    private static func isStill(_ name: String, _ descriptor: Int32, _ kind: Kind) -> Bool {
        var opened = stat()
        var named = stat()
        guard fstat(descriptor, &opened) == 0, lstat(name, &named) == 0 else { return false }
        return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
            && opened.st_mode & S_IFMT == (kind == .file ? S_IFREG : S_IFDIR)
    }

    private static func isForeign(_ name: String, _ kind: Kind) -> Bool {
        var status = stat()
        guard lstat(name, &status) == 0 else { return false }
        return status.st_mode & S_IFMT != (kind == .file ? S_IFREG : S_IFDIR)
    }
}
