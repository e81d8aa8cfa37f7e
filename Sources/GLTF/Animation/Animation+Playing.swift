import AvatariumCore

extension Animation {
    /// - Throws: `AvatariumError` E024 with the first thing that is wrong with the animation.
    public func requirePlayable(path: String) throws {
        guard let defect else { return }
        throw AvatariumError(
            .avatarModelInvalid, "the animation cannot be played whole: \(defect)",
            context: ["path": path, "rule": defect.code, "pointer": defect.pointer])
    }
}
