import Avatarium
import AvatariumCore
import Testing

/// Faces of a live avatar, drawn and encoded.
@Suite struct LivePainterTests {
    @Test func `pictures get smaller and larger again without a gap, each size beginning with a key picture`()
        async throws
    {
        let pipeline = try ClipPipeline()
        var clip = Clip(.timings(.unknown, language: nil))
        clip.look.size = ImageSize(width: 160, height: 96)
        let efforts: [LiveEffort] = [.full, .full, .rough, .small, .small, .full, .full]
        let (faces, coming) = AsyncStream<LiveFace>.makeStream()
        for (index, effort) in efforts.enumerated() {
            var face = FaceFrame()
            face[.jawOpen] = Float(index) * 0.1
            coming.yield(LiveFace(index: index + 7, isKey: index == 0, effort: effort, face: face))
        }
        coming.finish()
        var pictures: [LivePicture] = []
        try await pipeline.paint(clip, faces: faces, isReady: {}, give: { pictures.append($0) })
        #expect(pictures.map(\.index) == Array(7..<14))
        // Plainer pictures have an encoder of their own.
        #expect(pictures.map(\.isKey) == [true, false, true, true, false, true, false])
        let sizes = pictures.filter(\.isKey).compactMap { parameterSet($0.bytes) }
        // 160x96 and 120x72 have different parameter sets; the size that comes back has its own again.
        #expect(sizes.count == 4)
        #expect(sizes[0] != sizes[2])
        #expect(sizes[0] == sizes[3])
    }

    @Test func `pictures of a test are marked, at each size`() async throws {
        let pipeline = try ClipPipeline()
        var clip = Clip(.timings(.unknown, language: nil))
        clip.look.size = ImageSize(width: 160, height: 96)
        func bytes(isMarked: Bool) async throws -> [[UInt8]] {
            clip.isMarkedAsTest = isMarked
            let (faces, coming) = AsyncStream<LiveFace>.makeStream()
            coming.yield(LiveFace(index: 0, isKey: true, face: FaceFrame()))
            coming.yield(LiveFace(index: 1, isKey: true, effort: .small, face: FaceFrame()))
            coming.finish()
            var pictures: [LivePicture] = []
            try await pipeline.paint(clip, faces: faces, isReady: {}, give: { pictures.append($0) })
            return pictures.map(\.bytes)
        }
        let (plain, marked) = (try await bytes(isMarked: false), try await bytes(isMarked: true))
        #expect(plain.count == 2 && marked.count == 2)
        // Letters all over a picture take bytes, many more than chance.
        for (a, b) in zip(plain, marked) { #expect(b.count > a.count + a.count / 4) }
    }

    /// The bytes of the sequence parameter set of an Annex B stream.
    private func parameterSet(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
        var starts: [Int] = []
        for index in bytes.indices.dropLast(3)
        where bytes[index] == 0 && bytes[index + 1] == 0 && bytes[index + 2] == 1 {
            starts.append(index + 3)
        }
        for (start, next) in zip(starts, starts.dropFirst() + [bytes.count]) where bytes[start] & 31 == 7 {
            return bytes[start..<next]
        }
        return nil
    }
}
