import AvatariumCore
import Foundation
import ServiceHTTP
import Synchronization

/// Finds the addresses of a host name.
public struct HostResolver: Sendable {
    private let lookup: @Sendable (String) async throws -> [IPAddress]

    public init(lookup: @escaping @Sendable (String) async throws -> [IPAddress]) { self.lookup = lookup }

    /// Every address of a name, in the order in which they are to be tried.
    public func addresses(of name: String) async throws -> [IPAddress] { try await lookup(name) }

    /// The operating system's resolver, getaddrinfo. It runs on threads of its own, since it blocks for as
    /// long as DNS servers are silent and cannot be cancelled; a caller that is cancelled goes on at once.
    /// - Throws: E001 for names without an address, and when too many lookups are under way.
    public static let system = HostResolver { name in
        let answer = OneAnswer<[IPAddress]>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                answer.set(continuation)
                guard
                    running.withLock({ count in
                        guard count < maximumRunning else { return false }
                        count += 1
                        return true
                    })
                else {
                    return answer.give(.failure(failure(name, "cannot be looked up now; try again later")))
                }
                queue.async {
                    let result = Result { try systemAddresses(of: name) }
                    running.withLock { $0 -= 1 }
                    answer.give(result)
                }
            }
        } onCancel: {
            answer.give(.failure(CancellationError()))
        }
    }

    /// Lookups at the same time; each holds a thread.
    private static let maximumRunning = 32
    private static let running = Mutex(0)
    private static let queue = DispatchQueue(label: "avatarium.dns", attributes: .concurrent)

    private static func systemAddresses(of name: String) throws -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0 else {
            let words =
                status == EAI_NONAME ? "is not known; check the URL" : "cannot be looked up; try again later"
            throw failure(name, words)
        }
        var found: [IPAddress] = []
        var entry = list
        while let info = entry?.pointee {
            // An entry of another family cannot be judged, so it would have to refuse the host; getaddrinfo
            // gives none.
            if let address = address(info), !found.contains(address) { found.append(address) }
            entry = info.ai_next
        }
        guard !found.isEmpty else { throw failure(name, "has no address; check the URL") }
        return found
    }

    private static func address(_ info: addrinfo) -> IPAddress? {
        guard let pointer = info.ai_addr else { return nil }
        let raw = UnsafeRawPointer(pointer)
        switch info.ai_family {
        case AF_INET:
            let bytes = withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) { Array($0) }
            return IPAddress(bytes: bytes)
        case AF_INET6:
            let bytes = withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { Array($0) }
            return IPAddress(bytes: bytes)
        default: return nil
        }
    }

    private static func failure(_ name: String, _ words: String) -> AvatariumError {
        AvatariumError(.connectionFailed, "the host '\(name)' \(words)", context: ["host": name])
    }
}

/// Passes the first of several answers to a continuation.
private final class OneAnswer<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, any Error>)
        case early(Result<Value, any Error>)
        case done
    }

    private let state = Mutex(State.empty)

    func set(_ continuation: CheckedContinuation<Value, any Error>) {
        let early: Result<Value, any Error>? = state.withLock { state in
            if case .early(let result) = state {
                state = .done
                return result
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
    }

    func give(_ result: Result<Value, any Error>) {
        let continuation: CheckedContinuation<Value, any Error>? = state.withLock { state in
            switch state {
            case .empty: state = .early(result)
            case .waiting(let continuation):
                state = .done
                return continuation
            case .early, .done: break
            }
            return nil
        }
        continuation?.resume(with: result)
    }
}
