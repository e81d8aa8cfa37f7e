/// The line that a clip leaves in `results.jsonl`.
public struct BatchResult: Sendable, Codable {
    public enum Status: String, Sendable, Codable { case done, failed }

    public var id: String
    public var line: Int
    public var status: Status
    /// XXH3-64 of the request's line.
    public var key: String
    public var file: String?
    /// The file's name inside the batch's folder.
    public var output: String?
    /// XXH3-128 of the raw pixels.
    public var digest: String?
    public var frames: Int?
    /// Size of the file, bytes.
    public var bytes: Int?
    public var durationSeconds: Double?
    /// Wall seconds that the clip took.
    public var seconds: Double?
    public var error: Failure?

    public struct Failure: Sendable, Codable {
        public var code: String
        public var name: String
        public var message: String
        public var recoverable: Bool
        public var context: [String: String]

        init(_ error: AvatariumError) {
            code = error.code.code
            name = error.code.name
            message = error.message
            recoverable = error.recoverable
            context = error.context
        }
    }
}
