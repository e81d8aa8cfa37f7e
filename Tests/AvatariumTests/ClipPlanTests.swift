import Avatarium
import Foundation
import Testing

struct ClipPlanTests {
    private func refusal(_ change: (inout ClipRequest) -> Void) -> AvatariumError? {
        var request = ClipRequest(text: "Hello", output: "x.mp4")
        change(&request)
        do {
            _ = try ClipPlan(request)
            return nil
        } catch {
            return error as? AvatariumError
        }
    }

    @Test func resolvesEveryDefault() throws {
        let plan = try ClipPlan(ClipRequest(text: "Hello", output: "x.mp4"))
        #expect(plan.avatar.name == "ada")
        #expect(plan.look.size == ImageSize(width: 1280, height: 720))
        #expect(plan.frameRate == .fps30)
        #expect(plan.format == .mp4)
        #expect(plan.look.samples == 1)
    }

    @Test func refusesTwoSourcesOfWords() {
        let error = refusal { $0.audio = "x.wav" }
        #expect(error?.code == .invalidConfig)
        #expect(error?.context["field"] == "/audio")
    }

    @Test func refusesTimingsWithoutARecording() {
        #expect(refusal { $0.timings = "x.json" }?.code == .invalidConfig)
    }

    @Test func `a speaker is one of those in the timings`() throws {
        let error = refusal { $0.speaker = "Bob" }
        #expect(error?.code == .invalidConfig && error?.context["field"] == "/speaker")
        let request = try ClipRequest(
            json: Array(
                #"{"audio": "x.wav", "timings": "x.vtt", "speaker": "Bob", "output": "x.mp4"}"#.utf8))
        #expect(request.speaker == "Bob")
        let plan = try ClipPlan(request)
        guard case .recording(_, .file("x.vtt", "Bob"), _) = plan.clip.source else {
            Issue.record("\(plan.clip.source)")
            return
        }
    }

    @Test func refusesAVoiceForARecording() {
        let error = refusal {
            $0.text = nil
            $0.audio = "x.wav"
            $0.voice = "en-us"
        }
        #expect(error?.context["field"] == "/voice")
    }

    @Test(arguments: ["", "  \n\t"])
    func refusesEmptyText(_ text: String) {
        let error = refusal { $0.text = text }
        #expect(error?.code == .validationError)
        #expect(error?.context["field"] == "/text")
    }

    @Test func asksForWhatIsMissing() {
        #expect(refusal { $0.text = nil }?.code == .missingRequiredField)
        #expect(refusal { $0.output = nil }?.code == .missingRequiredField)
    }

    @Test func refusesTransparencyWhereTheFormatHasNone() {
        #expect(refusal { $0.background = .transparent }?.context["field"] == "/background")
        #expect(
            refusal {
                $0.background = .transparent; $0.output = "x.webm"
            } == nil)
    }

    @Test func refusesOddSizesForSubsampledVideo() {
        #expect(refusal { $0.size = ImageSize(width: 641, height: 480) }?.context["field"] == "/size")
        #expect(
            refusal {
                $0.size = ImageSize(width: 641, height: 480); $0.output = "f/%05d.png"
            } == nil)
    }

    @Test(arguments: ["x.avi", "x", "frames/one.png", "mp4"])
    func refusesAnOutputOfUnknownKind(_ path: String) {
        #expect(refusal { $0.output = path }?.context["field"] == "/output")
    }

    @Test func readsItsOwnJSON() throws {
        let line =
            ##"{"text":"Hi","avatar":"ada","size":"640x360","fps":"30000/1001","background":"#102030","output":"a.mp4"}"##
        let request = try JSONDecoder().decode(ClipRequest.self, from: Data(line.utf8))
        #expect(request.size == ImageSize(width: 640, height: 360))
        #expect(request.fps == FrameRate(30000, 1001))
        let again = try JSONDecoder().decode(ClipRequest.self, from: try JSONEncoder().encode(request))
        #expect(again == request)
    }

    @Test func readsColours() {
        #expect(BackgroundChoice("#fff").map { "\($0)" } == "#fff")
        #expect(BackgroundChoice("#12345678")?.hasAlpha == true)
        #expect(BackgroundChoice("#12345") == nil)
        #expect(BackgroundChoice("white")?.hasAlpha == false)
        #expect(BackgroundChoice("wall.png") == .image("wall.png"))
    }
}
