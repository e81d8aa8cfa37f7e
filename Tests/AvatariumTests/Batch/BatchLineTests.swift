import Avatarium
import Foundation
import Testing

/// Lines that cannot be made fail alone, each with its code.
@Suite(.serialized)
struct BatchLineTests {
    private let folder: BatchFolder
    init() throws { folder = try BatchFolder() }

    private static let good = #"{"id": "good", "text": "Yes.", "size": "64x36"}"#

    /// A bad line, its code, and the field that is wrong where one is.
    private static let bad: [(line: String, code: String, field: String?)] = [
        (#"{"text": "No"#, "E093", ""),
        (#"["text"]"#, "E093", ""),
        (#"{"text": "No.", "sise": "64x36"}"#, "E093", "sise"),
        (#"{"text": "No.", "text": "Yes."}"#, "E093", "text"),
        (#"{"text": 5}"#, "E093", "text"),
        (#"{"text": "No.", "size": "wide"}"#, "E093", "size"),
        (#"{"text": "No.", "output": "../no.mp4"}"#, "E071", "output"),
        (#"{"text": "No.", "output": "/tmp/no.mp4"}"#, "E071", "output"),
        (#"{"text": "No.", "output": ".avatarium/no.mp4"}"#, "E071", "output"),
        (#"{"text": "No.", "output": "%05d.png"}"#, "E071", "output"),
        (#"{"text": "No.", "output": "-"}"#, "E071", "output"),
        (#"{"id": "good", "text": "No.", "output": "no.mp4"}"#, "E071", "id"),
        (#"{"text": "No.", "output": "good.mp4"}"#, "E071", "output"),
        (#"{"text": "No.", "output": "good.mp4/%05d.png"}"#, "E071", "output"),
        (#"{"text": " ", "size": "64x36"}"#, "E093", "text"),
        (#"{"size": "64x36"}"#, "E072", "text"),
        (#"{"text": "No.", "avatar": "nobody"}"#, "E022", nil),
        (#"{"text": "No.", "voice": "nobody"}"#, "E034", nil),
        (#"{"text": "No.", "output": "no.txt"}"#, "E071", "output"),
        (#"{"text": "No.", "output": "results.jsonl"}"#, "E071", "output"),
        (#"{"text": "No.", "id": ""}"#, "E093", "id"),
        (#"{"id": "known", "text": 5}"#, "E093", "text"),
    ]

    @Test func badLinesFailAloneEachWithItsCode() async throws {
        try folder.write([Self.good] + Self.bad.map(\.line))
        let summary = try await folder.run()
        #expect(summary.made == 1)
        #expect(summary.failed == Self.bad.count)
        let results = try folder.results()
        #expect(results.filter { $0.status == .done }.map(\.id) == ["good"])
        for (index, bad) in Self.bad.enumerated() {
            let failed = try #require(results.first { $0.line == index + 2 })
            #expect(failed.error?.code == bad.code, "\(bad.line)")
            if bad.line.contains("known") { #expect(failed.id == "known") }
            #expect(failed.error?.message.contains(".avatarium") != true || bad.line.contains(".avatarium"))
            if let field = bad.field { #expect(failed.error?.context["field"] == field, "\(bad.line)") }
        }
        #expect(try folder.names() == ["good.mp4", "results.jsonl"])
        #expect(try folder.leftovers() == [])
    }

    @Test func readsLineEndsOfWindowsAByteOrderMarkAndBlankLines() async throws {
        let text = "\u{FEFF}" + BatchFolder.lines(2).joined(separator: "\r\n\r\n") + "\r\n  \r\n"
        try folder.write(Data(text.utf8))
        let summary = try await folder.run()
        #expect((summary.clips, summary.made, summary.failed) == (2, 2, 0))
    }

    @Test func aLineThatIsNotUTF8IsNoLineOfText() async throws {
        try folder.write(
            Data(Self.good.utf8) + Data("\n".utf8) + Data(#"{"text": "caf"#.utf8) + Data([0xE9])
                + Data(#"", "size": "64x36"}"#.utf8))
        let summary = try await folder.run()
        #expect((summary.made, summary.failed) == (1, 1))
        #expect(try folder.results().first { $0.status == .failed }?.error?.code == "E093")
    }

    @Test func failFastEndsWithTheFirstError() async throws {
        try folder.write([Self.good, #"{"text": "No.", "avatar": "nobody", "size": "64x36"}"#])
        var options = BatchRunner.Options()
        options.failFast = true
        options.jobs = 1
        let error = await #expect(throws: AvatariumError.self) { try await folder.run(options) }
        #expect(error?.code == .avatarNotFound)
        #expect(error?.context["line"] == "2")
        #expect(try folder.results().map(\.status) == [.done, .failed])
    }

    @Test func aRecordingIsNotReplacedByItsClip() async throws {
        let path = "\(folder.clips)/talk.mp4"
        try FileManager.default.createDirectory(atPath: folder.clips, withIntermediateDirectories: true)
        try Data("sound".utf8).write(to: URL(fileURLWithPath: path))
        try folder.write(["{\"id\": \"talk\", \"audio\": \"\(path)\"}"])
        _ = try await folder.run()
        #expect(try folder.results().map { $0.error?.context["field"] } == ["output"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("sound".utf8))
    }

    @Test func sameLinesAreClipsOfTheirOwn() async throws {
        let line = #"{"text": "Twice.", "size": "64x36"}"#
        try folder.write([line, line])
        let summary = try await folder.run()
        #expect(summary.made == 2)
        #expect(try folder.names() == ["000001.mp4", "000002.mp4", "results.jsonl"])
        #expect(Set(try folder.digests().values).count == 1)
        #expect(try await folder.run().skipped == 2)
    }

    @Test func aMissingJobsFileSaysSo() async throws {
        let error = await #expect(throws: AvatariumError.self) { try await folder.run() }
        #expect(error?.code == .missingRequiredField)
    }

    @Test func memoryBoundsTheClipsInFlight() {
        func workers(_ limit: Int?, _ jobs: Int?) -> Int {
            var options = BatchRunner.Options()
            options.memoryLimit = limit
            options.jobs = jobs
            return BatchRunner(options: options).workers
        }
        #expect(workers(1, 8) == 1)
        #expect(workers(700 << 20, 8) == 2)
        #expect(workers(64 << 30, 8) == 8)
        #expect(workers(nil, nil) >= 1)
    }
}
