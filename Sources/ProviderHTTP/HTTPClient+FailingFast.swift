import AsyncHTTPClient

extension HTTPClient {
    /// Reports a connection that is refused at once, and one that is not answered after ten seconds.
    ///
    /// Async-http-client's own default goes on trying to connect until the request's deadline. Whoever uses this client
    /// counts tries by `RetryPolicy`. It is made at the first request.
    package static let failingFast: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(10)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}
