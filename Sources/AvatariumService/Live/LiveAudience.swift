import Foundation
import Synchronization

/// How many connected viewers this process draws for, and what part of the machine that takes.
final class LiveAudience: Sendable {
    private let viewers = Atomic(0)
    private let cores = Double(ProcessInfo.processInfo.activeProcessorCount)
    /// Cores that are busy while one picture is drawn and encoded: measured with llvmpipe, whose two threads share the drawing.
    private static let coresPerPicture = 1.6

    func join() { viewers.add(1, ordering: .relaxed) }
    func leave() { viewers.subtract(1, ordering: .relaxed) }

    /// The share of all cores that the pictures of all viewers take, if each viewer's take as long as this one's.
    /// - Parameter drawingShare: The time to draw and encode a picture, as a share of a frame's time.
    func machineShare(_ drawingShare: Double) -> Double {
        drawingShare * Double(viewers.load(ordering: .relaxed)) * Self.coresPerPicture / cores
    }
}
