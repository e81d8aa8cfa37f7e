import AvatariumCore
import Foundation

/// The folder that a model may read from: its own. Every byte counts against one budget.
struct ResourceFolder {
    /// The model's file; nil when it came from memory.
    let modelPath: String?
    private var remaining: Int

    init(modelPath: String?, byteLimit: Int) {
        self.modelPath = modelPath
        remaining = byteLimit
    }

    /// - Throws: E022 where there is no such file, E021 where it cannot be read.
    mutating func readModel() throws -> [UInt8] {
        try read(modelPath ?? "", missing: .avatarNotFound, pointer: "")
    }

    /// The bytes that a `uri` names: a data URI or a file inside the model's folder.
    mutating func resolve(_ uri: String, pointer: String) throws -> Resource {
        if let data = try DataURI(uri, pointer: pointer, byteLimit: remaining) {
            remaining -= data.bytes.count
            return Resource(bytes: data.bytes, mimeType: data.mimeType, source: data.summary)
        }
        let path = try filePath(uri, pointer: pointer)
        let bytes = try read(path, missing: .avatarLoadFailed, pointer: pointer)
        return Resource(bytes: bytes, mimeType: nil, source: uri)
    }

    /// The path of a relative URI, with symbolic links resolved and proven to stay in the folder.
    ///
    /// Read as browsers read it (WHATWG URL): line breaks, tabs and white space around it do not count, `\\` is `/`, and
    /// a broken escape stands for itself. Exporters on Windows write such URIs.
    private func filePath(_ uri: String, pointer: String) throws -> String {
        func refuse(_ reason: String) -> AvatariumError {
            invalid(
                .invalidUri, pointer,
                "'\(uri.quotedForMessage())' \(reason); keep the model's files beside it")
        }
        guard let modelPath else { throw refuse("cannot be read: this model is not in a folder") }
        let written = uri.components(separatedBy: CharacterSet(charactersIn: "\t\n\r")).joined()
            .trimmingCharacters(in: CharacterSet(charactersIn: " ")).replacing("\\", with: "/")
        // A scheme is letters before the first ':' ahead of any '/' (RFC 3986, 3.1).
        if let head = written.split(separator: "/", omittingEmptySubsequences: false).first,
            head.contains(":")
        {
            throw refuse("is not a relative path")
        }
        guard let decoded = String(validating: Self.percentDecoded(written.utf8[...]), as: UTF8.self) else {
            throw refuse("is not a valid URI")
        }
        guard !decoded.isEmpty, !decoded.utf8.contains(0) else {
            throw refuse("is not a valid relative path")
        }
        let plain = decoded.replacing("\\", with: "/")
        guard !plain.hasPrefix("/"), let inside = Self.withoutDots(plain) else {
            throw refuse("leaves the model's folder")
        }
        let folder = modelPath.lastIndex(of: "/").map { String(modelPath[...$0]) } ?? "./"
        let path = folder + inside
        guard let realFolder = Self.realPath(folder), let real = Self.realPath(path) else {
            let reason = Errno(rawValue: errno)
            throw AvatariumError(
                .avatarLoadFailed,
                "\(pointer): '\(uri.quotedForMessage())' \(RegularFile.Failure.system(reason)); keep the model's files "
                    + "beside it",
                context: ["rule": GLTFIssue.ioError.code, "pointer": pointer, "path": path],
                systemError: reason)
        }
        guard real.hasPrefix(realFolder == "/" ? "/" : realFolder + "/") else {
            throw refuse("leaves the model's folder through a link")
        }
        return real
    }

    private static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Without `.` and `..` (RFC 3986, 5.2.4); nil where these lead out.
    private static func withoutDots(_ path: String) -> String? {
        var kept: [Substring] = []
        for segment in path.split(separator: "/", omittingEmptySubsequences: false) where segment != "." {
            if segment == ".." {
                guard kept.popLast() != nil else { return nil }
            } else {
                kept.append(segment)
            }
        }
        return kept.joined(separator: "/")
    }

    /// RFC 3986 decoding; a broken escape stands for itself, as in browsers. A query or fragment is part of the name.
    static func percentDecoded(_ text: Substring.UTF8View) -> [UInt8] {
        guard text.contains(UInt8(ascii: "%")) else { return Array(text) }
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var rest = text
        while let c = rest.popFirst() {
            if c == UInt8(ascii: "%"), let first = rest.first, let high = hexDigit(first),
                let second = rest.dropFirst().first, let low = hexDigit(second)
            {
                out.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                out.append(c)
            }
        }
        return out
    }

    private static func hexDigit(_ c: UInt8) -> UInt8? {
        switch c {
        case 0x30...0x39: c - 0x30
        case 0x41...0x46: c - 0x37
        case 0x61...0x66: c - 0x57
        default: nil
        }
    }

    private mutating func read(_ path: String, missing: ErrorCode, pointer: String) throws -> [UInt8] {
        func failure(_ code: ErrorCode, _ reason: String, _ cause: Errno? = nil) -> AvatariumError {
            let place = pointer.isEmpty ? "" : "\(pointer): "
            return AvatariumError(
                code, "\(place)'\(path.quotedForMessage(limit: 200))' \(reason)",
                context: ["path": path, "rule": GLTFIssue.ioError.code, "pointer": pointer],
                systemError: cause)
        }
        do throws(RegularFile.Failure) {
            let bytes = try RegularFile.read(path, limit: remaining)
            remaining -= bytes.count
            return bytes
        } catch {
            switch error {
            case .larger:
                throw failure(
                    .avatarModelInvalid,
                    "exceeds the limit of bytes of a model (\(remaining) are left); make it smaller")
            case .system(.noSuchFileOrDirectory), .system(.notDirectory):
                throw failure(missing, "\(error); \(error.remedy)", error.systemError)
            default:
                throw failure(.avatarLoadFailed, "\(error); \(error.remedy)", error.systemError)
            }
        }
    }
}

/// What a URI led to.
struct Resource {
    var bytes: [UInt8]
    var mimeType: String?
    /// For messages: the file, or the data URI shortened.
    var source: String
}
