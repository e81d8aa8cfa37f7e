import AvatariumCore
import GLTF

extension FaceShapeMap {
    /// Finds the standard shapes among a document's morph targets by their names; `mapping` has the last word.
    /// Every node and every mesh that has a target of the meaning is driven.
    static func recognise(
        in document: Document, mapping: FaceMapping?, diagnostics: inout [Diagnostic]
    ) -> FaceShapeMap {
        let catalog = ShapeCatalog(document)
        var map = FaceShapeMap()
        var arkit: [ARKitShape: [Claim]] = [:]
        var visemes: [OculusViseme: [Claim]] = [:]
        // A mesh may stand on many nodes.
        var known: [String: ShapeMeaning?] = [:]
        let company = ShapeCompany(Set(catalog.targets.map(\.name)))
        let meanings = catalog.targets.map { target -> ShapeMeaning? in
            if let meaning = known[target.name] { return meaning }
            let meaning = ShapeNames.meaning(of: target.name, among: company)
            known[target.name] = .some(meaning)
            return meaning
        }
        let weakVowels = Set(
            meanings.compactMap { $0 }.filter(\.isWeak).flatMap { $0.visemes.map(\.viseme) })
        for ((key, name), meaning) in zip(catalog.targets, meanings) {
            map.byName[name, default: []].append(MorphTarget(node: key.node, target: key.target))
            guard let meaning, !meaning.isWeak || weakVowels.count >= 3 else { continue }
            for (shape, scale) in meaning.arkit {
                arkit[shape, default: []].append(Claim(key, scale, meaning.rank))
            }
            for (viseme, scale) in meaning.visemes {
                visemes[viseme, default: []].append(Claim(key, scale, meaning.rank))
            }
        }
        map.arkit = arkit.mapValues(Claim.settle)
        map.visemes = visemes.mapValues(Claim.settle)
        if let mapping { map.apply(mapping, catalog, &diagnostics) }
        return map
    }

    private mutating func apply(
        _ mapping: FaceMapping, _ catalog: ShapeCatalog, _ diagnostics: inout [Diagnostic]
    ) {
        for (name, entries) in mapping.shapes.sorted(by: { $0.key < $1.key }) {
            var found: [MorphTarget] = []
            for entry in entries {
                let hits = catalog.targets.filter { target in
                    target.name == entry.target
                        && (entry.mesh.map { catalog.node(target.key.node, isCalled: $0) } ?? true)
                }
                if hits.isEmpty {
                    let place = entry.mesh.map { " on \"\($0)\"" } ?? ""
                    diagnostics.append(
                        Diagnostic(
                            .warning, "MAPPING_TARGET_NOT_FOUND",
                            "the mapping of \(name) names \"\(entry.target.quotedForMessage())\"\(place), "
                                + "which the model does not have"
                        )
                    )
                }
                found += hits.map {
                    MorphTarget(node: $0.key.node, target: $0.key.target, scale: entry.scale)
                }
            }
            let targets = found.isEmpty ? nil : found
            switch FaceMapping.meaning(of: name) {
            case .arkit(let shape): arkit[shape] = targets
            case .viseme(let viseme): visemes[viseme] = targets
            case nil: break
            }
        }
    }

    /// One target that could serve a shape.
    private struct Claim {
        var key: ShapeCatalog.Key
        var scale: Float
        var rank: ShapeMeaning.Rank
        init(_ key: ShapeCatalog.Key, _ scale: Float, _ rank: ShapeMeaning.Rank) {
            self.key = key
            self.scale = scale
            self.rank = rank
        }

        /// Returns, for each node, the targets whose meaning is most certain.
        static func settle(_ claims: [Claim]) -> [MorphTarget] {
            var best: [Int: ShapeMeaning.Rank] = [:]
            for claim in claims { best[claim.key.node] = max(best[claim.key.node] ?? .combined, claim.rank) }
            return claims.filter { $0.rank == best[$0.key.node] }.map {
                MorphTarget(node: $0.key.node, target: $0.key.target, scale: $0.scale)
            }
        }
    }
}
