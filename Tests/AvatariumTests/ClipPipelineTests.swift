import Avatarium
import Foundation
import Media
import Testing

/// The whole way from a request to a file, on the bundled avatar, at a small size.
@Suite(.serialized)
struct ClipPipelineTests {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "avatarium-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func request(_ name: String, text: String = "Bob made a map.") -> ClipRequest {
        var request = ClipRequest(text: text, output: "\(folder)/\(name)")
        request.size = ImageSize(width: 160, height: 96)
        request.samples = 4
        return request
    }

    @Test func makesAnMP4WhoseSoundAndPictureEndTogether() async throws {
        let report = try await ClipPipeline().render(request("a.mp4"))
        let info = try MediaProbe.read(path: "\(folder)/a.mp4")
        let video = try #require(info.video)
        let audio = try #require(info.audio)
        #expect(video.codec == "h264")
        #expect(audio.codec == "aac")
        #expect(video.frameCount == report.frames)
        let seconds = (try #require(video.durationSeconds), try #require(audio.durationSeconds))
        #expect(abs(seconds.0 - seconds.1) <= 1.0 / 30 + 1e-6)
        #expect(report.timingSource.contains("espeak"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.mp4"])
    }

    /// A request of a recording with its timings.
    private func recorded(_ name: String) throws -> ClipRequest {
        var request = request(name)
        request.text = nil
        request.audio = "\(folder)/silence.wav"
        request.timings = "\(folder)/phones.json"
        try WAVFile.write(
            AudioBuffer(sampleRate: 16000, samples: [Float](repeating: 0, count: 16000)),
            path: "\(folder)/silence.wav")
        let phones =
            #"{"alphabet": "ipa", "phones": [{"start": 0.1, "end": 0.3, "phone": "b"}, "#
            + #"{"start": 0.3, "end": 0.8, "phone": "ɑ"}]}"#
        try phones.write(toFile: "\(folder)/phones.json", atomically: true, encoding: .utf8)
        return request
    }

    @Test func theSameRequestGivesTheSamePixels() async throws {
        let pipeline = try ClipPipeline()
        #expect(
            try await pipeline.render(request("d.mp4")).digest
                == ClipPipeline().render(request("e.mp4")).digest)
        let first = try await pipeline.render(recorded("a.mp4"))
        let second = try await pipeline.render(recorded("b.mp4"))
        let elsewhere = try await ClipPipeline().render(recorded("c.mp4"))
        #expect(first.digest == second.digest)
        #expect(first.digest == elsewhere.digest)
    }

    @Test func pipelinesOfOneLibraryReadAnAvatarOnce() async throws {
        let bundled = try #require(AvatarCatalog().avatars().first { $0.name == "kit" }?.path)
        let copy = "\(folder)/copy.\((bundled as NSString).pathExtension)"
        let library = AvatarLibrary()
        func render(_ name: String) async throws -> ClipReport {
            var request = try recorded(name)
            request.avatar = copy
            return try await ClipPipeline(library: library).render(request)
        }
        let missing = await #expect(throws: AvatariumError.self) { try await render("a.mp4") }
        #expect(missing?.code == .avatarLoadFailed || missing?.code == .avatarNotFound)
        // What failed is looked for again.
        try FileManager.default.copyItem(atPath: bundled, toPath: copy)
        let first = try await render("a.mp4")
        try FileManager.default.removeItem(atPath: copy)
        #expect(try await render("b.mp4").digest == first.digest)
    }

    @Test func aDifferentSeedMovesDifferently() async throws {
        let pipeline = try ClipPipeline()
        var other = request("b.mp4")
        other.seed = 7
        let first = try await pipeline.render(request("a.mp4"))
        let second = try await pipeline.render(other)
        #expect(first.digest != second.digest)
    }

    @Test func cancellingLeavesNothingBehind() async throws {
        let pipeline = try ClipPipeline()
        let long = request("a.mp4", text: String(repeating: "This takes a while. ", count: 50))
        let (began, signal) = AsyncStream<Void>.makeStream()
        let task = Task {
            // A clip that fails before its first frame must end the wait too.
            defer { signal.finish() }
            return try await pipeline.render(long) { _ in signal.yield() }
        }
        for await _ in began { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test func refusesAMissingFolderBeforeAnyWork() async throws {
        var request = request("a.mp4")
        request.output = "\(folder)/none/a.mp4"
        let error = await #expect(throws: AvatariumError.self) { try await ClipPipeline().render(request) }
        #expect(error?.code == .outputNotWritable)
    }

    @Test func namesTheAvatarsThereAreWhenOneIsUnknown() async throws {
        var request = request("a.mp4")
        request.avatar = "adda"
        let error = await #expect(throws: AvatariumError.self) { try await ClipPipeline().render(request) }
        #expect(error?.code == .avatarNotFound)
        #expect(error?.message.contains("ada") == true)
    }

    @Test func aStillOfACloseMouthAndAnOpenOneDiffer() async throws {
        let pipeline = try ClipPipeline()
        var still = StillRequest(avatar: "ada")
        still.size = ImageSize(width: 128, height: 128)
        still.idle = false
        let closed = try await pipeline.still(still).pixels
        still.weights = [("jawOpen", 0.8)]
        let open = try await pipeline.still(still).pixels
        let changed = zip(closed.bytes, open.bytes).filter { abs(Int($0) - Int($1)) > 24 }.count
        #expect(changed > 300)
    }

    @Test(arguments: [true, false])
    func anEmotionShowsOnAnAvatarThatHasNoExpressionOfItsName(idle: Bool) async throws {
        let pipeline = try ClipPipeline()
        var still = StillRequest(avatar: "ada")
        still.size = ImageSize(width: 128, height: 128)
        still.idle = idle
        let neutral = try await pipeline.still(still).pixels
        still.expression = "surprised"
        let surprised = try await pipeline.still(still).pixels
        let changed = zip(neutral.bytes, surprised.bytes).filter { abs(Int($0) - Int($1)) > 24 }.count
        #expect(changed > 300)
    }

    @Test func aStillRefusesAWeightThatTheModelDoesNotHave() async throws {
        var still = StillRequest(avatar: "ada")
        still.weights = [("noSuchShape", 1)]
        let error = await #expect(throws: AvatariumError.self) { try await ClipPipeline().still(still) }
        #expect(error?.code == .invalidConfig)
    }
}
