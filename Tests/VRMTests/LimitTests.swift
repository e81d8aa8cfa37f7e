import AvatariumCore
import GLTF
import Testing
import VRM

/// Files that repeat a few references many times take no more than the limits.
@Suite struct LimitTests {
    private func list(_ text: String, _ count: Int) -> String {
        "[" + [String](repeating: text, count: count).joined(separator: ",") + "]"
    }

    @Test func `a spring of VRM 1 names one large group many times`() throws {
        let document = try Fixture.document(
            targets: [], bones: ["a", "b"],
            extensions: """
                {"VRMC_vrm": {}, "VRMC_springBone": {
                 "colliders": [{"node": 1, "shape": {"sphere": {"radius": 0.2}}}],
                 "colliderGroups": [{"colliders": \(list("0", 3000))}],
                 "springs": [{"joints": [{"node": 1}, {"node": 2}], "colliderGroups": \(list("0", 30_000))}]}}
                """)
        let model = try AvatarReader.read(document)
        #expect(model.springs.map(\.colliders.count) == [256])
        #expect(model.diagnostics.filter { $0.code == "AVATAR_LIMIT_EXCEEDED" }.count == 1)
    }

    @Test func `a spring of VRM 0 names one large group many times`() throws {
        let document = try Fixture.document(
            targets: [], bones: ["a", "b"],
            extensions: """
                {"VRM": {"secondaryAnimation": {
                 "colliderGroups": [{"node": 1, "colliders": \(list("{\"radius\": 0.1}", 3000))}],
                 "boneGroups": [{"bones": \(list("1", 5000)), "colliderGroups": \(list("0", 20_000))}]}}}
                """)
        let model = try AvatarReader.read(document)
        #expect(model.springs.map(\.colliders.count) == [256])
    }

    @Test func `springs, constraints, expressions and binds end at the limits, each with one notice`() throws
    {
        let bind = #"{"node": 0, "index": 0, "weight": 1}"#
        var document = try Fixture.document(
            targets: ["a"], bones: ["a", "b"],
            extensions: """
                {"VRMC_vrm": {"expressions": {"custom": {"x": {"morphTargetBinds": \(list(bind, 50))},
                  "y": {"morphTargetBinds": \(list(bind, 50))}, "z": {}, "w": {}}}},
                 "VRMC_springBone": {"springs": \(list(#"{"joints": [{"node": 1}, {"node": 2}]}"#, 40))}}
                """)
        document.limits.morphTargets = 60
        document.limits.expressions = 3
        document.limits.springJoints = 10
        let model = try AvatarReader.read(document)
        #expect(model.expressions.map(\.morphs.count) == [50, 10, 0])
        #expect(model.springs.count == 5)
        #expect(model.diagnostics.filter { $0.code == "AVATAR_LIMIT_EXCEEDED" }.count == 2)
    }

    @Test func `no more notices are kept than the limit`() throws {
        let bones = (0..<5000).map { #""bone\#($0)": {"node": -1}"# }.joined(separator: ",")
        var document = try Fixture.document(
            targets: ["a"], extensions: "{\"VRMC_vrm\": {\"humanoid\": {\"humanBones\": {\(bones)}}}}")
        document.limits.diagnostics = 100
        #expect(try AvatarReader.read(document).diagnostics.count == 100)
    }
}
