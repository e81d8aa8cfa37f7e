import Avatarium
import AvatariumCore
import Foundation
import FoundationXML
import GoldenImages
import ProcessRunner
import Rendering
import Testing

private let canDraw = (try? Renderer.probe()) != nil

/// Cases that are frames of a speaking clip or the report on a model, and results for continuous integration.
@Suite(.serialized, .enabled(if: canDraw, "there is no EGL here"))
struct ClipCaseTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private static let pipeline = Result { try ClipPipeline() }

    private func check(_ json: String, mode: RecordMode = .never) async throws -> GoldenReport {
        var runner = try await GoldenRunner(
            pipeline: Self.pipeline.get(), expectedFolder: folder.path + "/expected")
        runner.mode = mode
        return try await runner.run(GoldenSuite(json: Array(json.utf8)), folder: folder.path)
    }

    private func clip(_ text: String) -> String {
        #"""
        {"defaults": {"size": "64x64", "avatar": "ada"},
         "cases": [{"name": "hello", "times": [0.1, 0.5], "tolerance": "exact", "clip": {"text": "\#(text)"}}]}
        """#
    }

    @Test func `frames of a clip are recorded, pass, and fail where it says something else`() async throws {
        let recorded = try await check(clip("Papa, hello."), mode: .missing)
        #expect(recorded.results.map(\.name) == ["hello-0.1", "hello-0.5"])
        #expect(recorded.results.map(\.outcome) == [.recorded, .recorded])
        let passed = try await check(clip("Papa, hello."))
        #expect(passed.results.map(\.outcome) == [.passed, .passed])
        #expect(passed.strays.isEmpty)
        let failed = try await check(clip("Oh, how are you?"))
        #expect(failed.results.contains { $0.outcome == .failed })
    }

    @Test func `a moment after the end is an error of its case`() async throws {
        let report = try await check(clip("Hi.").replacing("0.5", with: "60"))
        #expect(report.results.map(\.outcome) == [.error, .error])
        #expect(report.results[0].error?.context["field"] == "/times")
    }

    @Test func `the report on a model is compared to the letter`() async throws {
        let json = #"{"cases": [{"name": "model", "inspect": "ada"}]}"#
        #expect(try await check(json).results.map(\.outcome) == [.missing])
        #expect(try await check(json, mode: .missing).results.map(\.outcome) == [.recorded])
        #expect(try await check(json).results.map(\.outcome) == [.passed])
        let path = folder.path + "/expected/model.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing("\"path\" : \"ada\"", with: "\"path\" : \"eve\"")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let failed = try await check(json)
        #expect(failed.results.map(\.outcome) == [.failed])
        #expect(failed.results[0].message.contains("+\"path\" : \"ada\""))
    }

    @Test(arguments: [
        #"{"name": "a", "clip": {"text": "Hi."}}"#, #"{"name": "a", "times": [1]}"#,
        #"{"name": "a", "inspect": "ada", "request": {}}"#,
        #"{"name": "a", "clip": {"text": "Hi."}, "times": [-1]}"#,
        #"{"name": "a", "clip": {"txt": "Hi."}, "times": [1]}"#,
    ]) func `cases that contradict themselves are refused`(json: String) {
        let error = #expect(throws: AvatariumError.self) {
            try GoldenSuite(json: Array(#"{"cases": [\#(json)]}"#.utf8))
        }
        #expect(error?.context["field"]?.hasPrefix("/cases/0") == true)
    }

    @Test func `a measurement is told in words and per cent`() {
        let pixels = Measurement(
            metric: "differingPixels", above: 8, value: 0.01523, limit: 0.005, passed: false)
        #expect(pixels.description == "differingPixels: 1.523 % are off by more than 8 (at most 0.5 %)")
        let mean = Measurement(metric: "flipMean", value: 0.0123, limit: 0.005, passed: false)
        #expect(mean.description == "flipMean 0.0123 (at most 0.005)")
    }

    @Test func `JUnit tells failures, errors and ignored cases apart`() throws {
        var report = GoldenReport(renderer: "llvmpipe", mode: .never)
        report.results = [
            GoldenResult(name: "good", outcome: .passed, message: "exactly as expected"),
            GoldenResult(name: "bad", outcome: .failed, message: "flipMean 0.1 <at most> \"0.005\" & more"),
            GoldenResult(name: "gone", outcome: .error, message: "no avatar\u{1B}[31m"),
            GoldenResult(name: "known", outcome: .ignored, message: "the driver drops it"),
        ]
        let path = folder.path + "/junit.xml"
        try report.writeJUnit(to: path)
        let document = try XMLDocument(data: Data(contentsOf: URL(fileURLWithPath: path)))
        let suite = try #require(try document.nodes(forXPath: "/testsuites/testsuite").first as? XMLElement)
        #expect(suite.attribute(forName: "tests")?.stringValue == "4")
        #expect(suite.attribute(forName: "failures")?.stringValue == "1")
        #expect(suite.attribute(forName: "errors")?.stringValue == "1")
        #expect(suite.attribute(forName: "skipped")?.stringValue == "1")
        let failure = try document.nodes(forXPath: "//testcase[@name='bad']/failure/@message").first
        #expect(failure?.stringValue == "flipMean 0.1 <at most> \"0.005\" & more")
    }
}
