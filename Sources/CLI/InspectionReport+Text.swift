import Avatarium
import AvatariumCore
import Foundation
import Rig

extension InspectionReport {
    /// The report for people.
    var text: String {
        var lines = [path]
        if let model { lines += Self.lines(model) }
        if !diagnostics.isEmpty {
            lines.append("diagnostics")
            lines += diagnostics.map { "  \($0)" }
        }
        return lines.joined(separator: "\n")
    }

    private static func lines(_ model: ModelInspection) -> [String] {
        func row(_ name: String, _ value: String) -> String {
            name.padding(toLength: 13, withPad: " ", startingAt: 0) + value.quotedForMessage(limit: 8000)
        }
        var lines = [
            row("kind", model.dialect.rawValue + (model.generator.map { ", made by \($0)" } ?? "")),
            row(
                "meshes",
                "\(model.meshes) with \(model.vertices) vertices, \(model.triangles) triangles, "
                    + "\(model.morphTargets) morph targets"),
            row(
                "materials",
                "\(model.materials)" + (model.toonMaterials > 0 ? " (\(model.toonMaterials) MToon)" : "")
                    + ", \(model.textures) textures, \(model.images) images"),
            row("rig", "\(model.nodes) nodes, \(model.skins) skins, \(model.joints) joints"),
        ]
        if let size = model.size {
            lines.append(row("size", size.map { String(format: "%.3g", $0) }.joined(separator: " x ") + " m"))
        }
        lines.append(
            row(
                "mouth",
                "driven by \(model.mouth.rawValue)"
                    + (model.turnsJaw && model.mouth != .jawBone ? " and the jaw's joint" : "")))
        lines.append(row("ARKit", count(model.arkit.count, 52, model.missingARKit)))
        lines.append(row("visemes", count(model.visemes.count, 15, model.missingVisemes)))
        func list(_ name: String, _ items: [String]) {
            if !items.isEmpty { lines.append(row(name, items.joined(separator: ", "))) }
        }
        for part in FacePart.allCases {
            var names: [String] = []
            for surface in model.faceSurfaces where surface.part == part {
                let byMesh = surface.toldBy == .mesh || surface.toldBy == .place
                let name = byMesh ? surface.mesh : surface.material ?? surface.mesh
                if !names.contains(name) { names.append(name) }
            }
            list(part.rawValue, names)
        }
        list("expressions", model.expressions.map(\.name))
        list("bones", model.humanoidBones.keys.sorted())
        list("animations", model.clips.map { "\($0.name) \(String(format: "%.2f", $0.durationSeconds)) s" })
        list("unused", model.unusedTargets)
        list(
            "extensions", model.extensionsUsed.map { $0 + (model.extensionsRequired.contains($0) ? "*" : "") }
        )
        return lines
    }

    private static func count(_ found: Int, _ all: Int, _ missing: [String]) -> String {
        "\(found) of \(all)"
            + (found > 0 && !missing.isEmpty ? "; missing \(missing.joined(separator: ", "))" : "")
    }
}
