import AvatariumCore

/// What the file of an avatar says of itself, whoever made it.
public struct AvatarNote: Sendable, Equatable {
    /// Who it is, in a few words; empty where the file does not say.
    public let who: String
    /// The licence, a name or an address; empty where the file does not say.
    public let licence: String

    /// Bytes of JSON that are read for it.
    private static let jsonLimit = 16 << 20

    /// Reads the JSON of a GLB, as `.glb` and `.vrm` files are; nil for other files, and for those that cannot be read.
    public init?(path: String) {
        guard let header = try? RegularFile.head(path, count: 20),
            let size = ByteReader(header, order: .little).uint32(12), size <= Self.jsonLimit,
            let bytes = try? RegularFile.head(path, count: 20 + Int(size)), let file = try? GLBFile(bytes)
        else { return nil }
        let asset = file.json["asset"]
        let extensions = file.json["extensions"]
        let vrm = (extensions?["VRMC_vrm"] ?? extensions?["VRM"])?["meta"]
        let extras = asset?["extras"]
        who = (extras?["person"] ?? extras)?["note"]?.string ?? Self.name(vrm)
        licence = Self.first([
            asset?["copyright"], vrm?["otherLicenseUrl"], vrm?["licenseUrl"], vrm?["licenseName"],
        ])
    }

    /// The name and the first author of VRM's meta data, 1.0 or 0.x.
    private static func name(_ meta: JSON?) -> String {
        let name = first([meta?["name"], meta?["title"]])
        let author = first([meta?["authors"]?.array?.first, meta?["author"]])
        return name.isEmpty || author.isEmpty ? name : "\(name), by \(author)"
    }

    private static func first(_ values: [JSON?]) -> String {
        values.lazy.compactMap { $0?.string }.first { !$0.isEmpty } ?? ""
    }
}
