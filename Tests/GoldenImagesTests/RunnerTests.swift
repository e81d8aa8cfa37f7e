import Avatarium
import AvatariumCore
import Foundation
import GoldenImages
import Images
import ProcessRunner
import Testing

/// Record modes, fallback and artefacts, with pictures from `TestPicture` instead of a renderer.
struct RunnerTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func runner(_ picture: PixelBuffer, mode: RecordMode = .never) -> GoldenRunner {
        var runner = GoldenRunner(
            expected: ExpectedImages(folder: folder.path + "/expected", renderer: "testpipe"),
            report: ReportFolder(path: folder.path + "/report")
        ) { _ in picture }
        // Set past the initialiser, so that the tests say the same where CI is set.
        runner.mode = mode
        return runner
    }

    private func run(_ picture: PixelBuffer, mode: RecordMode = .never, _ goldenCase: GoldenCase? = nil)
        async throws -> GoldenReport
    {
        try await runner(picture, mode: mode)
            .run(GoldenSuite(cases: [goldenCase ?? GoldenCase(name: "face")]), folder: folder.path)
    }

    @Test func aMissingGoldenFailsAndLeavesTheActualPicture() async throws {
        let report = try await run(TestPicture.face())
        #expect(report.results.map(\.outcome) == [.missing])
        #expect(!report.allPassed)
        #expect(folder.exists("report/face/actual.png"))
        #expect(folder.exists("report/index.html"))
        #expect(!folder.exists("expected"))
    }

    @Test(arguments: [("fac", "did you mean face?"), ("smile", "its cases are face")])
    func `a case that does not exist is answered with those that do`(name: String, words: String) async throws
    {
        let error = await #expect(throws: AvatariumError.self) {
            try await runner(TestPicture.face()).run(
                GoldenSuite(cases: [GoldenCase(name: "face")]), folder: folder.path, only: [name])
        }
        #expect(error?.message.contains(words) == true)
    }

    @Test func recordingIsNoPassButTheNextCheckIs() async throws {
        let recorded = try await run(TestPicture.face(), mode: .missing)
        #expect(recorded.results.map(\.outcome) == [.recorded])
        #expect(!recorded.allPassed)
        #expect(folder.exists("expected/testpipe/face.png"))
        let checked = try await run(TestPicture.face())
        #expect(checked.results.map(\.outcome) == [.passed])
        #expect(checked.allPassed)
        #expect(!folder.exists("report/face"))
    }

    @Test func missingModeDoesNotReplaceAndAllModeDoes() async throws {
        _ = try await run(TestPicture.face(), mode: .missing)
        let wrong = TestPicture.face(leftEye: false)
        #expect(try await run(wrong, mode: .missing).results.map(\.outcome) == [.failed])
        #expect(try await run(wrong, mode: .all).results.map(\.outcome) == [.recorded])
        #expect(try await run(wrong, mode: .all).results.map(\.outcome) == [.passed])
    }

    @Test func aFailureLeavesThreePicturesAndAPage() async throws {
        _ = try await run(TestPicture.face(), mode: .missing)
        let report = try await run(TestPicture.face(leftEye: false))
        let result = try #require(report.results.first)
        #expect(result.outcome == .failed)
        #expect(result.message.contains("% are above 0.25 (at most"))
        #expect(result.images.count == 3)
        for file in result.images.values { #expect(folder.exists("report/\(file)")) }
        let page = try String(contentsOfFile: folder.path + "/report/index.html", encoding: .utf8)
        for file in result.images.values { #expect(page.contains("src=\"\(file)\"")) }
        #expect(page.ranges(of: "% are above 0.25").count == 1)
        #expect(!page.contains("http"))
    }

    @Test func theRenderersOwnPictureComesBeforeTheOneForAll() async throws {
        var forAll = runner(TestPicture.face(leftEye: false), mode: .missing)
        forAll.expected.recordsForAll = true
        _ = try await forAll.run("face", StillRequest(avatar: "x"))
        #expect(folder.exists("expected/face.png"))
        #expect(try await run(TestPicture.face(leftEye: false)).allPassed)
        try Data(try PNGWriter.encode(TestPicture.face()))
            .write(to: URL(fileURLWithPath: folder.path + "/expected/face.png"))
        #expect(try await !run(TestPicture.face(leftEye: false)).allPassed)
        _ = try await run(TestPicture.face(leftEye: false), mode: .all)
        #expect(folder.exists("expected/testpipe/face.png"))
        #expect(try await run(TestPicture.face(leftEye: false)).allPassed)
    }

    @Test func anotherSizeFails() async throws {
        _ = try await run(TestPicture.face(), mode: .missing)
        let report = try await run(TestPicture.ramp())
        #expect(report.results.first?.outcome == .failed)
        #expect(report.results.first?.message.contains("96x64, but 128x128 is expected") == true)
    }

    @Test func anIgnoredCaseDoesNotCountAndCarriesItsReason() async throws {
        _ = try await run(TestPicture.face(), mode: .missing)
        let wrong = TestPicture.face(leftEye: false)
        var ignore = GoldenCase.Ignore(reason: "Driver bug 123 drops an eye.", renderers: ["testpipe"])
        let ignored = try await run(wrong, GoldenCase(name: "face", ignore: ignore)).results.first
        #expect(ignored?.outcome == .ignored)
        #expect(ignored?.message == "Driver bug 123 drops an eye. (would be: failed)")
        ignore.renderers = ["other"]
        #expect(
            try await run(wrong, GoldenCase(name: "face", ignore: ignore)).results.first?.outcome == .failed)
    }

    @Test func aSuiteOfIgnoredCasesDoesNotPass() async throws {
        let ignore = GoldenCase.Ignore(reason: "Nobody has looked yet.")
        #expect(try await !run(TestPicture.face(), GoldenCase(name: "face", ignore: ignore)).allPassed)
    }

    @Test func whatCannotBeDrawnIsAnErrorOfItsCaseAlone() async throws {
        let runner = GoldenRunner(expected: ExpectedImages(folder: folder.path, renderer: "testpipe")) { _ in
            throw AvatariumError(.avatarNotFound, "there is none")
        }
        let report = try await runner.run(GoldenSuite(cases: [GoldenCase(name: "a")]), folder: folder.path)
        #expect(report.results.first?.outcome == .error)
        #expect(report.results.first?.error?.code == .avatarNotFound)
    }

    @Test func anExpectedFileThatIsNoPictureIsAnError() async throws {
        try FileManager.default.createDirectory(
            atPath: folder.path + "/expected", withIntermediateDirectories: true)
        try Data("no picture".utf8).write(to: URL(fileURLWithPath: folder.path + "/expected/face.png"))
        #expect(try await run(TestPicture.face()).results.first?.error?.code == .validationError)
    }

    @Test func picturesOfNoCaseAreNamed() async throws {
        _ = try await run(TestPicture.face(), mode: .missing)
        let report = try await run(TestPicture.face(), GoldenCase(name: "other"))
        #expect(report.strays == [folder.path + "/expected/testpipe/face.png"])
    }

    @Test func translucentPicturesEqualThemselvesOnceRecorded() async throws {
        var glass = PixelBuffer(width: 16, height: 16)
        for i in 0..<256 {
            let alpha = UInt8(i)
            for (k, value) in [alpha / 2, alpha / 3, alpha, alpha].enumerated() {
                glass.bytes[4 * i + k] = value
            }
        }
        _ = try await run(glass, mode: .missing)
        #expect(try await run(glass, GoldenCase(name: "face", tolerance: "exact")).allPassed)
    }
}
