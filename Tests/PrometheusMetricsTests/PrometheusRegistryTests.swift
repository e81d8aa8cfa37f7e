import CoreMetrics
import Foundation
import PrometheusMetrics
import Testing

struct PrometheusRegistryTests {
    /// The lines of a registry's text without its own counter.
    private func lines(_ registry: PrometheusRegistry) -> [String] {
        registry.text().split(separator: "\n").map(String.init)
            .filter { !$0.contains("prometheus_registry_conflicts_total") }
    }

    @Test func `a counter has help, type, labels and the suffix of counters`() {
        let registry = PrometheusRegistry()
        registry.describe("avatarium_http_requests", help: "Requests answered.")
        let counter = Counter(
            label: "avatarium_http_requests", dimensions: [("status", "200"), ("route", "/v1/renders")],
            factory: registry)
        counter.increment()
        counter.increment(by: 41)
        #expect(
            lines(registry) == [
                "# HELP avatarium_http_requests_total Requests answered.",
                "# TYPE avatarium_http_requests_total counter",
                #"avatarium_http_requests_total{route="/v1/renders",status="200"} 42"#,
            ])
    }

    @Test func `the same label and dimensions are the same series`() {
        let registry = PrometheusRegistry()
        for dimensions in [[("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")]] {
            Counter(label: "x_total", dimensions: dimensions, factory: registry).increment()
        }
        #expect(lines(registry).last == #"x_total{a="1",b="2"} 2"#)
    }

    @Test func `a counter never wraps and never goes down`() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "x", factory: registry)
        counter.increment(by: Int64.max)
        counter.increment(by: 5)
        counter.increment(by: -3)
        #expect(lines(registry).last == "x_total 9223372036854775807")
        let floating = FloatingPointCounter(label: "y", factory: registry)
        for step in [0.5, -1, Double.nan, .infinity] { floating.increment(by: step) }
        #expect(lines(registry).last == "y_total 0.5")
        counter.reset()
        #expect(lines(registry).contains("x_total 0"))
    }

    @Test func `gauges go up and down`() {
        let registry = PrometheusRegistry()
        let meter = Meter(label: "queue_depth", dimensions: [("kind", "render")], factory: registry)
        meter.set(5)
        meter.increment(by: 2.5)
        meter.decrement()
        #expect(lines(registry).last == #"queue_depth{kind="render"} 6.5"#)
        let gauge = Gauge(label: "temperature", factory: registry)
        gauge.record(-Double.infinity)
        #expect(lines(registry).last == "temperature -Inf")
        gauge.record(Double.nan)
        #expect(lines(registry).last == "temperature NaN")
    }

    @Test func `a timer is a histogram in seconds with cumulative buckets`() {
        let registry = PrometheusRegistry()
        registry.describe("render", help: "Time.\nOf \\ renders.", buckets: [10, 0.1, 1, 1, .infinity, .nan])
        let timer = Timer(label: "render", factory: registry)
        for milliseconds in [50, 100, 500, 20_000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            lines(registry) == [
                #"# HELP render_seconds Time.\nOf \\ renders."#, "# TYPE render_seconds histogram",
                #"render_seconds_bucket{le="0.1"} 2"#, #"render_seconds_bucket{le="1"} 3"#,
                #"render_seconds_bucket{le="10"} 3"#, #"render_seconds_bucket{le="+Inf"} 4"#,
                "render_seconds_sum 20.65", "render_seconds_count 4",
            ])
    }

    @Test func `NaN is in no histogram`() {
        let registry = PrometheusRegistry()
        let recorder = Recorder(label: "size", factory: registry)
        recorder.record(Double.nan)
        recorder.record(3)
        #expect(lines(registry).suffix(2) == ["size_sum 3", "size_count 1"])
    }

    @Test func `label values are escaped and label names made valid`() {
        let registry = PrometheusRegistry()
        Counter(
            label: "hb.requests",
            dimensions: [("a-b", "x\"y\\z\nü"), ("le", "1"), ("__x", "2"), ("1st", "3"), ("", "4")],
            factory: registry
        ).increment()
        #expect(
            lines(registry).last
                == #"hb_requests_total{_="4",_1st="3",a_b="x\"y\\z\nü",exported___x="2",exported_le="1"} 1"#)
    }

    @Test func `names of any text become valid names`() {
        let registry = PrometheusRegistry()
        for label in ["", "9lives", "ü", "a b", "\n# HELP x", String(repeating: "n", count: 10_000)] {
            Gauge(label: label, factory: registry).record(1)
        }
        for line in lines(registry) where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: #/[a-zA-Z_:][a-zA-Z0-9_:]* 1/#) != nil, "\(line.prefix(80))")
        }
    }

    @Test func `a full family counts the rest in one series`() {
        var limits = PrometheusRegistry.Limits()
        limits.seriesPerFamily = 3
        let registry = PrometheusRegistry(limits: limits)
        for index in 0..<100 {
            Counter(label: "x", dimensions: [("path", "/\(index)")], factory: registry).increment()
        }
        #expect(lines(registry).count == 2 + 3 + 1)
        #expect(lines(registry).contains(#"x_total{overflow="true"} 97"#))
    }

    @Test func `too many families and names of another type are left out and counted`() {
        var limits = PrometheusRegistry.Limits()
        limits.families = 2
        let registry = PrometheusRegistry(limits: limits)
        Recorder(label: "a", factory: registry).record(1)
        Gauge(label: "a", factory: registry).record(1)
        Gauge(label: "a_sum", factory: registry).record(1)
        Gauge(label: "b", factory: registry).record(1)
        Gauge(label: "c", factory: registry).record(1)
        #expect(
            lines(registry).filter { $0.hasPrefix("# TYPE") } == ["# TYPE a histogram", "# TYPE b gauge"])
        #expect(registry.text().hasSuffix("prometheus_registry_conflicts_total 3\n"))
    }

    @Test func `long label values are cut between characters`() {
        var limits = PrometheusRegistry.Limits()
        limits.labelValueLength = 5
        let registry = PrometheusRegistry(limits: limits)
        Gauge(label: "x", dimensions: [("v", "üüüü")], factory: registry).record(1)
        #expect(lines(registry).last == #"x{v="üü"} 1"#)
    }

    @Test func `a destroyed metric is gone and can come back`() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "x", factory: registry)
        counter.increment()
        counter.destroy()
        #expect(lines(registry).isEmpty)
        Counter(label: "x", factory: registry).increment()
        #expect(lines(registry).last == "x_total 1")
    }

    @Test func `metrics are counted right from many tasks at once`() async {
        let registry = PrometheusRegistry()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<500 {
                        Counter(label: "x", factory: registry).increment()
                        Timer(label: "t", factory: registry).recordSeconds(1)
                    }
                }
            }
        }
        #expect(lines(registry).contains("x_total 4000"))
        #expect(lines(registry).contains("t_seconds_count 4000"))
    }

    /// For `scripts/test-wire-formats`, which gives the file to `promtool check metrics`.
    @Test(.enabled(if: Self.folder != nil, "set by scripts/test-wire-formats"))
    func `promtool gets a page with everything in it`() throws {
        let registry = PrometheusRegistry()
        registry.describe("avatarium_http_requests_total", help: "Requests \\ answered.\nBy route.")
        registry.describe("avatarium_render", help: "Time of a stage.")
        registry.describe("avatarium_queue_depth", help: "Jobs that wait.")
        registry.describe("avatarium_frames", help: "Frames drawn.")
        for route in ["/v1/renders", "a\"b\\c\nd", "ü", ""] {
            Counter(
                label: "avatarium_http_requests_total", dimensions: [("route", route), ("status", "200")],
                factory: registry
            ).increment()
        }
        for stage in ["speak", "draw"] {
            let timer = Timer(label: "avatarium_render", dimensions: [("stage", stage)], factory: registry)
            for milliseconds in [1, 70, 3000, 1_000_000] { timer.recordMilliseconds(milliseconds) }
        }
        Meter(label: "avatarium_queue_depth", dimensions: [("kind", "render")], factory: registry).set(
            -1.5e-7)
        FloatingPointCounter(label: "avatarium_frames", factory: registry).increment(by: 1e300)
        try registry.text().write(toFile: Self.folder! + "/metrics.txt", atomically: true, encoding: .utf8)
    }

    private static let folder = ProcessInfo.processInfo.environment["AVATARIUM_WIRE_FOLDER"]
}
