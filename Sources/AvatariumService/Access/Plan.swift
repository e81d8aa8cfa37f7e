import Avatarium
import AvatariumCore
import Foundation
import ServiceStore

/// What an account may do. The server's own limits hold on top of it.
struct Plan: Sendable, Equatable {
    var name: String
    /// Messages and clips a calendar month; nil without a limit.
    var messages: Int?
    var avatars: Int
    /// The longest clip, seconds.
    var seconds: Double
    var pixels: Int
    /// Clips drawn at the same time.
    var concurrency: Int
    var isFree: Bool

    /// For the operator's own account: only the server's limits.
    static let owner = Plan(
        name: "owner", messages: nil, avatars: 10_000, seconds: .infinity, pixels: .max, concurrency: 1000,
        isFree: false)
    static let free = Plan(
        name: "free", messages: 100, avatars: 5, seconds: 60, pixels: 1280 * 720, concurrency: 1, isFree: true
    )
    static let paid = Plan(
        name: "paid", messages: 10_000, avatars: 100, seconds: 600, pixels: 3840 * 2160, concurrency: 8,
        isFree: false)

    static let standard = [owner, free, paid]
}

/// The plans that the configuration knows.
package struct Plans: Sendable {
    let plans: [String: Plan]

    private static let maximumBytes = 1 << 20

    init(_ plans: [Plan] = Plan.standard) {
        self.plans = Dictionary(plans.map { ($0.name, $0) }) { _, last in last }
    }

    /// An account whose plan was taken out of the configuration is treated as free.
    subscript(name: String) -> Plan { plans[name] ?? plans["free"] ?? .free }

    /// Reads a file such as `{"free": {"messages": 100, "avatars": 5, "seconds": 60, "pixels": 921600, "concurrency": 1}}`; plans
    /// that it does not name keep their defaults.
    /// - Throws: E071 that names the field.
    package init(file: String) throws {
        var plans = Plan.standard
        do {
            let data = try InputFile.read(
                file, "plans' file", field: "plans", code: .invalidConfig, limit: Self.maximumBytes)
            let value = try JSONParser.parse([UInt8](data))
            for name in value.object?.keys ?? [] {
                var fields = try RequestFields(value[name] ?? .null, pointer: "/" + JSON.pointerToken(name))
                let base = plans.first { $0.name == name } ?? .paid
                plans.append(
                    Plan(
                        name: name,
                        messages: try fields.integer("messages", in: 0...1_000_000_000) ?? base.messages,
                        avatars: try fields.integer("avatars", in: 0...1_000_000) ?? base.avatars,
                        seconds: try fields.number("seconds", in: 1...14_400) ?? base.seconds,
                        pixels: try fields.integer("pixels", in: 256...67_108_864) ?? base.pixels,
                        concurrency: try fields.integer("concurrency", in: 1...10_000) ?? base.concurrency,
                        isFree: try fields.bool("free") ?? base.isFree))
                try fields.finish()
            }
        } catch let error as APIError {
            throw AvatariumError(
                .invalidConfig, "the plans in '\(file)': \(error.message)",
                context: ["path": file, "field": error.field ?? ""])
        } catch let error as JSONSyntaxError {
            throw AvatariumError(
                .invalidConfig, "the plans in '\(file)' are not JSON: \(error); give a JSON object",
                context: ["path": file], cause: error)
        }
        self.init(plans)
    }
}
