/// The tables of the service, the same text for both engines. Times are milliseconds since 1970 (`bigint`),
/// truth values 0 and 1, JSON is text; each table of an account's data has `account_id`.
package enum Schema {
    package static let migrations = [queue, accounts, dictation, unreadAttempts]

    /// Jobs, keys, limits, avatars, uploads and webhooks.
    private static let queue = Migration(version: 1) { dialect in
        [
            """
            CREATE TABLE accounts (id text PRIMARY KEY, slug text NOT NULL UNIQUE, name text, plan text NOT NULL,
              state text NOT NULL, webhook_secret text NOT NULL, created_at bigint NOT NULL,
              updated_at bigint NOT NULL)
            """,
            // What happens once in the life of a database.
            "CREATE TABLE milestones (name text PRIMARY KEY, reached_at bigint NOT NULL)",

            // meter: the metric that success counts; lost: leases that ended without an answer of the worker;
            // version: counts changes, the id of server-sent events.
            """
            CREATE TABLE jobs (id text PRIMARY KEY, account_id text NOT NULL, kind text NOT NULL,
              lane text NOT NULL,
              state text NOT NULL CHECK (state IN ('queued','running','succeeded','failed','cancelled')),
              priority integer NOT NULL, reference text, run_at bigint NOT NULL, deadline_at bigint,
              attempt integer NOT NULL DEFAULT 0, max_attempts integer NOT NULL,
              lost integer NOT NULL DEFAULT 0, lease_token text, lease_until bigint, worker text,
              cancel_requested integer NOT NULL DEFAULT 0, request text NOT NULL, progress text, result text,
              error text, version bigint NOT NULL DEFAULT 1, meter text, webhook_url text,
              retention bigint NOT NULL, created_at bigint NOT NULL, started_at bigint, finished_at bigint,
              expires_at bigint)
            """,
            """
            CREATE INDEX jobs_ready ON jobs (lane, account_id, priority DESC, run_at, id)
              WHERE state = 'queued'
            """,
            "CREATE INDEX jobs_running ON jobs (account_id, lane) WHERE state = 'running'",
            "CREATE INDEX jobs_lease ON jobs (lease_until) WHERE state = 'running'",
            "CREATE INDEX jobs_deadline ON jobs (deadline_at) WHERE state = 'queued' AND deadline_at IS NOT NULL",
            "CREATE INDEX jobs_list ON jobs (account_id, kind, created_at DESC, id DESC)",
            "CREATE INDEX jobs_state ON jobs (account_id, kind, state, created_at DESC, id DESC)",
            """
            CREATE INDEX jobs_reference ON jobs (account_id, reference, created_at DESC, id DESC)
              WHERE reference IS NOT NULL
            """,
            "CREATE INDEX jobs_expiry ON jobs (expires_at) WHERE expires_at IS NOT NULL",

            // served_at: microseconds, when the account last had its turn; next_at: no job of it is due before,
            // NULL when none is queued.
            """
            CREATE TABLE ready_accounts (lane text NOT NULL, account_id text NOT NULL,
              max_running integer NOT NULL, served_at bigint NOT NULL DEFAULT 0, next_at bigint,
              PRIMARY KEY (account_id, lane))
            """,
            "CREATE INDEX ready_order ON ready_accounts (lane, served_at, account_id) WHERE next_at IS NOT NULL",

            """
            CREATE TABLE idempotency (account_id text NOT NULL, key text NOT NULL, fingerprint text NOT NULL,
              status integer NOT NULL, body text NOT NULL, expires_at bigint NOT NULL,
              PRIMARY KEY (account_id, key))
            """,
            "CREATE INDEX idempotency_expiry ON idempotency (expires_at)",
            // Lost in a crash of the server, which costs nothing: PostgreSQL need not log its changes.
            "CREATE \(dialect == .postgres ? "UNLOGGED " : "")TABLE buckets (key text PRIMARY KEY, tat bigint NOT NULL)",
            "CREATE INDEX buckets_expiry ON buckets (tat)",
            """
            CREATE TABLE usage (account_id text NOT NULL, month text NOT NULL, metric text NOT NULL,
              n bigint NOT NULL, PRIMARY KEY (account_id, month, metric))
            """,
            // Objects whose records are gone, by the start of their keys; deleted from due_at on.
            "CREATE TABLE garbage (prefix text PRIMARY KEY, due_at bigint NOT NULL)",
            "CREATE INDEX garbage_due ON garbage (due_at)",

            """
            CREATE TABLE api_keys (id text PRIMARY KEY, account_id text NOT NULL, name text NOT NULL,
              hash text NOT NULL UNIQUE, prefix text NOT NULL, last4 text NOT NULL, mode text NOT NULL,
              scopes text NOT NULL, created_at bigint NOT NULL, last_used_at bigint, expires_at bigint,
              revoked_at bigint)
            """,
            "CREATE INDEX api_keys_list ON api_keys (account_id, created_at DESC, id DESC)",

            """
            CREATE TABLE avatars (id text PRIMARY KEY, account_id text NOT NULL, slug text NOT NULL,
              name text NOT NULL, state text NOT NULL, is_public integer NOT NULL DEFAULT 0,
              settings text NOT NULL, report text NOT NULL, bytes bigint NOT NULL, sha256 text NOT NULL,
              crashes integer NOT NULL DEFAULT 0, created_at bigint NOT NULL, updated_at bigint NOT NULL,
              UNIQUE (account_id, slug))
            """,
            "CREATE INDEX avatars_list ON avatars (account_id, created_at DESC, id DESC)",
            """
            CREATE TABLE uploads (id text PRIMARY KEY, account_id text NOT NULL, kind text NOT NULL,
              content_type text NOT NULL, bytes bigint NOT NULL, sha256 text NOT NULL,
              created_at bigint NOT NULL, expires_at bigint NOT NULL)
            """,
            "CREATE INDEX uploads_account ON uploads (account_id, expires_at)",
            "CREATE INDEX uploads_expiry ON uploads (expires_at)",

            """
            CREATE TABLE webhook_endpoints (id text PRIMARY KEY, account_id text NOT NULL, url text NOT NULL,
              description text, events text NOT NULL, secret text NOT NULL, previous_secret text,
              previous_until bigint, created_at bigint NOT NULL, disabled_at bigint, disabled_reason text)
            """,
            "CREATE INDEX webhook_endpoints_list ON webhook_endpoints (account_id, created_at DESC, id DESC)",
            // Either an endpoint, or the URL that a job's request named.
            """
            CREATE TABLE webhook_deliveries (id text PRIMARY KEY, account_id text NOT NULL, endpoint_id text,
              url text, subject text, event text NOT NULL, payload text NOT NULL, state text NOT NULL,
              attempts integer NOT NULL DEFAULT 0, next_at bigint, last_status integer, last_error text,
              created_at bigint NOT NULL, finished_at bigint, expires_at bigint NOT NULL)
            """,
            """
            CREATE INDEX webhook_deliveries_list ON webhook_deliveries
              (account_id, endpoint_id, created_at DESC, id DESC)
            """,
            "CREATE INDEX webhook_deliveries_expiry ON webhook_deliveries (expires_at)",
            """
            CREATE TABLE webhook_attempts (delivery_id text NOT NULL, attempt integer NOT NULL,
              at bigint NOT NULL, status integer, error text, milliseconds bigint NOT NULL,
              PRIMARY KEY (delivery_id, attempt))
            """,
        ]
    }

    /// Users, logins, the customers' own keys, sessions and conversations.
    private static let accounts = Migration(version: 2) { _ in
        [
            """
            CREATE TABLE users (id text PRIMARY KEY, account_id text NOT NULL, email text NOT NULL UNIQUE,
              password text, created_at bigint NOT NULL, updated_at bigint NOT NULL)
            """,
            "CREATE INDEX users_account ON users (account_id)",
            // Users as other issuers of tokens know them.
            """
            CREATE TABLE identities (issuer text NOT NULL, subject text NOT NULL, account_id text NOT NULL,
              user_id text NOT NULL, created_at bigint NOT NULL, PRIMARY KEY (issuer, subject))
            """,
            "CREATE INDEX identities_account ON identities (account_id)",
            // A login and the family of refresh tokens that follow one another in it.
            """
            CREATE TABLE logins (id text PRIMARY KEY, account_id text NOT NULL, user_id text NOT NULL,
              created_at bigint NOT NULL, expires_at bigint NOT NULL, revoked_at bigint, revoked_reason text)
            """,
            "CREATE INDEX logins_account ON logins (account_id, user_id)",
            "CREATE INDEX logins_expiry ON logins (expires_at)",
            """
            CREATE TABLE refresh_tokens (hash text PRIMARY KEY, login_id text NOT NULL, created_at bigint NOT NULL,
              used_at bigint)
            """,
            "CREATE INDEX refresh_tokens_login ON refresh_tokens (login_id)",

            """
            CREATE TABLE byok (account_id text NOT NULL, provider text NOT NULL, sealed text NOT NULL,
              key_version integer NOT NULL, last4 text NOT NULL, created_at bigint NOT NULL,
              updated_at bigint NOT NULL, PRIMARY KEY (account_id, provider))
            """,

            """
            CREATE TABLE sessions (id text PRIMARY KEY, account_id text NOT NULL, avatar text NOT NULL,
              settings text NOT NULL, created_at bigint NOT NULL, expires_at bigint NOT NULL)
            """,
            "CREATE INDEX sessions_account ON sessions (account_id)",
            "CREATE INDEX sessions_expiry ON sessions (expires_at)",
            // busy_message is being answered until busy_until, unless its server died.
            """
            CREATE TABLE conversations (id text PRIMARY KEY, account_id text NOT NULL, session_id text,
              avatar text NOT NULL, settings text NOT NULL, busy_message text, busy_until bigint,
              created_at bigint NOT NULL, updated_at bigint NOT NULL, ended_at bigint)
            """,
            "CREATE INDEX conversations_list ON conversations (account_id, created_at DESC, id DESC)",
            "CREATE INDEX conversations_session ON conversations (session_id) WHERE session_id IS NOT NULL",
            "CREATE INDEX conversations_busy ON conversations (account_id) WHERE busy_message IS NOT NULL",
            """
            CREATE TABLE messages (id text PRIMARY KEY, account_id text NOT NULL, conversation_id text NOT NULL,
              role text NOT NULL, state text NOT NULL, content text NOT NULL, details text, error text,
              job_id text, created_at bigint NOT NULL, finished_at bigint)
            """,
            "CREATE INDEX messages_list ON messages (conversation_id, created_at DESC, id DESC)",
            "CREATE INDEX messages_account ON messages (account_id)",
            "CREATE INDEX accounts_closed ON accounts (updated_at) WHERE state = 'closed'",
        ]
    }

    /// Texts that are written while they are spoken, and attempts that are counted.
    private static let dictation = Migration(version: 3) { _ in
        [
            // The sentences that follow the request's own, one a line; script_ends: no more follow.
            "ALTER TABLE jobs ADD COLUMN script text",
            "ALTER TABLE jobs ADD COLUMN script_ends integer NOT NULL DEFAULT 1",
            "CREATE TABLE attempts (key text NOT NULL, at bigint NOT NULL)",
            "CREATE INDEX attempts_key ON attempts (key, at)",
            "CREATE INDEX attempts_time ON attempts (at)",
        ]
    }

    /// The log of single attempts at deliveries was written and never read.
    private static let unreadAttempts = Migration(version: 4) { _ in ["DROP TABLE webhook_attempts"] }
}
