import Avatarium
import AvatariumCore
import ServiceStore

/// The caller's own keys of a session or a conversation, sealed within its settings and never shown again.
struct ConversationKeys: Sendable {
    /// To the provider of the language model.
    var ai: String?
    /// To the provider of the voice.
    var speech: String?

    /// The member of the settings that no answer has.
    private static let member = "keys"

    /// - Throws: INVALID_PARAMETER for what cannot be a key.
    init(_ fields: inout RequestFields) throws {
        ai = try fields.ownKey("byokAI")
        speech = try fields.ownKey("byokTTS")
    }

    /// Those of stored settings.
    /// - Throws: E071 where the master key is not the one that sealed them.
    init(of settings: JSON, account: AccountID, masterKey: MasterKey) throws {
        func opened(_ name: String) throws -> String? {
            guard let sealed = settings[Self.member]?[name],
                let text = sealed["sealed"]?.string, let version = sealed["version"]?.int
            else { return nil }
            return try masterKey.open(text, version: version, context: Self.context(name, account))
        }
        ai = try opened("ai")
        speech = try opened("speech")
    }

    /// The settings with the keys, sealed.
    func sealed(into settings: JSONObject, account: AccountID, masterKey: MasterKey) throws -> JSONObject {
        var keys = JSONObject()
        for (name, key) in [("ai", ai), ("speech", speech)] {
            guard let key else { continue }
            let (text, version) = try masterKey.seal(key, context: Self.context(name, account))
            keys.set(name, .members(["sealed": .string(text), "version": .integer(version)]))
        }
        guard !keys.keys.isEmpty else { return settings }
        var settings = settings
        settings.set(Self.member, .object(keys))
        return settings
    }

    private static func context(_ name: String, _ account: AccountID) -> [String] {
        ["conversation", name, account.rawValue]
    }

    /// The settings as they may be shown.
    static func without(_ settings: JSONText) -> JSON {
        guard case .object(let object)? = try? settings.parsed() else { return .null }
        return .object(object.replacing(removing: [member]))
    }
}

extension RequestFields {
    /// The caller's own key to a provider.
    mutating func ownKey(_ name: String) throws -> String? {
        guard let key = try string(name, limit: 500) else { return nil }
        guard !key.isEmpty, key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw APIError.invalid(
                pointer(name), "\(name) must be printable ASCII without spaces; copy it again")
        }
        return key
    }
}
