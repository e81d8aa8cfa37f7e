import AvatariumCore
import Foundation
import GLTF
import Testing

let dataFolder =
    ProcessInfo.processInfo.environment["AVATARIUM_TEST_DATA"]
    ?? ProcessInfo.processInfo.environment["AVATARIUM_DATA"]

/// Every model file below a folder of the data set.
func modelFiles(_ folder: String) -> [String] {
    guard let dataFolder else { return [] }
    let root = "\(dataFolder)/models/\(folder)"
    let all = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return all.filter { $0.hasSuffix(".gltf") || $0.hasSuffix(".glb") || $0.hasSuffix(".vrm") }.sorted().map {
        "\(root)/\($0)"
    }
}

@Suite(.enabled(if: dataFolder != nil, "AVATARIUM_TEST_DATA names no data folder"))
struct RealModelTests {
    @Test(arguments: ["avatars", "khronos", "asset-generator", "vrm-spec-samples"])
    func loadsEveryValidModel(_ folder: String) throws {
        let files = modelFiles(folder)
        #expect(!files.isEmpty)
        for file in files {
            do {
                let document = try Loader().load(path: file)
                #expect(document.hasGeometry, "\(file)")
            } catch let error as AvatariumError where error.context["rule"] == "IO_ERROR" {
                // Some of Asset-Generator's groups share textures that the data set leaves out.
                #expect(error.code == .avatarLoadFailed)
            } catch let error as AvatariumError where error.context["rule"] == "UNSUPPORTED_EXTENSION" {
                #expect(error.message.contains("FAKE_materials_quantumRendering"))
            } catch {
                Issue.record("\(file): \(error)")
            }
        }
    }

    @Test(arguments: ["malformed", "vrm-addon"])
    func loadsOrRefusesEveryOddModelWithAReason(_ folder: String) {
        for file in modelFiles(folder) {
            do {
                _ = try Loader().load(path: file)
            } catch let error as AvatariumError {
                #expect([.avatarModelInvalid, .avatarLoadFailed].contains(error.code))
                #expect(error.context["rule"] != nil)
                print("refused: \(error)")
            } catch {
                Issue.record("\(file): \(error)")
            }
        }
    }
}
