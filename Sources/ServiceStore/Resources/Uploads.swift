import AvatariumCore

/// What an uploaded file is.
public enum UploadKind: String, Sendable, Codable, CaseIterable, ColumnValue {
    case audio, timings, background, environment, mapping, body, performance
    /// A picture or a video that is laid over a clip.
    case overlay
    case music
}

/// A file that renders of the same account may use; the file is an object under `ObjectPrefix.upload`.
public struct Upload: StoredRecord, OwnedRecord, Hashable {
    public var id: UploadID
    public var account: AccountID
    public var kind: UploadKind
    public var contentType: String
    public var bytes: Int64
    /// In hexadecimal.
    public var sha256: String
    public var createdAt: Timestamp
    public var expiresAt: Timestamp
}

/// What became of a request to record an upload.
public enum UploadCreated: CreationOutcome {
    case created(Upload)
    case replayed(StoredAnswer)
    case mismatch
    /// The account's uploads would be larger than they may.
    case overLimit(used: Int64, limit: Int64)
}

extension ServiceStore {
    /// Records an upload, kept for a day unless something holds it longer.
    /// - Parameters:
    ///   - id: Made by the caller, so that the object can be stored first.
    ///   - sha256: In hexadecimal.
    ///   - limit: Bytes that all uploads of the account may have together.
    public func createUpload(
        id: UploadID = .make(), kind: UploadKind, contentType: String, bytes: Int64, sha256: String,
        account: AccountID, limit: Int64, idempotency: Idempotency<Upload>? = nil
    ) async throws -> UploadCreated {
        let time = now()
        return try await createOrRefuse(idempotency, account: account, at: time) { [self] connection in
            try connection.lock("uploads.\(account)")
            let used = try connection.count(
                """
                SELECT coalesce(sum(bytes), 0) AS n FROM uploads
                WHERE account_id = \(account) AND expires_at > \(time)
                """)
            guard Int64(used) + bytes <= limit else {
                return .failure(Refusal(outcome: .overLimit(used: Int64(used), limit: limit)))
            }
            let row = try connection.row(
                """
                INSERT INTO uploads (id, account_id, kind, content_type, bytes, sha256, created_at, expires_at)
                VALUES (\(id), \(account), \(kind), \(contentType), \(bytes),
                  \(sha256), \(time), \(time + policy.uploads)) RETURNING *
                """)
            try keep(ObjectPrefix.upload(id, account: account), connection)
            return .success(try Upload(row.unwrapped()))
        }
    }

    /// An upload of an account; `nil` when it has none of that identifier, or its time is over.
    public func upload(_ id: UploadID, account: AccountID) async throws -> Upload? {
        let time = now()
        return try await database.read { connection in
            try connection.row(
                """
                SELECT * FROM uploads WHERE id = \(id) AND account_id = \(account) AND expires_at > \(time)
                """
            ).map(Upload.init)
        }
    }

    /// Keeps uploads at least for a while, as a job that is about to be queued needs them; never shorter than they
    /// are kept already.
    /// - Returns: the identifiers that the account does not have, none of which is kept then.
    public func holdUploads(
        _ ids: [UploadID], account: AccountID, for duration: Duration
    ) async throws -> [UploadID] {
        let time = now()
        let end = time + duration
        return try await database.write { connection in
            // In the same order in every transaction, so that two never wait for each other.
            try Set(ids).sorted().filter { id in
                try connection.run(
                    """
                    UPDATE uploads SET
                      expires_at = CASE WHEN expires_at < \(end) THEN \(end) ELSE expires_at END
                    WHERE id = \(id) AND account_id = \(account) AND expires_at > \(time)
                    """) == 0
            }
        }
    }

    /// Deletes an upload's record; its object follows.
    /// - Returns: whether the account had it.
    public func deleteUpload(_ id: UploadID, account: AccountID) async throws -> Bool {
        try await delete("uploads WHERE id = \(id) AND account_id = \(account)") {
            try $0.discard(ObjectPrefix.upload(id, account: account), at: $1, $2)
        }
    }
}
