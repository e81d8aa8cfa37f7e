import AvatariumCore

extension Animation {
    /// - Throws: `AvatariumError` E024 with the first thing that is wrong with the animation.
    public func requirePlayable(path: String) throws {
        guard let defect else { return }
        throw AvatariumError(
            .avatarModelInvalid, "the animation can be played only in part: \(defect)",
            context: ["path": path, "rule": defect.code, "pointer": defect.pointer])
    }
}
