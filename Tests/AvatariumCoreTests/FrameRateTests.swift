import AvatariumCore
import Testing

struct FrameRateTests {
    @Test(arguments: [
        ("30", 30, 1), ("29.97", 30000, 1001), ("23.976", 24000, 1001), ("12.5", 25, 2),
        ("60/2", 30, 1), ("30000/1001", 30000, 1001),
    ])
    func readsWhatPeopleWrite(_ text: String, _ numerator: Int, _ denominator: Int) {
        #expect(FrameRate(text) == FrameRate(numerator, denominator))
    }

    @Test(arguments: ["", "0", "-30", "abc", "1/0", "nan", "inf", "1e99"])
    func refusesWhatIsNoRate(_ text: String) {
        #expect(FrameRate(text) == nil)
    }

    @Test func coversASoundToItsLastSample() {
        #expect(FrameRate.fps30.frameCount(coveringSeconds: 1) == 30)
        #expect(FrameRate.fps30.frameCount(coveringSeconds: 1.001) == 31)
        #expect(FrameRate.fps30.frameCount(coveringSeconds: 0) == 1)
    }
}
