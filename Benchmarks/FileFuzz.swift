import ArgumentParser
import Avatarium
import AvatariumCore
import Foundation
import GLTF
import GoldenImages
import LipSync
import Phonetics
import Rig
import TimingFormats
import VRM

/// Changes values of the small files that a user writes or a vendor sends (golden suites, mappings, performance tracks,
/// timings, face tracks, batch lines), gives each to every reader, and uses what is read.
struct FileFuzz: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz-files",
        abstract: "Reads small files with changed values in child processes; reports crashes and hangs.",
        discussion: """
            Case N is the same in every run: --case N repeats it in this process.

            EXAMPLES
              avatarium-bench fuzz-files --seconds 300 Tests/GoldenImagesTests/ada.json ../shared/data/timings
            """)

    @Argument(help: "Files, or folders of them; those of more than 300 KB are left out.")
    var files: [String]

    @Option(help: "Seconds to run.")
    var seconds = 60.0

    @Option(help: "The first case.")
    var first = 0

    @Option(name: .customLong("case"), help: "Runs this case alone, in this process.")
    var one: Int?

    @Option(help: "With --case: writes the changed file to this path.")
    var keep: String?

    @Flag(help: .hidden)
    var child = false

    mutating func run() async throws {
        let seeds = try corpus()
        guard !seeds.isEmpty else { throw ValidationError("no file there") }
        let readers = try Readers()
        if let one {
            let mutant = Mutant(one, seeds)
            print(mutant.source, mutant.changes.joined(separator: "\n"), separator: "\n")
            if let keep { try Data(mutant.bytes).write(to: URL(fileURLWithPath: keep)) }
            print(try readers.read(mutant) ? "read" : "refused")
        } else if child {
            try await FuzzSupervisor.runCases(from: first, seconds: seconds) {
                try readers.read(Mutant($0, seeds))
            }
        } else {
            try FuzzSupervisor(command: "fuzz-files", arguments: files).run(seconds: seconds, first: first)
        }
    }

    private func corpus() throws -> [Seed] {
        let paths = try files.flatMap { path -> [String] in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return [] }
            guard isFolder.boolValue else { return [path] }
            return try FileManager.default.subpathsOfDirectory(atPath: path).sorted().map { path + "/" + $0 }
        }
        let texts = paths.compactMap { path -> Seed? in
            guard let data = FileManager.default.contents(atPath: path), (1...300_000).contains(data.count),
                !data.prefix(4000).contains(0)
            else { return nil }
            return Seed(path, [UInt8](data))
        }
        return texts + Self.own.map { Seed("own", Array($0.utf8)) }
    }

    /// One of each kind that the data folder lacks.
    private static let own = [
        #"{"shapes": {"jawOpen": [{"mesh": "Head", "target": "jawOpen", "scale": 0.8}], "viseme_PP": []}}"#,
        #"""
        {"emotions": [{"name": "happy", "start": 0, "end": 2, "strength": 0.5}],
        "gaze": [{"start": 0.5, "end": 1, "yaw": 0.2, "pitch": -0.1}], "gestures": [{"name": "nod", "start": 1}]}
        """#,
        #"""
        {"text": "[happy]Hi![/happy]", "avatar": "ada", "size": "640x360", "fps": 29.97, "voice": "en-gb", "rate": 1.2,
        "background": "#102030", "exposure": 1.5, "samples": 4, "output": "a/b.mp4", "seed": 7, "idle": false}
        """#,
    ]
}

/// Every reader of small files.
private struct Readers {
    private let face: AvatarModel

    init() throws {
        face = try AvatarReader.read(
            try Loader().load(path: AvatarCatalog().path(of: AvatarSource.standardName)))
    }

    /// Every letter is a phone: no speech engine takes part.
    private struct LetterPronouncer: Pronouncer {
        func segments(of text: String, language: String) -> [IPASegments.Segment] {
            text.filter(\.isLetter).prefix(100).map { IPASegments.Segment(ipa: String($0).lowercased()) }
        }
        func checkedLanguage(_ name: String) -> String { name }
    }

    /// - Returns: Whether any reader took the file. Errors other than the contract's end the process.
    func read(_ mutant: Mutant) throws -> Bool {
        var wasRead = false
        let bytes = mutant.bytes
        func attempt(_ work: () throws -> Void) throws {
            do {
                try work()
                wasRead = true
            } catch let error as AvatariumError where error.code != .internalError {
                _ = error.description
            }
        }
        try attempt { _ = try GoldenSuite(json: bytes) }
        try attempt {
            let mapping = try FaceMapping(json: bytes)
            var rig = AvatarRig(model: try AvatarReader.read(face.document, mapping: mapping))
            pose(&rig)
        }
        try attempt {
            let cues = try PerformanceCues.read(bytes)
            var options = PerformanceOptions()
            options.add(cues)
            animate(PhoneTimeline(phones: [], source: ""), options)
        }
        try attempt {
            let request = try ClipRequest(json: bytes)
            _ = try JSONEncoder().encode(request)
            _ = try ClipPlan(request)
        }
        try attempt {
            let file = try TimingFile.read(
                bytes, name: "fuzz", audioDurationSeconds: mutant.number % 3 == 0 ? 4 : nil,
                speaker: mutant.number % 17 == 0 ? "1" : nil, pronouncer: LetterPronouncer())
            switch file.content {
            case .phones(let timeline): write(timeline)
            case .curves(let track): write(track)
            }
        }
        return wasRead
    }

    private func pose(_ rig: inout AvatarRig) {
        var frame = FaceFrame()
        frame[.jawOpen] = 0.5
        frame[.mouthPucker] = 0.3
        let pose = rig.pose(frame, timeSeconds: 0.1)
        precondition(pose.nodeMatrices.count == face.document.nodes.count)
    }

    private func animate(_ timeline: PhoneTimeline, _ options: PerformanceOptions = PerformanceOptions()) {
        let track = LipSync(options: options).faceTrack(for: timeline, durationSeconds: 1, frameRate: .fps30)
        for frame in track.frames { precondition(frame[.jawOpen].isFinite) }
    }

    /// Written in every format, and read again where the format is read.
    private func write(_ timeline: PhoneTimeline) {
        precondition(timeline.phones.allSatisfy { $0.start.isFinite && $0.end >= $0.start })
        if (timeline.phones.last?.end ?? 0) < 600 { animate(timeline) }
        for format in TimingFormat.written {
            switch format.writer {
            case .phones(let write): _ = write(timeline, timeline.phones.last?.end ?? 0)
            case .captions(let write): _ = write(timeline)
            default: break
            }
        }
    }

    private func write(_ track: FaceTrack) {
        guard track.frames.count < 20_000 else { return }
        for format in TimingFormat.written {
            guard case .curves(let write) = format.writer else { continue }
            let again = try? TimingFile.read(
                Array(write(track).utf8), name: "again", audioDurationSeconds: nil,
                pronouncer: LetterPronouncer())
            if format.name == "json", case .curves(let read)? = again?.content {
                precondition(read.frames.count == track.frames.count)
            }
        }
    }
}

/// A file, parsed once for all of its mutants.
private struct Seed {
    let name: String
    /// Its value, where it is JSON.
    let json: JSON?
    let lines: [[UInt8]]

    init(_ name: String, _ bytes: [UInt8]) {
        self.name = name
        json = try? JSONParser.parse(bytes)
        lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
    }
}

/// A file with a few values changed: values of JSON where it is JSON, else lines and numbers.
private struct Mutant {
    let number: Int
    let source: String
    private(set) var bytes: [UInt8]
    private var mutator: JSONMutator
    var changes: [String] { mutator.changes }

    init(_ number: Int, _ seeds: [Seed]) {
        self.number = number
        mutator = JSONMutator(seed: UInt64(number))
        let seed = seeds[Int.random(in: 0..<seeds.count, using: &mutator.random)]
        source = seed.name
        bytes = []
        let count = Int.random(in: 1...4, using: &mutator.random)
        if var json = seed.json {
            for _ in 0..<count { json = mutator.change(json) }
            bytes = json.encoded()
            return
        }
        var lines = seed.lines
        for _ in 0..<count { change(&lines) }
        bytes = Array(lines.joined(separator: [10]))
    }

    private static let numbers = [
        "0", "-1", "1e309", "nan", "inf", "99999999999999999999", "0.0000001", "00:00:01,5", "1:2:3:4", "",
        " ",
    ]

    private mutating func change(_ lines: inout [[UInt8]]) {
        guard !lines.isEmpty else { return }
        let i = Int.random(in: 0..<lines.count, using: &mutator.random)
        switch Int.random(in: 0..<7, using: &mutator.random) {
        case 0: lines.remove(at: i)
        case 1: lines.insert(lines[i], at: i)
        case 2: lines.swapAt(i, Int.random(in: 0..<lines.count, using: &mutator.random))
        case 3: lines[i] = Array(lines[i].prefix(lines[i].count / 2))
        case 4 where (try? JSONParser.parse(lines[i])) != nil:
            if let json = try? JSONParser.parse(lines[i]) { lines[i] = mutator.change(json).encoded() }
        default:
            // Another number, or another field.
            let isDigit = { (byte: UInt8) in (48...57).contains(byte) || byte == 46 }
            guard
                let start = lines[i].indices.filter({ isDigit(lines[i][$0]) }).randomElement(
                    using: &mutator.random)
            else {
                lines[i] += lines[Int.random(in: 0..<lines.count, using: &mutator.random)].prefix(2000)
                break
            }
            let end = lines[i][start...].firstIndex { !isDigit($0) } ?? lines[i].count
            let value = Self.numbers[Int.random(in: 0..<Self.numbers.count, using: &mutator.random)]
            lines[i].replaceSubrange(start..<end, with: value.utf8)
        }
        mutator.changes.append(
            "line \(i + 1): \(String(decoding: lines.indices.contains(i) ? lines[i].prefix(200) : [], as: UTF8.self))"
        )
    }
}
