import CoreMetrics
import Synchronization

/// The types of Prometheus' text format that are used here.
enum MetricKind: Sendable {
    case counter, gauge, histogram

    /// The word after `# TYPE`.
    var text: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }

    /// Every name that lines of such a family start with.
    func names(_ name: String) -> [String] {
        self == .histogram ? [name, name + "_bucket", name + "_sum", name + "_count"] : [name]
    }
}

/// The values of one family under one set of labels.
protocol Series: AnyObject, Sendable {
    func write(name: String, labels: LabelSet, to writer: inout TextWriter)
}

/// A number that only grows. Whole steps are counted exactly, up to 2^63.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler, Series {
    private let value = Mutex<(whole: Int64, part: Double)>((0, 0))

    /// Negative steps are ignored; the sum stops at the largest integer.
    func increment(by step: Int64) {
        guard step > 0 else { return }
        value.withLock { value in
            let (sum, overflow) = value.whole.addingReportingOverflow(step)
            value.whole = overflow ? .max : sum
        }
    }

    /// Steps that are negative or not finite are ignored.
    func increment(by step: Double) {
        guard step > 0, step.isFinite else { return }
        value.withLock { $0.part += step }
    }

    func reset() { value.withLock { $0 = (0, 0) } }

    func write(name: String, labels: LabelSet, to writer: inout TextWriter) {
        let (whole, part) = value.withLock { $0 }
        writer.line(
            name: name, labels: labels,
            value: part == 0 ? "\(whole)" : TextWriter.number(Double(whole) + part))
    }
}

/// A number that goes up and down.
final class GaugeSeries: MeterHandler, RecorderHandler, Series {
    private let value = Mutex<Double>(0)

    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func increment(by step: Double) { value.withLock { $0 += step } }
    func decrement(by step: Double) { value.withLock { $0 -= step } }
    func record(_ new: Int64) { set(new) }
    func record(_ new: Double) { set(new) }

    func write(name: String, labels: LabelSet, to writer: inout TextWriter) {
        writer.line(name: name, labels: labels, value: TextWriter.number(value.withLock { $0 }))
    }
}

/// Counts of observations at or below fixed bounds, and their sum.
final class HistogramSeries: RecorderHandler, TimerHandler, Series {
    /// In seconds, from 5 ms to 10 min: answers of the API and stages of a render.
    static let defaultBounds = [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600,
    ]

    private struct State {
        /// One per bound and one for what lies above; not cumulative.
        var counts: [UInt64]
        var sum: Double = 0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    /// NaN is ignored: it belongs to no bucket and would spoil the sum.
    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] &+= 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func write(name: String, labels: LabelSet, to writer: inout TextWriter) {
        let state = state.withLock { $0 }
        var total: UInt64 = 0
        for (index, count) in state.counts.enumerated() {
            total &+= count
            let bound = index < bounds.count ? TextWriter.number(bounds[index]) : "+Inf"
            writer.line(name: name + "_bucket", labels: labels.adding(("le", bound)), value: "\(total)")
        }
        writer.line(name: name + "_sum", labels: labels, value: TextWriter.number(state.sum))
        writer.line(name: name + "_count", labels: labels, value: "\(total)")
    }
}
