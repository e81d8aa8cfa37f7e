import Foundation

/// The disk that a path is on.
package enum Disk {
    /// The bytes that this user may still write; nil where the path is not there.
    package static func freeBytes(at path: String) -> Int? {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { return nil }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }
}
