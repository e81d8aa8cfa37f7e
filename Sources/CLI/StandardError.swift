import Foundation

/// Words for whoever watches. Nobody may: that is no reason to fail.
enum StandardError {
    static func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
