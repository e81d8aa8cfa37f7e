import Avatarium
import GoldenImages
import Testing

struct CaseFileTests {
    private func refusal(_ json: String) -> AvatariumError? {
        do {
            _ = try GoldenSuite(json: Array(json.utf8))
            return nil
        } catch { return error as? AvatariumError }
    }

    @Test func readsEveryFieldAndMergesDefaults() throws {
        let suite = try GoldenSuite(
            json: Array(
                """
                {"defaults": {"avatar": "models/me.glb", "size": "64x48", "idle": false,
                              "weights": {"jawOpen": 0.5, "tongueOut": 1}},
                 "tolerances": {"mine": {"flipMean": 0.01, "flipPixels": {"above": 0.3, "share": 0.001}}},
                 "cases": [{"name": "a", "tolerance": "mine",
                            "ignore": {"reason": "Driver bug 123 flips the sign.", "renderers": ["softpipe"]},
                            "request": {"avatar": "ada", "camera": "bust", "cameraOrbit": [30, 75, 2],
                                        "cameraTarget": [0, 1, 0], "fov": 45, "background": "transparent",
                                        "environment": "sky.hdr", "exposure": 2, "toneMap": "neutral",
                                        "keyLight": false, "samples": 1, "weights": {"jawOpen": 1},
                                        "viseme": "PP", "expression": "happy", "animation": "Wave", "time": 1.5,
                                        "idle": true, "seed": 7, "mapping": "/m.json",
                                        "variant": "red"}},
                           {"name": "b"}]}
                """.utf8))
        let defaults = try #require(suite.defaults)
        let a = try #require(suite.cases[0].request).request(defaults: defaults, folder: "/tests")
        #expect(a.avatar == "ada")
        #expect(a.mapping == "/m.json" && a.variant == "red")
        #expect(a.size == ImageSize(width: 64, height: 48))
        #expect(a.camera == .bust)
        #expect(a.orbit == CameraOrbit(theta: 30, phi: 75, radius: 2))
        #expect(a.target == SIMD3(0, 1, 0))
        #expect(a.fovDegrees == 45)
        #expect(a.background == .transparent)
        #expect(a.environment == .hdr(path: "/tests/sky.hdr"))
        #expect(a.exposure == 2 && a.toneMap == .neutral && !a.keyLight && a.samples == 1)
        #expect(a.weights.map(\.name) == ["jawOpen", "tongueOut"])
        #expect(a.weights.map(\.weight) == [1, 1])
        #expect(a.viseme == .PP && a.expression == "happy" && a.animation == "Wave")
        #expect(a.timeSeconds == 1.5 && a.idle && a.seed == 7)
        let b = StillDescription().request(defaults: defaults, folder: "/tests")
        #expect(b.avatar == "/tests/models/me.glb" && !b.idle && b.environment == .studio)
        #expect(suite.tolerance(of: suite.cases[0]).flipMean == 0.01)
        #expect(suite.tolerance(of: suite.cases[1]) == .standard)
    }

    @Test(arguments: [
        (#"{"cases": ["#, ""),
        (#"{"cases": []}"#, "/cases"),
        (#"{"tests": []}"#, "/tests"),
        (#"{"cases": [{"request": {}}]}"#, "/cases/0/name"),
        (#"{"cases": [{"name": "../x"}]}"#, "/cases/0/name"),
        (#"{"cases": [{"name": "a"}, {"name": "A"}]}"#, "/cases/1/name"),
        (#"{"cases": [{"name": "a", "tolerence": "loose"}]}"#, "/cases/0/tolerence"),
        (#"{"cases": [{"name": "a", "tolerance": "lax"}]}"#, "/cases/0/tolerance"),
        (#"{"cases": [{"name": "a", "request": {"weight": {}}}]}"#, "/cases/0/request/weight"),
        (
            #"{"cases": [{"name": "a", "request": {"weights": {"x/y": "1"}}}]}"#,
            "/cases/0/request/weights/x~1y"
        ),
        (#"{"cases": [{"name": "a", "request": {"size": "big"}}]}"#, "/cases/0/request/size"),
        (#"{"cases": [{"name": "a", "request": {"viseme": "QQ"}}]}"#, "/cases/0/request/viseme"),
        (#"{"cases": [{"name": "a", "request": {"time": -1}}]}"#, "/cases/0/request/time"),
        (
            #"{"cases": [{"name": "a", "request": {"cameraTarget": [1, 2]}}]}"#,
            "/cases/0/request/cameraTarget"
        ),
        (#"{"cases": [{"name": "a", "ignore": {"reason": "flaky"}}]}"#, "/cases/0/ignore/reason"),
        (#"{"cases": [{"name": "a"}], "tolerances": {"x": {}}}"#, "/tolerances/x"),
        (#"{"cases": [{"name": "a"}], "tolerances": {"x": {"flipMean": 2}}}"#, "/tolerances/x/flipMean"),
        (#"{"cases": [{"name": "a"}], "tolerances": {"x": {"ssim": 1}}}"#, "/tolerances/x/ssim"),
    ])
    func refusesWhatBreaksTheSchemaWithItsPlace(_ json: String, _ pointer: String) {
        let error = refusal(json)
        #expect(error?.code == .validationError)
        #expect(error?.context["field"]?.hasPrefix(pointer) == true, "\(String(describing: error))")
    }

    @Test func namesFoldersAfterRenderers() {
        #expect(RendererName.normalized("llvmpipe (LLVM 15.0.6, 256 bits)") == "llvmpipe")
        #expect(RendererName.normalized("NVIDIA H100 PCIe/PCIe/SSE2") == "nvidia-h100-pcie")
        #expect(
            RendererName.normalized("Mesa Intel(R) UHD Graphics 620 (KBL GT2)")
                == "mesa-intel-uhd-graphics-620")
        #expect(RendererName.normalized("../..") == "unknown")
    }

    @Test func nothingIsRecordedInContinuousIntegration() {
        for mode in RecordMode.allCases {
            #expect(mode.effective(environment: ["CI": "true"]) == .never)
            #expect(mode.effective(environment: ["CI": "false"]) == mode)
            #expect(mode.effective(environment: [:]) == mode)
        }
    }
}
