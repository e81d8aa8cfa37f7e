import AvatariumCore
import Foundation
import ServiceStore

extension Administration {
    /// Seals everything that the service keeps sealed under a new master key, while no server runs.
    ///
    /// Works in batches. When it is interrupted, part of the secrets is sealed with either key, no server starts, and the same
    /// call goes on where it stopped.
    /// - Parameter next: The new key. `nil` makes one in the data folder, where the current one is there too; it takes the
    ///   place of the current one at the end.
    /// - Throws: E071 where the current key is not known or not the one that sealed, or both are the same; E072 where a
    ///   new one is needed.
    public func rotateMasterKey(to next: [UInt8]?) async throws {
        let file = MasterKeyFile(folder: configuration.dataFolder)
        let isInFolder = configuration.masterKey == nil
        guard let current = try configuration.masterKey ?? file.current() else {
            throw AvatariumError(
                .invalidConfig,
                "the current master key is not known: AVATARIUM_MASTER_KEY and --master-key-file are not set, and "
                    + "'\(configuration.dataFolder)' has no master.key; set it as the servers have it",
                context: ["field": "master-key"])
        }
        guard isInFolder || next != nil else {
            throw AvatariumError(
                .missingRequiredField,
                "the new master key is missing; give a file with the output of `head -c 32 /dev/urandom | base64` as "
                    + "--new-master-key-file, and keep it: the servers need it afterwards",
                context: ["field": "new-master-key-file"])
        }
        guard next != current else {
            throw AvatariumError(
                .invalidConfig, "the new master key is the current one; give another",
                context: ["field": "new-master-key-file"])
        }
        try await reseal(MasterKey(next ?? file.next(), replacing: current))
        if next == nil { try file.replace() }
    }

    private func reseal(_ key: MasterKey) async throws {
        _ = try await store.sealingSecrets(with: key)
        for place in [SealedValues.sessions, .conversations] {
            try await store.resealValues(of: place) { settings, account in
                let keys = try ConversationKeys(of: settings.parsed(), account: account, masterKey: key)
                guard let members = try settings.parsed().object else { return settings }
                return try JSONText(JSON.object(keys.sealed(into: members, account: account, masterKey: key)))
            }
        }
        try await store.resealValues(of: .jobs) { request, account in
            var order = try request.decoded(as: RenderOrder.self)
            let context = RenderParser.keyContext(account)
            order.speechKey = try order.speechKey.map { try $0.resealed(by: key, context: context) }
            return try JSONText(encoding: order)
        }
        try await store.forgetSealedAnswers()
    }
}
