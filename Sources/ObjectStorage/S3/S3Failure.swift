import AsyncHTTPClient
import AvatariumCore
import Foundation
import NIOCore
import NIOHTTP1

/// What an S3 server's refusal, or a connection's end, means.
enum S3Failure {
    /// Errors of an answer.
    /// - Parameters:
    ///   - code: S3's own code, such as `NoSuchKey`; it and the request's id go into the context.
    static func answer(
        status: Int, code: String?, requestID: String?, retryAfter: Duration? = nil, bucket: String,
        key: ObjectKey?
    ) -> AvatariumError {
        var context = ["provider": "s3", "status": "\(status)", "bucket": bucket]
        context["s3Code"] = code
        context["s3RequestId"] = requestID
        context["key"] = key?.description
        let wait = retryAfter.map { Int($0 / .milliseconds(1)) }
        let words = code.map { "\($0), status \(status)" } ?? "status \(status)"
        switch (status, code) {
        case (_, "NoSuchBucket"):
            return AvatariumError(
                .invalidConfig, "the bucket '\(bucket)' does not exist; create it, or correct --storage",
                context: context)
        case (_, "NoSuchUpload"):
            return AvatariumError(
                .internalError, "the S3 server does not know the upload (\(words))", context: context,
                cause: StorageProblem.noSuchUpload)
        case (404, _):
            guard let key else { break }
            return StorageFailure.noSuchObject(key).adding(context: context)
        case (507, _), (_, "QuotaExceeded"), (_, "EntityTooLarge"), (_, "InsufficientStorage"):
            context["rule"] = "storage-full"
            return AvatariumError(
                .outputNotWritable, "the bucket '\(bucket)' has no space left (\(words)); free some",
                context: context, cause: StorageProblem.full)
        case (401, _), (403, _):
            return AvatariumError(
                .invalidConfig,
                "the S3 server refuses the request (\(words)); check the access key, its rights and the clock",
                context: context)
        case (429, _):
            return AvatariumError(
                .rateLimited, "the S3 server asks to slow down (\(words))", context: context,
                retryAfter: wait)
        case (500, _), (502..., _):
            return AvatariumError(
                .connectionFailed, "the S3 server failed (\(words)); try again later", context: context,
                retryAfter: wait)
        default: break
        }
        return AvatariumError(
            .internalError, "the S3 server did not accept the request (\(words))", context: context)
    }

    /// Failures below HTTP. Errors of our own and cancellation pass.
    static func transport(_ error: any Error, key: ObjectKey?) -> any Error {
        if error is AvatariumError || error is CancellationError { return error }
        var context = ["provider": "s3"]
        context["key"] = key?.description
        switch error {
        case let problem as HTTPClientError where problem == .cancelled: return CancellationError()
        case let problem as HTTPClientError
        where [.deadlineExceeded, .readTimeout, .writeTimeout].contains(problem):
            return AvatariumError(
                .timeout, "the S3 server did not answer in time; try again later", context: context,
                cause: error)
        case let problem as HTTPClientError
        where [.remoteConnectionClosed, .uncleanShutdown, .bodyLengthMismatch].contains(problem):
            return AvatariumError(
                .networkError, "the S3 server closed the connection; try again", context: context,
                cause: error)
        case is HTTPParserError:
            return AvatariumError(
                .networkError, "the S3 server violated HTTP in its response; try again", context: context,
                cause: error)
        default:
            return AvatariumError(
                .connectionFailed, "the S3 server cannot be reached; check the network and AWS_ENDPOINT_URL",
                context: context, cause: error)
        }
    }
}
