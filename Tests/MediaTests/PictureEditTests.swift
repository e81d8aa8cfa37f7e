import AvatariumCore
import Foundation
import Media
import Testing

/// What is laid over and under a clip's pictures. Files are made by this package's own writers.
struct PictureEditTests {
    private let scratch = Scratch()
    private let size = ImageSize(width: 320, height: 180)

    private func plan(seconds: Double = 2) -> PictureEdit.Plan {
        PictureEdit.Plan(size: size, frameRate: .fps30, duration: seconds)
    }

    /// The pictures of a grey clip after an edit.
    private func edited(_ plan: PictureEdit.Plan, count: Int) throws -> [PixelBuffer] {
        let edit = try PictureEdit(plan)
        return try (0..<count).map { _ in
            var picture = ClipFixture.plain(SIMD4(100, 100, 100, 255))
            try edit.apply(to: &picture)
            return picture
        }
    }

    /// A PNG of one colour.
    private func png(_ colour: SIMD4<UInt8>, width: Int = 40, height: Int = 20) throws -> String {
        let options = ClipWriterOptions(
            format: .pngSequence, path: scratch["logo/%d.png"], width: width, height: height, hasAlpha: true)
        let writer = try ClipWriter(options)
        try writer.write(frame: ClipFixture.plain(colour, width: width, height: height))
        _ = try writer.finish()
        return scratch["logo/0.png"]
    }

    /// A video whose frames are black, then white after a second.
    private func video(_ name: String, seconds: Int = 2) throws -> String {
        let options = ClipWriterOptions(
            format: try ClipFormat(path: name), path: scratch[name], width: 64, height: 64,
            frameRate: FrameRate(10)!)
        let writer = try ClipWriter(options)
        for index in 0..<10 * seconds {
            let level: UInt8 = index < 10 ? 0 : 255
            try writer.write(
                frame: ClipFixture.plain(SIMD4(level, level, level, 255), width: 64, height: 64))
        }
        _ = try writer.finish()
        return scratch[name]
    }

    @Test func `an overlay is laid at its place and the rest stays`() throws {
        var plan = plan()
        var overlay = Overlay(try png(SIMD4(255, 0, 0, 255)))
        overlay.size = 0.125
        overlay.place = .at(.topRight)
        plan.overlays = [overlay]
        let picture = try edited(plan, count: 1)[0]
        // 40x20 at a margin of 5 from the right and the top.
        #expect(picture[300, 15] == SIMD4(255, 0, 0, 255))
        #expect(picture[274, 15] == SIMD4(100, 100, 100, 255))
        #expect(picture[276, 6] == SIMD4(255, 0, 0, 255))
        #expect(picture[300, 26] == SIMD4(100, 100, 100, 255))
    }

    @Test func `an overlay is seen between its times with its opacity`() throws {
        var plan = plan()
        var overlay = Overlay(try png(SIMD4(255, 0, 0, 255)))
        overlay.place = .point(0.5, 0.5)
        overlay.start = 0.1
        overlay.end = 0.2
        overlay.opacity = 0.5
        plan.overlays = [overlay]
        let pictures = try edited(plan, count: 12)
        #expect(pictures[0][160, 90] == SIMD4(100, 100, 100, 255))
        #expect(abs(Int(pictures[4][160, 90].x) - 177) <= 2)
        #expect(pictures[10][160, 90] == SIMD4(100, 100, 100, 255))
    }

    @Test func `an overlay that is a video moves and repeats`() throws {
        var plan = plan(seconds: 4)
        var overlay = Overlay(try video("over.mp4"))
        overlay.place = .point(0.5, 0.5)
        plan.overlays = [overlay]
        let pictures = try edited(plan, count: 75)
        #expect(pictures[15][160, 90].x < 20)
        #expect(pictures[45][160, 90].x > 235)
        #expect(pictures[70][160, 90].x < 20)
    }

    @Test func `a fade begins and ends in black`() throws {
        var plan = plan(seconds: 1)
        plan.fadeIn = 0.3
        plan.fadeOut = 0.3
        let pictures = try edited(plan, count: 30)
        #expect(pictures[0][5, 5].x <= 4)
        #expect(pictures[15][5, 5] == SIMD4(100, 100, 100, 255))
        #expect(pictures[29][5, 5].x < 15)
    }

    @Test func `a fade of a transparent clip fades its alpha`() throws {
        var plan = plan(seconds: 1)
        plan.fadeIn = 0.3
        plan.fadesAlpha = true
        #expect(try edited(plan, count: 1)[0][5, 5].w <= 4)
    }

    @Test func `captions are drawn at their time`() throws {
        var plan = plan()
        plan.captions = """
            [Script Info]
            ScriptType: v4.00+
            PlayResX: 320
            PlayResY: 180

            [V4+ Styles]
            Format: Name, Fontname, Fontsize, PrimaryColour, Alignment, MarginV
            Style: Default,DejaVu Sans,24,&H00FFFFFF,2,10

            [Events]
            Format: Start, End, Style, Text
            Dialogue: 0:00:00.20,0:00:00.40,Default,Hello
            """
        let pictures = try edited(plan, count: 15)
        func isWritten(_ picture: PixelBuffer) -> Bool {
            (0..<320).contains { x in (130..<175).contains { y in picture[x, y].x > 220 } }
        }
        #expect(!isWritten(pictures[3]))
        #expect(isWritten(pictures[8]))
        #expect(!isWritten(pictures[13]))
    }

    @Test(arguments: [true, false]) func `a background video repeats or holds its last picture`(repeats: Bool)
        throws
    {
        let movie = try MovingPicture(
            path: try video("back.webm"), field: "background", fit: .cover(size), repeats: repeats)
        #expect(try movie.picture(at: 0).picture.width == 320)
        #expect(try movie.picture(at: 0.5).picture[10, 10].x < 20)
        #expect(try movie.picture(at: 1.5).picture[10, 10].x > 235)
        let late = try movie.picture(at: 2.5).picture[10, 10].x
        #expect(repeats ? late < 20 : late > 235)
    }

    @Test func `a file without pictures is refused by its field`() throws {
        let path = scratch["tone.wav"]
        try WAVFile.write(
            AudioBuffer(sampleRate: 8000, samples: ClipFixture.tone(seconds: 1, sampleRate: 8000)), path: path
        )
        for name in [path, scratch["none.mp4"]] {
            let error = #expect(throws: AvatariumError.self) {
                try MovingPicture(path: name, field: "background", fit: .cover(size), repeats: true)
            }
            #expect(error?.code == .invalidConfig)
            #expect(error?.context["field"] == "/background")
        }
    }
}
