import Avatarium
import AvatariumService
import Testing

/// How much is drawn by a machine that is behind, or no longer.
@Suite struct LivePaceTests {
    /// Seconds of 30 frames, the last of which are missed.
    private func seconds(_ count: Int, of pace: inout LivePace, missed: Int, share: Double) {
        for _ in 0..<count {
            for frame in 0..<30 { pace.note(isMissed: frame >= 30 - missed, drawingShare: share) }
        }
    }

    @Test func `a machine that is behind draws plainer pictures, step by step`() {
        var pace = LivePace(frameRate: .fps30)
        #expect(pace.effort == .full)
        seconds(1, of: &pace, missed: 3, share: 0.9)
        #expect(pace.effort == .full)
        seconds(1, of: &pace, missed: 4, share: 0.9)
        #expect(pace.effort == .rough)
        // The second in which the plainer scene is loaded.
        seconds(1, of: &pace, missed: 20, share: 1.2)
        #expect(pace.effort == .rough)
        seconds(1, of: &pace, missed: 8, share: 1.2)
        #expect(pace.effort == .small)
        seconds(5, of: &pace, missed: 8, share: 1.2)
        #expect(pace.effort == .small)
    }

    @Test func `many frames missing in half a second do not wait for the other half`() {
        var pace = LivePace(frameRate: .fps30)
        for frame in 0..<15 { pace.note(isMissed: frame < 3, drawingShare: 0.9) }
        #expect(pace.effort == .full)
        pace = LivePace(frameRate: .fps30)
        for frame in 0..<15 { pace.note(isMissed: frame < 4, drawingShare: 0.9) }
        #expect(pace.effort == .rough)
    }

    @Test func `a few frames missing every second make pictures plainer too, a few of one second do not`() {
        var pace = LivePace(frameRate: .fps30)
        seconds(1, of: &pace, missed: 3, share: 0.9)
        seconds(60, of: &pace, missed: 0, share: 0.9)
        #expect(pace.effort == .full)
        seconds(4, of: &pace, missed: 1, share: 0.9)
        #expect(pace.effort == .rough)
    }

    @Test func `at rest, where every second frame is drawn and none is missing, the time to draw tells`() {
        var pace = LivePace(frameRate: .fps30)
        seconds(5, of: &pace, missed: 0, share: 0.95)
        #expect(pace.effort == .full)
        seconds(1, of: &pace, missed: 0, share: 1.1)
        #expect(pace.effort == .rough)
        seconds(20, of: &pace, missed: 0, share: 0.95)
        #expect(pace.effort == .rough)
        pace = LivePace(frameRate: .fps30)
        seconds(1, of: &pace, missed: 0, share: 1.4)
        #expect(pace.effort == .small)
    }

    @Test func `better pictures come back when there is room for them, and later where they did not hold`() {
        var pace = LivePace(frameRate: .fps30)
        seconds(1, of: &pace, missed: 8, share: 1.2)
        // It keeps up, but with nothing to spare.
        seconds(60, of: &pace, missed: 0, share: 0.8)
        #expect(pace.effort == .rough)
        seconds(9, of: &pace, missed: 0, share: 0.3)
        #expect(pace.effort == .rough)
        seconds(1, of: &pace, missed: 0, share: 0.3)
        #expect(pace.effort == .full)
        // That was too much: the next try comes after twice the time.
        seconds(2, of: &pace, missed: 8, share: 1.2)
        #expect(pace.effort == .rough)
        seconds(20, of: &pace, missed: 0, share: 0.3)
        #expect(pace.effort == .rough)
        seconds(1, of: &pace, missed: 0, share: 0.3)
        #expect(pace.effort == .full)
    }

    @Test func `full pictures for more viewers than the machine can draw for become rough ones, and stay so`()
    {
        var pace = LivePace(frameRate: .fps30)
        func seconds(_ count: Int, share: Double, machine: Double) {
            for _ in 0..<count * 30 { pace.note(isMissed: false, drawingShare: share, machineShare: machine) }
        }
        seconds(5, share: 0.7, machine: 1.1)
        #expect(pace.effort == .full)
        seconds(1, share: 0.7, machine: 1.7)
        #expect(pace.effort == .rough)
        // All of them keep up with rough pictures, and there is no room for more.
        seconds(60, share: 0.4, machine: 0.96)
        #expect(pace.effort == .rough)
        // The other viewers have gone.
        seconds(10, share: 0.4, machine: 0.32)
        #expect(pace.effort == .full)
    }

    @Test func `the two seconds in which a turn begins do not count, the next one does`() {
        var pace = LivePace(frameRate: .fps30)
        seconds(1, of: &pace, missed: 0, share: 0.9)
        pace.turnBegins()
        seconds(2, of: &pace, missed: 15, share: 0.9)
        #expect(pace.effort == .full)
        seconds(1, of: &pace, missed: 15, share: 0.9)
        #expect(pace.effort == .rough)
    }

    @Test func `turns that begin every second do not keep quality from being reduced`() {
        var pace = LivePace(frameRate: .fps30)
        for _ in 0..<4 {
            pace.turnBegins()
            seconds(1, of: &pace, missed: 15, share: 0.9)
        }
        #expect(pace.effort != .full)
    }

    @Test
    func
        `small pictures get larger again where each viewer's are drawn with ease, however many viewers there are`()
    {
        var pace = LivePace(frameRate: .fps30)
        for _ in 0..<15 { pace.note(isMissed: true, drawingShare: 1.4, machineShare: 3) }
        for _ in 0..<60 { pace.note(isMissed: true, drawingShare: 1.4, machineShare: 3) }
        #expect(pace.effort == .small)
        for _ in 0..<330 { pace.note(isMissed: false, drawingShare: 0.4, machineShare: 0.9) }
        #expect(pace.effort == .rough)
    }
}
