import Avatarium
import AvatariumCore
import Foundation
import JWTKit
import ServiceStore

/// Access tokens of our own logins: JSON web tokens signed by HMAC-SHA-256, a quarter of an hour long.
struct AccessTokens: Sendable {
    static let lifetime = Duration.seconds(15 * 60)
    private static let issuer = "avatarium"
    private static let keyID = JWKIdentifier(string: "avatarium-1")
    private let keys: JWTKeyCollection

    private struct Payload: JWTPayload {
        var iss: IssuerClaim
        var aud: AudienceClaim
        /// The user.
        var sub: SubjectClaim
        var account: String
        var login: String
        var iat: IssuedAtClaim
        var exp: ExpirationClaim

        func verify(using algorithm: some JWTAlgorithm) async throws {
            try exp.verifyNotExpired()
            try aud.verifyIntendedAudience(includes: AccessTokens.issuer)
        }
    }

    /// Who a token belongs to.
    struct Bearer: Sendable {
        var user: UserID
        var account: AccountID
        var login: LoginID
    }

    /// - Parameter key: 32 bytes that only this service knows.
    init(key: [UInt8]) async {
        keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: Data(key)), digestAlgorithm: .sha256, kid: Self.keyID)
    }

    func issue(user: UserID, account: AccountID, login: LoginID, now: Timestamp) async throws -> String {
        let payload = Payload(
            iss: IssuerClaim(value: Self.issuer), aud: AudienceClaim(value: [Self.issuer]),
            sub: SubjectClaim(value: user.rawValue), account: account.rawValue, login: login.rawValue,
            iat: IssuedAtClaim(value: now.date), exp: ExpirationClaim(value: (now + Self.lifetime).date))
        return try await keys.sign(payload, kid: Self.keyID)
    }

    /// - Throws: TOKEN_EXPIRED or TOKEN_INVALID.
    func verify(_ token: String) async throws -> Bearer {
        let invalid = APIError(
            .tokenInvalid,
            "the token was not issued by this server; log in again, or use an API key")
        // There is one algorithm and one key, which our tokens name.
        guard let header = TokenHeader(token), header.algorithm == "HS256",
            header.keyID == Self.keyID.string
        else { throw invalid }
        let payload: Payload
        do {
            payload = try await keys.verify(token, as: Payload.self)
        } catch let error as JWTError
            where error.errorType == .claimVerificationFailure && error.failedClaim is ExpirationClaim
        {
            throw APIError(.tokenExpired, "the token has expired; get a new one with POST /v1/auth/refresh")
        } catch {
            throw invalid
        }
        guard payload.iss.value == Self.issuer else { throw invalid }
        return Bearer(
            user: UserID(payload.sub.value), account: AccountID(payload.account),
            login: LoginID(payload.login))
    }
}
