import AsyncHTTPClient
import AvatariumCore
import NIOCore
import NIOHTTP1
import ServiceHTTP

/// One request to one judged host.
extension SafeFetcher {
    /// Addresses of one host that are tried in turn when a connection fails.
    private static let maximumAddresses = 3

    static func request(_ place: FetchURL, _ method: HTTPMethod) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "\(place)")
        request.method = method
        request.headers = ["user-agent": "avatarium", "accept": "*/*", "accept-encoding": "identity"]
        return request
    }

    /// The addresses that a URL may be requested from.
    func judged(_ place: FetchURL, _ field: String) async throws -> [IPAddress] {
        try policy.check(place, field: field)
        switch place.host {
        case .address(let address): return [address]
        case .name(let name):
            do {
                let addresses = try await resolver.addresses(of: name)
                try policy.check(addresses, place, field: field)
                return addresses
            } catch let error as AvatariumError {
                throw error.adding(context: ["field": field])
            }
        }
    }

    /// Sends a request to the first judged address that takes a connection, by a client that knows no other.
    func exchange<Value: Sendable>(
        _ request: HTTPClientRequest, _ place: FetchURL, _ field: String,
        _ read: @Sendable (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        let addresses = try await judged(place, field).prefix(Self.maximumAddresses)
        for (index, address) in addresses.enumerated() {
            do {
                return try await HTTPClient.withHTTPClient(configuration: configuration(place, address)) {
                    client in
                    // The deadline around all of this cancels it; the one here only satisfies the call.
                    let response = try await client.execute(request, timeout: .hours(1))
                    return try await read(response)
                }
            } catch {
                let isLast = index == addresses.count - 1
                guard !isLast, FetchFailure.isBeforeRequest(error) else {
                    throw FetchFailure.transport(error, place, field)
                }
            }
        }
        throw FetchFailure.transport(HTTPClientError.connectTimeout, place, field)
    }

    private func configuration(_ place: FetchURL, _ address: IPAddress) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        if case .name(let name) = place.host { configuration.dnsOverride = [name: "\(address)"] }
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(8)
        return configuration
    }

    /// Runs the body; when the time is over first, cancels it.
    func withDeadline<Value: Sendable>(
        _ deadline: Duration, _ place: FetchURL, _ field: String,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask {
                try await Task.sleep(for: deadline)
                throw FetchFailure.tooSlow(place, field, deadline)
            }
            group.addTask(operation: body)
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}
