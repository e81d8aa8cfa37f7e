import AvatariumCore
import Foundation
import Testing

@Suite struct ReferenceLipsTests {
    /// The numbers of the section "The gap equation" of docs/LIPSYNC.md, which names both sides of a shape at once.
    @Test func `the documented gap equation is the table`() throws {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
        let text = try String(contentsOf: root.appendingPathComponent("docs/LIPSYNC.md"), encoding: .utf8)
        let start = try #require(text.range(of: "### 4. The gap equation"))
        let section = text[start.upperBound...].prefix { $0 != "#" }.prefix(400)
        let pattern = #/([a-z]\w+)(?: and ([a-z]\w+))? ([+-]\d+\.\d)( per side| a side)?/#
        var documented: [String: Float] = [:]
        for match in section.matches(of: pattern) {
            for name in [match.1, match.2].compactMap(\.self) { documented[String(name)] = Float(match.3) }
        }
        let short = [
            "funnel": "mouthFunnel", "pucker": "mouthPucker", "lowerDown": "mouthLowerDownLeft",
            "upperUp": "mouthUpperUpLeft", "rollLower": "mouthRollLower", "rollUpper": "mouthRollUpper",
            "press": "mouthPressLeft", "shrugLower": "mouthShrugLower", "shrugUpper": "mouthShrugUpper",
        ]
        var seen = Set<ARKitShape>()
        for (name, value) in documented {
            let shape = try #require(ARKitShape(name: short[name] ?? name), "\(name)")
            #expect(ReferenceLips.gapChange(of: shape) == value, "\(name)")
            #expect(ReferenceLips.gapChange(of: shape.mirrored) == value, "\(name)")
            seen.formUnion([shape, shape.mirrored])
        }
        #expect(seen == Set(ReferenceLips.gapChanges.map(\.shape)))
        let rest = try #require(section.firstMatch(of: #/(\d+\.\d) mm at rest/#))
        #expect(Float(rest.1) == ReferenceLips.neutralGap)
    }
}
