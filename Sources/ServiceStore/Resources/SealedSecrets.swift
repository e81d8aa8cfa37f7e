import AvatariumCore

/// The secrets that sign webhooks, which must be read again and so cannot be hashed: sealed in their rows, as
/// `sealed:VERSION:BASE64`; and the keys of providers, whose version stands in a column of its own.
extension ServiceStore {
    /// Returns the store with the secrets of webhooks sealed under a key; those that are not, and providers' keys and
    /// secrets under the key that it replaces, are sealed first. Without it, secrets of webhooks are stored as they are.
    /// - Throws: E071 when a secret was sealed under another key, so that no database gets secrets of two.
    public func sealingSecrets(with key: MasterKey) async throws -> ServiceStore {
        var store = self
        store.secretKey = key
        while try await store.sealSecrets() > 0 {}
        return store
    }

    /// Changes every value that holds a text which the service sealed, in batches, each a transaction of its own.
    /// - Parameter change: Gives the value anew.
    /// - Throws: What `change` throws; the batches before stay changed.
    package func resealValues(
        of place: SealedValues, limit: Int = 200,
        _ change: @escaping @Sendable (JSONText, AccountID) throws -> JSONText
    ) async throws {
        var position: String? = ""
        while let start = position {
            position = try await database.write { connection in
                if connection.dialect == .postgres { try connection.run("SET LOCAL statement_timeout = 0") }
                let rows = try connection.rows(
                    """
                    SELECT id, account_id, \(raw: place.column) FROM \(raw: place.table)
                    WHERE id > \(start) AND \(raw: place.column) LIKE '%"sealed":%'
                    ORDER BY id LIMIT \(limit)\(connection.dialect.forUpdate)
                    """)
                for row in rows {
                    let value = try change(row.json(place.column), row.id("account_id"))
                    try connection.run(
                        """
                        UPDATE \(raw: place.table) SET \(raw: place.column) = \(value)
                        WHERE id = \(row.text("id"))
                        """)
                }
                return try rows.count < limit ? nil : rows.last?.text("id")
            }
        }
    }

    /// Empties the answers to Idempotency-Keys that hold a sealed text: under another master key no request finds them, as
    /// their fingerprints were made with the one before.
    package func forgetSealedAnswers() async throws {
        try await database.write { connection in
            try connection.run("UPDATE idempotency SET body = '{}' WHERE body LIKE '%\"sealed\":%'")
        }
    }

    private enum Place {
        static func endpoint(_ id: WebhookEndpointID) -> [String] { ["webhook", id.rawValue] }
        static func account(_ id: AccountID) -> [String] { ["account webhook", id.rawValue] }
    }

    /// Seals a batch of secrets.
    private func sealSecrets(limit: Int = 200) async throws -> Int {
        guard let secretKey else { return 0 }
        let current = "sealed:\(secretKey.version):%"
        return try await database.write { [self] connection in
            let endpoints = try connection.rows(
                """
                SELECT * FROM webhook_endpoints WHERE secret NOT LIKE \(current)
                  OR previous_secret NOT LIKE \(current) ORDER BY id LIMIT \(limit)\(connection.dialect.forUpdate)
                """)
            for row in endpoints {
                let endpoint = try opened(WebhookEndpoint(row))
                let (secret, previous) = (
                    try sealed(endpoint.secret, endpoint.id),
                    try endpoint.previousSecret.map { try sealed($0, endpoint.id) }
                )
                try connection.run(
                    """
                    UPDATE webhook_endpoints SET secret = \(secret), previous_secret = \(previous)
                    WHERE id = \(endpoint.id)
                    """)
            }
            let accounts = try connection.rows(
                """
                SELECT * FROM accounts WHERE webhook_secret NOT LIKE \(current)
                ORDER BY id LIMIT \(limit)\(connection.dialect.forUpdate)
                """)
            for row in accounts {
                let account = try Account(row)
                let secret = try seal(
                    opened(account.webhookSecret, Place.account(account.id)), Place.account(account.id))
                try connection.run("UPDATE accounts SET webhook_secret = \(secret) WHERE id = \(account.id)")
            }
            return endpoints.count + accounts.count
                + (try resealProviderKeys(with: secretKey, limit: limit, connection))
        }
    }

    func sealed(_ secret: String, _ id: WebhookEndpointID) throws -> String {
        try seal(secret, Place.endpoint(id))
    }

    func sealed(_ secret: String, _ id: AccountID) throws -> String {
        try seal(secret, Place.account(id))
    }

    /// An endpoint of a row, with its secrets as they sign.
    func opened(_ endpoint: WebhookEndpoint) throws -> WebhookEndpoint {
        var endpoint = endpoint
        endpoint.secret = try opened(endpoint.secret, Place.endpoint(endpoint.id))
        endpoint.previousSecret = try endpoint.previousSecret.map {
            try opened($0, Place.endpoint(endpoint.id))
        }
        return endpoint
    }

    /// The secret that signs webhooks to URLs which an account's requests named.
    func webhookSecret(of account: Account) throws -> String {
        try opened(account.webhookSecret, Place.account(account.id))
    }

    private func seal(_ secret: String, _ context: [String]) throws -> String {
        guard let secretKey else { return secret }
        let (sealed, version) = try secretKey.seal(secret, context: context)
        return "sealed:\(version):\(sealed)"
    }

    private func opened(_ text: String, _ context: [String]) throws -> String {
        let parts = text.split(separator: ":", maxSplits: 2).map(String.init)
        guard parts.count == 3, parts[0] == "sealed", let version = Int(parts[1]) else { return text }
        guard let secretKey else {
            throw AvatariumError(
                .invalidConfig,
                "a webhook's secret is encrypted; open the store with the service's master key")
        }
        return try secretKey.open(parts[2], version: version, context: context)
    }
}

/// Columns of JSON in which the service keeps texts that it sealed, as members `sealed` and `version` of an object.
package enum SealedValues: Sendable {
    case sessions, conversations, jobs

    var table: String { "\(self)" }
    var column: String { self == .jobs ? "request" : "settings" }
}
