import Avatarium
import AvatariumCore
import Foundation
import Jobs
import Media
import Testing

/// Captions and posters of a batch, and what it does not make.
struct BatchEditTests {
    private let folder: BatchFolder
    init() throws { folder = try BatchFolder() }

    @Test func `captions and the poster go into the batch's folder`() async throws {
        try folder.write([
            #"{"id": "a", "text": "Hi.", "size": "64x36", "captions": ["soft", "a.vtt"], "poster": "a.png"}"#
        ])
        let summary = try await folder.run()
        #expect(summary.made == 1)
        #expect(try folder.names() == ["a.mp4", "a.png", "a.vtt", "results.jsonl"])
    }

    @Test(arguments: [
        (#"{"id": "a", "text": "Hi.", "captions": "../a.vtt"}"#, "captions"),
        (#"{"id": "a", "text": "Hi.", "poster": "/tmp/a.png"}"#, "poster"),
        (#"{"id": "a", "text": "Hi.", "output": "a.m3u8"}"#, "output"),
        (#"{"id": "a", "text": "Hi.", "music": "none.mp3"}"#, "music"),
    ]) func `what a line cannot have is said with its id`(line: String, field: String) async throws {
        try folder.write([line])
        let summary = try await folder.run()
        #expect(summary.failed == 1)
        let result = try #require(try folder.results().first)
        #expect(result.id == "a")
        #expect(result.error?.context["field"] == "/" + field)
        #expect(try folder.names() == ["results.jsonl"])
    }

    @Test func `two lines do not write the same captions`() async throws {
        try folder.write([
            #"{"id": "a", "text": "Hi.", "size": "64x36", "captions": "c.srt"}"#,
            #"{"id": "b", "text": "Hi.", "size": "64x36", "captions": "c.srt"}"#,
        ])
        let summary = try await folder.run()
        #expect(summary.made == 1 && summary.failed == 1)
    }

    @Test func `a recording may stand in the line itself`() async throws {
        let tone = AudioBuffer(sampleRate: 16_000, samples: (0..<8_000).map { 0.3 * sin(Float($0) * 0.2) })
        try WAVFile.write(tone, path: folder.path + "/talk.wav")
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/talk.wav")).base64EncodedString()
        try folder.write([
            #"{"id": "a", "size": "64x36", "audio": "data:audio/wav;base64,\#(data)", "transcript": "Hello."}"#,
            #"{"id": "b", "size": "64x36", "audio": "data:audio/wav;base64,%%%"}"#,
            #"{"id": "c", "size": "64x36", "text": "Hi.", "avatar": "data:,abc"}"#,
        ])
        let summary = try await folder.run()
        #expect(summary.made == 1 && summary.failed == 2)
        for result in try folder.results() where result.status == .failed {
            #expect(result.error?.code == "E093")
        }
    }

    @Test func `music is found beside the jobs file`() async throws {
        let tone = AudioBuffer(sampleRate: 16_000, samples: (0..<16_000).map { 0.3 * sin(Float($0) * 0.2) })
        try WAVFile.write(tone, path: folder.path + "/bed.wav")
        try folder.write([
            #"{"id": "a", "text": "Hi.", "size": "64x36", "music": {"file": "bed.wav", "level": -20}}"#
        ])
        #expect(try await folder.run().made == 1)
    }
}
