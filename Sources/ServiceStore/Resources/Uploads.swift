import AvatariumCore

/// The kind of an uploaded file.
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

/// The outcome of recording an upload.
public enum UploadCreated: CreationOutcome {
    case created(Upload)
    case replayed(StoredAnswer)
    case mismatch
    /// The account's uploads would be larger than they may.
    case overLimit(used: Int64, limit: Int64)
}

extension ServiceStore {
    /// Records an upload, which is kept for a day unless it is held longer.
    /// - Parameters:
    ///   - id: Created by the caller, so that the object can be stored first.
    ///   - sha256: In hexadecimal.
    ///   - limit: The maximum total size of the account's uploads, in bytes.
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

    /// Returns an upload of an account; `nil` if it has none with the identifier, or it has expired.
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

    /// Keeps uploads for at least a given time, for a job that is about to be queued; never shorter than before.
    /// - Returns: The identifiers that the account does not have; if there are any, no upload is held.
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

    /// Deletes an upload's record; its object is deleted later.
    /// - Returns: Whether the account had it.
    public func deleteUpload(_ id: UploadID, account: AccountID) async throws -> Bool {
        try await delete("uploads WHERE id = \(id) AND account_id = \(account)") {
            try $0.discard(ObjectPrefix.upload(id, account: account), at: $1, $2)
        }
    }
}
