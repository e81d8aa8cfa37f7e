import AvatariumCore
import Crypto
import Foundation

/// A file on this machine whose length and digest are known.
public struct LocalFile: Sendable, Equatable {
    public var path: String
    /// In bytes.
    public var length: Int
    /// 32 bytes.
    public var sha256: [UInt8]

    public init(path: String, length: Int, sha256: [UInt8]) {
        self.path = path
        self.length = length
        self.sha256 = sha256
    }

    /// Reads a file once to measure it.
    /// - Throws: E025 if it cannot be read.
    public init(measuring path: String) async throws {
        let file = try await OpenFile.open(path)
        let (length, digest) = try await BlockingIO.run {
            var hash = SHA256()
            var length = 0
            while true {
                let chunk = try file.read(at: length, count: OpenFile.chunkSize)
                guard !chunk.isEmpty else { break }
                hash.update(data: chunk)
                length += chunk.count
            }
            return (length, Array(hash.finalize()))
        }
        self.init(path: path, length: length, sha256: digest)
    }

    /// The digest in lower-case hexadecimal.
    public var sha256Hex: String { sha256.hex }
}

extension Sequence<UInt8> {
    /// Lower-case hexadecimal.
    var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
