/// The 15 visemes of Meta's Oculus LipSync, in its order; on avatars as `viseme_PP` and so on.
public enum OculusViseme: Int, CaseIterable, Sendable, Codable {
    case sil, PP, FF, TH, DD, kk, CH, SS, nn, RR, aa, E, I, O, U

    public static let count = 15

    /// `"PP"`.
    public var name: String { "\(self)" }

    public init?(name: String) {
        guard let viseme = OculusViseme.allCases.first(where: { $0.name == name }) else { return nil }
        self = viseme
    }
}
