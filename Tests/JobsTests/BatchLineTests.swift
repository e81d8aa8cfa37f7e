import Avatarium
import AvatariumCore
import Foundation
import Jobs
import Media
import Synchronization
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
        (#"{"text": "No.", "size": "64x36", "tone_mapp": "aces"}"#, "E093", "tone_mapp"),
        (#"{"text": "No.", "toneMap": "aces", "tone_map": "aces"}"#, "E093", "tone_map"),
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
        (#"{"id": "known too", "text": "No"#, "E093", ""),
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
            if bad.line.contains("known") { #expect(failed.id.hasPrefix("known")) }
            #expect(failed.error?.message.contains(".avatarium") != true || bad.line.contains(".avatarium"))
            if let field = bad.field {
                #expect(failed.error?.context["field"] == (field.isEmpty ? "" : "/\(field)"), "\(bad.line)")
            }
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
        #expect(try folder.results().map { $0.error?.context["field"] } == ["/output"])
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

    @Test func failFastEndsTheOtherWorkersToo() async throws {
        let bad = #"{"text": "", "size": "64x36"}"#
        let rest = (0..<12).map {
            #"{"text": "Clip \#($0) has a sentence of its own to say.", "size": "160x90"}"#
        }
        try folder.write([Self.good, bad] + rest)
        var options = BatchRunner.Options()
        options.failFast = true
        options.jobs = 2
        await #expect(throws: AvatariumError.self) { try await folder.run(options) }
        #expect(try folder.results().count { $0.status == .failed } == 1)
        #expect(try folder.results().count < 6)
        #expect(try folder.leftovers() == [])
    }

    @Test func aPercentSignIsPartOfAFilesName() async throws {
        let lines = [
            #"{"text": "A.", "size": "64x36", "id": "50%"}"#,
            #"{"text": "A.", "size": "64x36", "output": "q/a%d.mp4"}"#,
            #"{"text": "A.", "size": "64x36", "output": "50%/a.mp4"}"#,
        ]
        try folder.write(lines)
        #expect(try await folder.run().made == 3)
        let mine = folder.clips + "/50%/mine.txt"
        try Data("mine".utf8).write(to: URL(fileURLWithPath: mine))
        #expect(try await folder.run().skipped == 3)
        #expect(FileManager.default.fileExists(atPath: mine))
        #expect(try folder.names().contains("50%.mp4"))
    }

    @Test func twoWaysToWriteAnAccentAreTwoFiles() async throws {
        try folder.write([
            #"{"text": "A.", "size": "64x36", "output": "caf\u00e9.mp4"}"#,
            #"{"text": "A.", "size": "64x36", "output": "cafe\u0301.mp4"}"#,
            #"{"text": "A.", "size": "64x36", "id": "\u0301comb"}"#,
        ])
        #expect(try await folder.run().made == 3)
        #expect(try await folder.run().skipped == 3)
        #expect(try folder.results().count == 3)
    }

    @Test func emotionsAreNamed() async throws {
        let objects = #"[{"emotion": "happy", "strength": 0.5}]"#
        try folder.write([
            #"{"text": "A.", "size": "64x36", "emotions": \#(objects)}"#,
            #"{"text": "A.", "size": "64x36", "emotions": ["happy=0.5"]}"#,
            #"{"text": "A.", "size": "64x36"}"#,
            #"{"text": "A.", "size": "64x36", "emotions": ["glad"]}"#,
            #"{"text": "A.", "size": "64x36", "emotions": [{"emotion": "sad", "strength": 2}]}"#,
        ])
        let summary = try await folder.run()
        #expect((summary.made, summary.failed) == (3, 2))
        let digests = try folder.digests()
        #expect(digests["000001"] == digests["000002"])
        #expect(digests["000001"] != digests["000003"])
        let failures = try folder.results().compactMap(\.error)
        #expect(failures.map { $0.context["field"] } == ["/emotions/0", "/emotions/0/strength"])
        #expect(failures[0].message.contains("surprised"))
    }

    @Test(arguments: [
        #""seed": -1"#, #""seed": 1.5"#, #""seed": 18446744073709551616"#, #""samples": 1e30"#,
        #""exposure": 1e300"#,
    ])
    func aNumberThatDoesNotFitNamesItsField(_ member: String) async throws {
        try folder.write([#"{"text": "A.", "size": "64x36", \#(member)}"#])
        #expect(try await folder.run().failed == 1)
        let context = try folder.results().first?.error?.context
        #expect(member.contains(context?["field"]?.dropFirst() ?? "nothing"))
    }

    @Test(arguments: [
        (#""camera": "top""#, "'top' is not known; choose face, bust, waist, body"),
        (#""toneMap": "filmic""#, "choose aces, neutral, none"),
        (#""rate": "fast""#, "/rate must be a number"),
        (#""emotions": [{"emotion": "happy", "x": 1}]"#, "/emotions/0/x there is no such field"),
    ])
    func whatIsWrongIsSaidInWordsOfTheLine(_ member: String, _ words: String) async throws {
        try folder.write([#"{"text": "A.", "size": "64x36", \#(member)}"#])
        #expect(try await folder.run().failed == 1)
        let message = try #require(try folder.results().first?.error?.message)
        #expect(message.contains(words), "\(message)")
    }

    @Test(arguments: ["audio", "avatar", "body", "timings", "mapping"])
    func aFileThatIsNotThereNamesItsField(_ field: String) async throws {
        let speech = field == "audio" ? "" : field == "timings" ? #""audio": "x.wav","# : #""text": "A.","#
        try folder.write(["{\(speech) \"size\": \"64x36\", \"\(field)\": \"/nowhere/x\"}"])
        #expect(try await folder.run().failed == 1)
        let error = try #require(try folder.results().first?.error)
        #expect(["/\(field)", "/audio"].contains(error.context["field"]), "\(error)")
    }

    @Test func theResultsAreNoJobs() async throws {
        try folder.write([Self.good])
        try await folder.run()
        let error = await #expect(throws: AvatariumError.self) {
            try await BatchRunner().run(jobsFile: folder.clips + "/results.jsonl", folder: folder.clips)
        }
        #expect(error?.code == .invalidConfig)
        #expect(try folder.results().count == 1)
    }

    @Test func aLockThatCannotBeHadIsAnErrorAndNoWait() async throws {
        try folder.write([Self.good])
        try await folder.run()
        let work = folder.clips + "/.avatarium"
        let lock = try #require(
            try FileManager.default.contentsOfDirectory(atPath: work).first { $0.hasSuffix(".lock") })
        try FileManager.default.removeItem(atPath: "\(work)/\(lock)")
        try FileManager.default.createDirectory(atPath: "\(work)/\(lock)", withIntermediateDirectories: false)
        try folder.write([Self.good.replacing("}", with: #", "seed": 3}"#)])
        let error = await #expect(throws: AvatariumError.self) { try await folder.run() }
        #expect(error?.code == .outputNotWritable)
        #expect(error?.context["path"]?.hasSuffix(".lock") == true)
    }

    @Test func `names are read in camel and in snake case`() async throws {
        try folder.write([
            ##"{"text": "A.", "size": "64x36", "avatar_id": "ada", "tone_map": "neutral", "key_light": false}"##,
            ##"{"text": "A.", "size": "64x36", "avatar": "ada", "toneMap": "neutral", "keyLight": false}"##,
            ##"{"text": "A.", "size": "64x36"}"##,
        ])
        #expect(try await folder.run().made == 3)
        let digests = try folder.digests()
        #expect(digests["000001"] == digests["000002"])
        #expect(digests["000001"] != digests["000003"])
    }

    @Test func `a misspelt field is answered with the nearest one`() async throws {
        try folder.write([#"{"text": "A.", "backgruond": "white"}"#])
        #expect(try await folder.run().failed == 1)
        let message = try #require(try folder.results().first?.error?.message)
        #expect(message.contains("did you mean 'background'?"), "\(message)")
    }

    @Test func `paths are relative to the jobs file`() async throws {
        try Data("Hi.".utf8).write(to: URL(fileURLWithPath: folder.path + "/words.txt"))
        try Data(#"{"gestures": [{"gesture": "nod", "start": 0.1}]}"#.utf8)
            .write(to: URL(fileURLWithPath: folder.path + "/track.json"))
        try folder.write([#"{"textFile": "words.txt", "size": "64x36", "performance": "track.json"}"#])
        #expect(try await folder.run().made == 1)
    }

    @Test func `a performance stands in the line or in a file and is the same`() async throws {
        let track = #"{"gestures": [{"gesture": "nod", "start": 0.1}], "gaze": [{"start": 0, "yaw": 20}]}"#
        try Data(track.utf8).write(to: URL(fileURLWithPath: folder.path + "/track.json"))
        try folder.write([
            #"{"text": "A.", "size": "64x36", "performance": "track.json"}"#,
            #"{"text": "A.", "size": "64x36", "performance": \#(track)}"#,
            #"{"text": "A.", "size": "64x36"}"#,
            #"{"text": "A.", "performance": {"gestures": [{"gesture": "nodd", "start": 0.1}]}}"#,
        ])
        let summary = try await folder.run()
        #expect((summary.made, summary.failed) == (3, 1))
        let digests = try folder.digests()
        #expect(digests["000001"] == digests["000002"])
        #expect(digests["000001"] != digests["000003"])
        #expect(
            try folder.results().compactMap(\.error).first?.context["field"]
                == "/performance/gestures/0/gesture")
    }

    @Test func `a dry run checks every line and makes nothing`() async throws {
        try folder.write([
            Self.good, #"{"text": "A.", "avatar": "nobody"}"#, #"{"audio": "nofile.wav"}"#,
            #"{"text": "A.", "voice": "nobody"}"#, #"{"text": "A.", "body": "nofile.vrma"}"#,
            #"{"text": "A.", "background": "no.png"}"#, #"{"text": "A.", "background": "notes.txt"}"#,
            #"{"text": "A.", "environment": "notes.txt"}"#, #"{"text": "A.", "music": "notes.txt"}"#,
            #"{"text": "A.", "overlays": ["notes.txt"]}"#, #"{"text": "A.", "mapping": "notes.txt"}"#,
            #"{"audio": "notes.txt"}"#, #"{"audio": "talk.wav", "timings": "notes.txt"}"#,
            #"{"audio": "talk.wav"}"#, #"{"text": "\#(String(repeating: "word ", count: 900_000))"}"#,
            #"{"text": "A.", "animation": "Wafe"}"#, #"{"text": "[play Wafe] A."}"#,
            #"{"text": "A.", "performance": {"animations": ["Wafe"]}}"#,
            #"{"text": "A: Hi. B: [play Wafe] Ho.", "cast": [{"name": "A"}, {"name": "B", "avatar": "kit"}]}"#,
        ])
        try Data("Not a picture, a sound or a track.".utf8).write(
            to: URL(filePath: folder.path + "/notes.txt"))
        try WAVFile.write(
            AudioBuffer(sampleRate: 16_000, samples: (0..<16_000).map { 0.3 * sin(Float($0) * 0.05) }),
            path: folder.path + "/talk.wav")
        let failures = Mutex<[Int: String]>([:])
        let summary = try await BatchRunner().check(jobsFile: folder.jobsFile, folder: folder.clips) {
            result in
            failures.withLock { $0[result.line] = result.error?.code }
        }
        #expect((summary.clips, summary.failed) == (19, 17))
        #expect(
            failures.withLock { $0 } == [
                2: "E022", 3: "E033", 4: "E034", 5: "E022", 6: "E071", 7: "E071", 8: "E071", 9: "E033",
                10: "E071", 11: "E093", 12: "E033", 13: "E093", 15: "E093", 16: "E071", 17: "E071",
                18: "E071", 19: "E071",
            ])
        #expect(!FileManager.default.fileExists(atPath: folder.clips))
        // A file has the folder's name.
        await #expect(throws: AvatariumError.self) {
            try await BatchRunner().check(jobsFile: folder.jobsFile, folder: folder.path + "/notes.txt")
        }
    }

    /// A recording of two seconds with timings of another one was made with its mouth shut, without a word.
    @Test func `a clip that cannot speak says so and fails when strict`() async throws {
        let samples = (0..<48_000).map { 0.3 * sin(Float($0) * 0.05) }
        try WAVFile.write(AudioBuffer(sampleRate: 16_000, samples: samples), path: folder.path + "/talk.wav")
        try Data(#"{"alphabet": "ipa", "phones": [{"start": 0.1, "end": 0.3, "phone": "b"}]}"#.utf8)
            .write(to: URL(fileURLWithPath: folder.path + "/other.json"))
        try folder.write([#"{"audio": "talk.wav", "timings": "other.json", "size": "64x36"}"#])
        var options = BatchRunner.Options()
        options.strict = true
        #expect(try await folder.run(options).failed == 1)
        #expect(try folder.results().last?.error?.context["rule"] == "TIMINGS_END_EARLY")
        #expect(try folder.names() == ["results.jsonl"])
        #expect(try await folder.run().made == 1)
        let diagnostics = try #require(try folder.results().last?.diagnostics)
        #expect(diagnostics.map(\.code) == ["TIMINGS_END_EARLY"])
    }

    @Test func `a failure that is known is not listed again`() async throws {
        try folder.write([#"{"text": "A.", "avatar": "nobody"}"#, #"{"text": 5}"#])
        for _ in 0..<3 { #expect(try await folder.run().failed == 2) }
        #expect(try folder.results().count == 2)
    }

    /// A name of 30,000 slashes took 19 s and 1 GB before the first clip.
    @Test(arguments: [
        String(repeating: "a/", count: 30_000) + "x.mp4", String(repeating: "x", count: 256) + ".mp4",
        String(repeating: "a/", count: 2040) + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.mp4",
    ])
    func `an output that no file system can hold is refused`(_ name: String) throws {
        let line = #"{"text": "A.", "output": "\#(name)"}"#
        let error = #expect(throws: AvatariumError.self) {
            try BatchJob(line: 1, bytes: Array(line.utf8), folder: "clips")
        }
        #expect(error?.code == .invalidConfig)
        #expect(error?.context["field"] == "/output")
        #expect((error?.message.utf8.count ?? 0) < 500)
    }

    @Test func `outputs inside each other's files and frames are refused`() async throws {
        try folder.write([
            #"{"text": "A.", "size": "64x36", "output": "a/b.mp4"}"#,
            #"{"text": "A.", "size": "64x36", "output": "a/b.mp4/c.mp4"}"#,
            #"{"text": "A.", "size": "64x36", "output": "a/%d.png"}"#,
            #"{"text": "A.", "size": "64x36", "output": "a/c.mp4"}"#,
        ])
        let summary = try await folder.run()
        #expect((summary.made, summary.failed) == (2, 2))
        #expect(try folder.results().filter { $0.error != nil }.map(\.line) == [2, 3])
    }
}
