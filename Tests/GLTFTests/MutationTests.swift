import AvatariumCore
import Foundation
import GLTF
import Testing

/// Models with bytes changed at random: each is loaded or refused, none traps. `scripts/fuzz` does the same for
/// hours, with coverage as its guide.
struct MutationTests {
    @Test func mutatedModelsAreLoadedOrRefused() throws {
        var rich = GLBBuilder.triangle(
            primitive: #", "material": 0, "targets": [{"POSITION": 0}], "indices": 1"#
        ) { builder in
            _ = builder.addIndices([0, 1, 2])
            builder.add(
                "materials",
                #"{"pbrMetallicRoughness": {"baseColorFactor": [1, 0.5, 0.25, 1]}, "alphaMode": "MASK"}"#)
        }
        rich.add("nodes", #"{"children": [0], "translation": [1, 2, 3], "rotation": [0, 0, 0, 1]}"#)
        rich.add("skins", #"{"joints": [0, 1]}"#)
        rich.add(
            "animations",
            #"{"samplers": [{"input": 1, "output": 0}], "#
                + #""channels": [{"sampler": 0, "target": {"node": 1, "path": "scale"}}]}"#)
        var seeds = [
            rich.build(), Array(rich.json(uri: "data:application/octet-stream;base64,AAAA").utf8),
            DracoFixture.model(DracoFixture.edgebreaker).build(),
            DracoFixture.model(DracoFixture.sequential).build(),
        ]
        var compressed = GLBBuilder()
        let view = compressed.addMeshopt(
            Meshopt.vertices([Float](repeating: 1.5, count: 30), stride: 12), count: 10, stride: 12,
            mode: "ATTRIBUTES")
        compressed.add(
            "accessors", #"{"bufferView": \#(view), "componentType": 5126, "count": 10, "type": "VEC3"}"#)
        seeds.append(compressed.build())

        var loader = Loader()
        loader.limits.totalBytes = 1 << 24
        loader.limits.accessorElements = 1 << 16
        var random = SeededGenerator(seed: 11)
        var loaded = 0
        for seed in seeds {
            for _ in 0..<1500 {
                let report = loader.inspect(bytes: mutate(seed, &random), name: "mutant")
                #expect(report.document != nil || report.error != nil)
                loaded += report.document == nil ? 0 : 1
            }
        }
        // Both ways out must have been taken.
        #expect(loaded > 100)
        #expect(loaded < seeds.count * 1500 - 100)
    }

    private func mutate(_ seed: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard !bytes.isEmpty else { break }
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...8, using: &random)))
            case 3: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 8)], at: at)
            // A digit for a digit keeps JSON whole and makes numbers wrong.
            default:
                if (0x30...0x39).contains(bytes[at]) {
                    bytes[at] = UInt8.random(in: 0x30...0x39, using: &random)
                }
            }
        }
        return bytes
    }
}
