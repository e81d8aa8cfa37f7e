import CoreMetrics
import Synchronization

/// Keeps the process's metrics and writes them in Prometheus' text format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/). Install it with `MetricsSystem.bootstrap`.
///
/// Memory is bounded whatever the callers pass: `limits` caps families, series per family and the length of
/// label values. What comes after is counted in one series per family, `{overflow="true"}`.
public final class PrometheusRegistry: MetricsFactory {
    /// The media type of `text()`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    public struct Limits: Sendable {
        public var families = 500
        public var seriesPerFamily = 1000
        /// In bytes; longer values are cut.
        public var labelValueLength = 200

        public init() {}
    }

    private let limits: Limits
    private let state = Mutex(RegistryState())

    public init(limits: Limits = Limits()) { self.limits = limits }

    /// Gives a metric its help text and, if it is a histogram, its buckets. Call it before the metric is
    /// first used.
    /// - Parameters:
    ///   - label: The label that the metric is created with.
    ///   - buckets: Upper bounds in the metric's unit (seconds for timers), ascending, without infinity.
    ///     Values that are not finite are dropped; the rest is sorted.
    public func describe(_ label: String, help: String, buckets: [Double]? = nil) {
        let clean = buckets.map { Array(Set($0.filter(\.isFinite))).sorted() }
        state.withLock { $0.descriptions[label] = RegistryState.Description(help: help, buckets: clean) }
    }

    // MARK: The text

    /// Every family in the order of names, every series in the order of labels.
    public func text() -> String {
        // Copied first: the series have locks of their own.
        let (families, helps, conflicts) = state.withLock { state in
            (
                state.families,
                Dictionary(
                    state.descriptions.map { (MetricName.sanitized($0.key), $0.value.help) },
                    uniquingKeysWith: { first, _ in first }),
                state.conflicts
            )
        }
        var writer = TextWriter()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            let help = helps[name] ?? helps[MetricName.withoutSuffix(name)]
            writer.header(
                name: name, help: help ?? "\(family.kind.text) without a description.", kind: family.kind)
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name: name, labels: labels, to: &writer)
            }
        }
        let conflictName = "prometheus_registry_conflicts_total"
        writer.header(
            name: conflictName,
            help: "Metrics left out: their name had another type already, or there were too many.",
            kind: .counter)
        writer.line(name: conflictName, labels: .none, value: "\(conflicts)")
        return writer.text
    }

    // MARK: MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> CounterHandler {
        counter(label, dimensions)
    }

    public func makeFloatingPointCounter(label: String, dimensions: [(String, String)])
        -> FloatingPointCounterHandler
    {
        counter(label, dimensions)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> MeterHandler {
        gauge(label, dimensions)
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool)
        -> RecorderHandler
    {
        aggregate ? histogram(label, suffix: "", dimensions) : gauge(label, dimensions)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> TimerHandler {
        histogram(label, suffix: "_seconds", dimensions)
    }

    public func destroyCounter(_ handler: CounterHandler) { remove(handler) }
    public func destroyFloatingPointCounter(_ handler: FloatingPointCounterHandler) { remove(handler) }
    public func destroyMeter(_ handler: MeterHandler) { remove(handler) }
    public func destroyRecorder(_ handler: RecorderHandler) { remove(handler) }
    public func destroyTimer(_ handler: TimerHandler) { remove(handler) }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries {
        series(label, suffix: "_total", .counter, dimensions) { _ in CounterSeries() }
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries {
        series(label, suffix: "", .gauge, dimensions) { _ in GaugeSeries() }
    }

    private func histogram(
        _ label: String, suffix: String, _ dimensions: [(String, String)]
    ) -> HistogramSeries {
        series(label, suffix: suffix, .histogram, dimensions) { HistogramSeries(bounds: $0) }
    }

    /// The series of a label and its dimensions: the one that exists, a new one, the overflow of a full
    /// family, or, where the name is taken by another type, one that is never written.
    private func series<Handler: Series>(
        _ label: String, suffix: String, _ kind: MetricKind, _ dimensions: [(String, String)],
        make: ([Double]) -> Handler
    ) -> Handler {
        let name = MetricName.sanitized(label, suffix: suffix)
        var labels = LabelSet(dimensions, limit: limits.labelValueLength)
        return state.withLock { state in
            let buckets = state.descriptions[label]?.buckets ?? HistogramSeries.defaultBounds
            guard
                let family = state.admit(
                    name, RegistryState.Family(kind: kind, buckets: buckets), limit: limits.families)
            else {
                state.conflicts += 1
                return make(buckets)
            }
            if family.series[labels] == nil, family.series.count >= limits.seriesPerFamily {
                labels = .overflow
            }
            if let existing = family.series[labels] as? Handler { return existing }
            let handler = make(family.buckets)
            state.series[ObjectIdentifier(handler)] = (name, labels)
            state.families[name]?.series[labels] = handler
            return handler
        }
    }

    private func remove(_ handler: AnyObject) {
        state.withLock { state in
            guard let (family, labels) = state.series.removeValue(forKey: ObjectIdentifier(handler)) else {
                return
            }
            state.families[family]?.series[labels] = nil
        }
    }
}
