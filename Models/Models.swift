import Foundation

/// The avatars that come with the package.
public enum BundledModels {
    /// The folder with the bundled `.glb` and `.vrm` files, or nil when the resources are not beside the
    /// executable (a moved binary): `Bundle.module` would trap then, so its place is looked at first.
    public static var folder: String? {
        let beside = Bundle.main.bundleURL.appendingPathComponent("avatarium_Models.resources").path
        guard FileManager.default.fileExists(atPath: beside) else { return nil }
        return Bundle.module.url(forResource: "avatars", withExtension: nil)?.path
    }
}
