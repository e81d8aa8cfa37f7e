import AvatariumCore
import CPQ
import Foundation

/// One connection to PostgreSQL by libpq, whose calls block. Used by one owner at a time.
final class PostgresSession: SQLConnection {
    let dialect = SQLDialect.postgres
    private let handle: OpaquePointer
    /// Names of prepared statements by their text, and the texts in the order in which they were prepared.
    private var prepared: [String: String] = [:]
    private var order: [String] = []
    private var prepareCount = 0
    private static let preparedLimit = 256

    private(set) var topics: Set<Topic> = []
    private var topicsEverywhere: Set<Topic> = []

    /// Connects, in at most five seconds unless the address says otherwise.
    /// - Parameter url: `postgres://user@host/database`, or libpq's `key=value` form.
    /// - Throws: `DatabaseFailure`.
    init(url: String) throws {
        let settings: KeyValuePairs = [
            // What the address itself says comes later and wins.
            "connect_timeout": "5", "fallback_application_name": "avatarium", "keepalives_idle": "10",
            "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "15000",
            "client_encoding": "UTF8", "dbname": url,
        ]
        let keys = settings.map { strdup($0.key) } + [nil]
        let values = settings.map { strdup($0.value) } + [nil]
        defer { for text in keys + values { free(text) } }
        let opened = keys.map { $0.map { UnsafePointer($0) } }.withUnsafeBufferPointer { keys in
            values.map { $0.map { UnsafePointer($0) } }.withUnsafeBufferPointer { values in
                PQconnectdbParams(keys.baseAddress, values.baseAddress, 1)
            }
        }
        guard let opened else {
            throw DatabaseFailure(kind: .unreachable, message: "out of memory", state: "")
        }
        handle = opened
        guard PQstatus(handle) == CONNECTION_OK else {
            throw DatabaseFailure(kind: .unreachable, message: lastMessage, state: "08001")
        }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        try command("SET statement_timeout = 15000; SET idle_in_transaction_session_timeout = 60000")
    }

    deinit { PQfinish(handle) }

    /// The socket, to wait for notifications.
    var socket: Int32 { PQsocket(handle) }
    var isAlive: Bool { PQstatus(handle) == CONNECTION_OK }

    private var lastMessage: String {
        String(cString: PQerrorMessage(handle)).trimmingCharacters(in: .whitespacesAndNewlines)
            .replacingOccurrences(of: "\n", with: " ")
    }

    /// Runs a body in a transaction.
    /// - Throws: what the body throws; `DatabaseFailure`, whose `commitIsUnknown` is set when the connection broke
    ///   while the transaction was being committed.
    func transaction<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        topics = []
        topicsEverywhere = []
        try command("BEGIN")
        let value: Value
        do {
            value = try body(self)
            try tellEverybody()
        } catch {
            _ = try? command("ROLLBACK")
            throw error
        }
        do {
            // A transaction in which a statement failed is rolled back by COMMIT, without an error.
            guard try command("COMMIT") == "COMMIT" else {
                throw DatabaseFailure(
                    kind: .other, message: "the transaction was rolled back", state: "25P02")
            }
        } catch var failure as DatabaseFailure {
            failure.commitIsUnknown = !isAlive
            throw failure
        }
        return value
    }

    /// Sends the transaction's wake-ups with it: several in a statement, since each statement is a round trip.
    private func tellEverybody() throws {
        var rest = topicsEverywhere.map { "pg_notify('avatarium', \($0.payload))" as SQL }[...]
        while let first = rest.popFirst() {
            let more = rest.prefix(15)
            rest = rest.dropFirst(15)
            _ = try rows(more.reduce("SELECT \(first)") { "\($0), \($1)" })
        }
    }

    /// Runs statements outside of transactions.
    func reading<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value { try body(self) }

    /// Runs text without parameters.
    /// - Returns: the tag of the last statement: `COMMIT`.
    @discardableResult
    func command(_ text: String) throws -> String {
        let result = try checked(PQexec(handle, text))
        defer { PQclear(result) }
        return String(cString: PQcmdStatus(result))
    }

    func run(_ sql: SQL) throws -> Int {
        let result = try execute(sql)
        defer { PQclear(result) }
        return Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    func rows(_ sql: SQL) throws -> [SQLRow] {
        let result = try execute(sql)
        defer { PQclear(result) }
        let width = PQnfields(result)
        var columns: [String: Int] = [:]
        for column in 0..<width {
            let name = String(cString: PQfname(result, column))
            if columns[name] == nil { columns[name] = Int(column) }
        }
        return (0..<PQntuples(result)).map { row in
            SQLRow(
                columns: columns,
                values: (0..<width).map { column in
                    if PQgetisnull(result, row, column) == 1 { return .null }
                    let bytes = UnsafeRawBufferPointer(
                        start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
                    return .text(String(decoding: bytes, as: UTF8.self))
                })
        }
    }

    func wake(_ topic: Topic, everywhere: Bool) {
        topics.insert(topic)
        if everywhere { topicsEverywhere.insert(topic) }
    }

    /// Takes the notifications that have arrived, without waiting.
    /// - Throws: `DatabaseFailure` when the connection is broken.
    func notifications() throws -> [Topic] {
        guard PQconsumeInput(handle) == 1 else {
            throw DatabaseFailure(kind: .unreachable, message: lastMessage, state: "08006")
        }
        var topics: [Topic] = []
        while let notification = PQnotifies(handle) {
            if let topic = Topic(payload: String(cString: notification.pointee.extra)) {
                topics.append(topic)
            }
            PQfreemem(notification)
        }
        return topics
    }

    /// Runs a statement that is prepared at its first use; the caller clears the result.
    private func execute(_ sql: SQL) throws -> OpaquePointer {
        let name = try prepare(sql)
        let texts = try sql.parameters.map { parameter -> UnsafeMutablePointer<CChar>? in
            switch parameter {
            case .integer(let value): return value.flatMap { strdup(String($0)) }
            case .text(let value):
                // libpq's texts end at U+0000: what follows would be lost without a word.
                try value?.checkStorable()
                return value.flatMap { strdup($0) }
            }
        }
        defer { for text in texts { free(text) } }
        let result = texts.map { $0.map { UnsafePointer($0) } }.withUnsafeBufferPointer { values in
            PQexecPrepared(handle, name, Int32(values.count), values.baseAddress, nil, nil, 0)
        }
        return try checked(result)
    }

    private func prepare(_ sql: SQL) throws -> String {
        let text = dialect.text(of: sql)
        if let name = prepared[text] { return name }
        if order.count >= Self.preparedLimit {
            let oldest = order.removeFirst()
            if let name = prepared.removeValue(forKey: oldest) { try command("DEALLOCATE \(name)") }
        }
        prepareCount += 1
        let name = "s\(prepareCount)"
        // Types by their object identifiers in pg_type: int8 and text. So none is guessed from its place.
        let types: [Oid] = sql.parameters.map { parameter in
            if case .integer = parameter { 20 } else { 25 }
        }
        PQclear(try checked(PQprepare(handle, name, text, Int32(types.count), types)))
        prepared[text] = name
        order.append(text)
        return name
    }

    /// A result that is not an error.
    private func checked(_ result: OpaquePointer?) throws -> OpaquePointer {
        guard let result else {
            throw DatabaseFailure(kind: .unreachable, message: lastMessage, state: "")
        }
        let status = PQresultStatus(result)
        if status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK { return result }
        defer { PQclear(result) }
        func field(_ code: Character) -> String? {
            PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
        }
        // PG_DIAG_SQLSTATE, PG_DIAG_MESSAGE_PRIMARY.
        let state = field("C") ?? ""
        let message = field("M") ?? lastMessage
        var kind = Self.kind(ofState: state)
        if !isAlive { kind = .unreachable }
        // A migration of a newer program changed a table, or a proxy gave another connection: prepare anew.
        if state == "0A000" && message.contains("cached plan") || state == "26000" {
            prepared = [:]
            order = []
            kind = .repeatable
        }
        throw DatabaseFailure(kind: kind, message: message, state: state)
    }

    /// What a SQLSTATE means for the store (https://www.postgresql.org/docs/15/errcodes-appendix.html).
    static func kind(ofState state: String) -> DatabaseFailure.Kind {
        switch state {
        case "40001", "40P01": .repeatable
        case "23505": .duplicate
        case "57014": .timeout
        case "22021", "22P05": .unstorable
        // disk_full, and its relative for temporary files.
        case "53100", "53400": .full
        // Not writable: a standby, as after a failover.
        case "25006": .unreachable
        case "": .unreachable
        default:
            if state.hasPrefix("08") || state.hasPrefix("57P") || state.hasPrefix("53")
                || state.hasPrefix("58")
            {
                .unreachable
            } else {
                .other
            }
        }
    }
}
