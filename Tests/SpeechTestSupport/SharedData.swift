import AvatariumCore
import Foundation
import Phonetics
import Speech
import Testing
import TimingFormats

/// Real samples, where `AVATARIUM_TEST_DATA` (or, as it was once called, `AVATARIUM_DATA`) names them.
public enum SharedData {
    public static let folder =
        ProcessInfo.processInfo.environment["AVATARIUM_TEST_DATA"]
        ?? ProcessInfo.processInfo.environment["AVATARIUM_DATA"]
    public static var present: Bool { folder != nil }

    public static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: (folder ?? "") + "/" + path)))
    }

    public static func timeline(_ path: String, audio: Double? = nil) throws -> PhoneTimeline {
        try phones(bytes(path), name: path, audio: audio)
    }
}

/// The phones of a timing file given as bytes or text.
public func phones(
    _ bytes: [UInt8], name: String = "test", audio: Double? = nil, language: String? = nil
) throws -> PhoneTimeline {
    let content = try TimingFile.read(
        bytes, name: name, audioDurationSeconds: audio, language: language,
        pronouncer: ESpeakPronouncer()
    ).content
    guard case .phones(let timeline) = content else {
        throw AvatariumError(.internalError, "curves where phones were expected")
    }
    return timeline
}

public func phones(_ text: String, audio: Double? = nil, language: String? = nil) throws -> PhoneTimeline {
    try phones(Array(text.utf8), audio: audio, language: language)
}

/// The error that a call throws.
public func failure(_ body: () async throws -> Void) async -> AvatariumError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? AvatariumError
    }
}

/// Every timeline is sorted, without overlaps and without empty phones.
public func expectClean(_ timeline: PhoneTimeline, _ location: SourceLocation = #_sourceLocation) {
    #expect(!timeline.phones.isEmpty, sourceLocation: location)
    for (a, b) in zip(timeline.phones, timeline.phones.dropFirst()) {
        #expect(a.end <= b.start + 1e-9 && a.start < a.end, sourceLocation: location)
    }
    for phone in timeline.phones {
        #expect(
            IPAFeatures.of(phone.ipa).known, "\(phone.ipa.unicodeScalars.map(\.value))",
            sourceLocation: location)
        #expect(phone.wordIndex.map { timeline.words.indices.contains($0) } ?? true, sourceLocation: location)
    }
}
