import Avatarium
import AvatariumCore
import Logging
import ObjectStorage
import SafeFetch
import ServiceHTTP
import ServiceStore

/// What the routes and workers of one process share.
package struct Backend: Sendable, CustomStringConvertible, CustomReflectable {
    let configuration: ServiceConfiguration
    package let store: ServiceStore
    package let objects: any ObjectStore
    let renderer: any ClipRenderer
    let catalog: AvatarCatalog
    let plans: Plans
    let work: WorkFolders
    let tokens: AccessTokens
    /// Tokens of another issuer, where the configuration names one.
    let issuer: IssuerTokens?
    let masterKey: MasterKey
    let cursors: CursorSealer
    let files: FileURLSigner
    let fetcher: SafeFetcher
    package let metrics: ServiceMetrics
    let logger: Logger
    let passwords = Passwords()
    let voices = VoiceList()
    let live = LiveSessions()
    /// Pictures of avatars as PNG: more than a page shows, of some 75 KB each.
    let pictures = MadeOnce<[UInt8]>(64)
    /// Reports of bundled avatars.
    let reports = MadeOnce<JSON>(64)
    package let drain = Drain()

    // What it is made of holds keys, and libraries log what they are given by printing it.
    package var description: String { "Backend" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// What queueing an account's clips is bounded by.
    func queueLimits(_ principal: Principal) -> QueueLimits {
        QueueLimits(
            maxRunning: principal.plan.concurrency, maxQueued: configuration.maxQueued,
            quota: principal.plan.messages.map { Quota(.messages, limit: $0) })
    }

    /// A URL of this service, absolute where the configuration says how it is reached.
    func url(_ path: String) -> String { configuration.publicURL + path }
}
