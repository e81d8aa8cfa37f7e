import Avatarium
import AvatariumCore
import Foundation

/// What goes between the service and a child that draws for a viewer: packets of a length (4 bytes), a kind (1 byte) and
/// a payload, all numbers little-endian.
package enum LiveWire {
    enum Kind: UInt8 {
        /// To the child: an `Order` as JSON; the first packet.
        case order = 1
        /// To the child: a face.
        case face = 2
        /// From the child: the avatar is loaded.
        case ready = 3
        /// From the child: a picture.
        case picture = 4
        /// From the child: a `RenderFailure` as JSON; the last packet.
        case failure = 5
    }

    /// What a child draws.
    struct Order: Codable, Sendable {
        /// The look; what is said comes as faces.
        var look: ClipRequest
        /// Whether every picture says that it is a test.
        var isMarkedAsTest: Bool
    }

    /// No packet of an honest child is longer, bytes.
    static let longest = 16 << 20

    static func packet(_ kind: Kind, _ payload: [UInt8] = []) -> [UInt8] {
        bytes(UInt32(payload.count + 1)) + [kind.rawValue] + payload
    }

    static func face(_ face: LiveFace) -> [UInt8] {
        var out = bytes(Int64(face.index)) + [(face.isKey ? 1 : 0) | face.effort.rawValue << 1]
        out.reserveCapacity(9 + 4 * valueCount)
        let frame = face.face
        let head = frame.headRotation
        for value in frame.shapes + frame.visemes + frame.emotions
            + [head.x, head.y, head.z, frame.gaze.x, frame.gaze.y] + frame.body.values
        {
            out += bytes(value.bitPattern)
        }
        return packet(.face, out)
    }

    private static let valueCount =
        ARKitShape.count + OculusViseme.count + Emotion.count + 5 + BodyFrame.valueCount

    static func readFace(_ payload: ArraySlice<UInt8>) -> LiveFace? {
        let reader = ByteReader(payload, order: .little)
        guard let index: Int64 = reader.integer(at: 0), let flags: UInt8 = reader.integer(at: 8),
            let effort = LiveEffort(rawValue: flags >> 1), payload.count == 9 + 4 * valueCount
        else { return nil }
        let values = (0..<valueCount).compactMap {
            reader.uint32(9 + 4 * $0).map(Float.init(bitPattern:))
        }
        var rest = values[...]
        func take(_ count: Int) -> [Float] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        var face = FaceFrame()
        face.shapes = take(ARKitShape.count)
        face.visemes = take(OculusViseme.count)
        face.emotions = take(Emotion.count)
        let last = take(5)
        face.headRotation = SIMD3(last[0], last[1], last[2])
        face.gaze = SIMD2(last[3], last[4])
        face.body = BodyFrame(values: take(BodyFrame.valueCount))
        return LiveFace(index: Int(index), isKey: flags & 1 != 0, effort: effort, face: face)
    }

    static func picture(_ picture: LivePicture) -> [UInt8] {
        packet(
            .picture,
            bytes(Int64(picture.index)) + bytes(picture.drawnAt) + bytes(picture.microseconds)
                + [picture.isKey ? 1 : 0] + picture.bytes)
    }

    static func readPicture(_ payload: ArraySlice<UInt8>) -> LivePicture? {
        let reader = ByteReader(payload, order: .little)
        guard let index: Int64 = reader.integer(at: 0), let drawnAt: Int64 = reader.integer(at: 8),
            let microseconds: Int64 = reader.integer(at: 16), let flags: UInt8 = reader.integer(at: 24)
        else { return nil }
        return LivePicture(
            index: Int(index), isKey: flags & 1 != 0, drawnAt: drawnAt, microseconds: microseconds,
            bytes: Array(payload.dropFirst(25)))
    }

    private static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// Cuts the first packet off what has come; nil until it is whole.
    /// - Throws: E092 for a length that no packet has.
    static func cut(_ bytes: inout ArraySlice<UInt8>) throws -> (kind: Kind, payload: ArraySlice<UInt8>)? {
        let reader = ByteReader(bytes, order: .little)
        guard let length = reader.uint32(0) else { return nil }
        guard (1...UInt32(longest)).contains(length) else { throw broken }
        guard let packet = reader.slice(at: 4, count: Int(length)) else { return nil }
        bytes = bytes.dropFirst(4 + Int(length))
        guard let kind = packet.first.flatMap(Kind.init(rawValue:)) else { throw broken }
        return (kind, packet.dropFirst())
    }

    private static var broken: AvatariumError {
        AvatariumError(.internalError, "the live render process violated its protocol")
    }
}
