import AvatariumCore

extension Validator {
    /// Reads `extensionsUsed` and `extensionsRequired`.
    func declareExtensions() {
        let used = root["extensionsUsed"]?.array?.map(\.string) ?? []
        let required = root["extensionsRequired"]?.array?.map(\.string) ?? []
        extensionsUsed = Set(used.compactMap { $0 })
        if root["extensionsRequired"] != nil, root["extensionsUsed"] == nil {
            report(.unsatisfiedDependency, "extensionsRequired", "'extensionsUsed' must be defined too")
        }
        // A list with anything else than names in it is not read at all.
        guard !used.contains(nil), !required.contains(nil) else { return }
        for (i, name) in used.enumerated() {
            guard let name else { continue }
            let pointer = "/extensionsUsed/\(i)"
            if !Self.isExtensionName(name) {
                report(
                    .invalidExtensionNameFormat, pointer: pointer,
                    "'\(name.quotedForMessage())' has no vendor prefix")
            }
            if Schema.placements[name] != nil {
                extensionsKnown.insert(name)
                if name == "KHR_mesh_quantization", !required.contains(name) {
                    report(
                        .nonRequiredExtension, pointer: pointer,
                        "'\(name.quotedForMessage())' cannot be optional")
                }
            } else if !Extensions.supported.contains(name) {
                report(
                    .unsupportedExtension, pointer: pointer,
                    "'\(name.quotedForMessage())' is not known and ignored")
            }
        }
        for (i, name) in required.enumerated() where name.map({ !extensionsUsed.contains($0) }) ?? false {
            report(
                .unusedExtensionRequired, pointer: "/extensionsRequired/\(i)")
        }
    }

    /// Capital letters and digits, an underscore, then word characters.
    private static func isExtensionName(_ name: String) -> Bool {
        guard let split = name.firstIndex(of: "_"), split > name.startIndex else { return false }
        let rest = name[name.index(after: split)...]
        return name[..<split].utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) }
            && !rest.isEmpty
            && rest.utf8.allSatisfy {
                (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0)
                    || $0 == 0x5F
            }
    }

    /// False when the version of glTF cannot be determined; then nothing else is checked.
    func checkAsset() -> Bool {
        let asset = root["asset"]
        let version = asset?["version"]?.string.flatMap(AssetVersion.init)
        guard let version, asset?.object != nil else {
            // The root's own schema finds a missing asset; the asset's, a missing version.
            if let asset, asset.object != nil {
                within("asset") { check(asset, .asset) }
            } else if asset == nil {
                report(.undefinedProperty, nil, "'asset' must be defined")
            } else {
                report(.typeMismatch, "asset", "must be an object")
            }
            return false
        }
        within("asset") {
            if version.major != 2 {
                report(.unknownAssetMajorVersion, "version", "this is glTF \(version.major), not 2")
            } else if version.minor > 0 {
                report(.unknownAssetMinorVersion, "version", "2.\(version.minor) is newer than 2.0")
            }
            if let least = asset?["minVersion"]?.string.flatMap(AssetVersion.init), least > version {
                report(.assetMinVersionGreaterThanVersion, "minVersion")
            }
        }
        return version.major == 2
    }
}
