import CoreMetrics
import HTTPTypes
import PrometheusMetrics

/// Every metric of the service, and their text at /metrics. Labels hold route templates, never paths.
package struct ServiceMetrics: Sendable {
    package let registry = PrometheusRegistry()

    init() {
        registry.describe("avatarium_http_requests_total", help: "Requests by route, method and status.")
        registry.describe(
            "avatarium_http_request_seconds",
            help: "Seconds from a request's head to the last byte of its response.",
            buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60])
        registry.describe("avatarium_queue_depth", help: "Jobs that are due and waiting, by lane.")
        registry.describe(
            "avatarium_queue_oldest_seconds", help: "Seconds for which the longest-waiting job has been due.")
        registry.describe("avatarium_jobs_running", help: "Running jobs, by lane.")
        registry.describe(
            "avatarium_jobs_total", help: "Finished attempts at jobs, by kind, state and error code.")
        registry.describe(
            "avatarium_render_seconds", help: "Wall-clock seconds of clips, by stage.",
            buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300])
        registry.describe("avatarium_frames_total", help: "Frames rendered.")
        registry.describe(
            "avatarium_children_crashed_total", help: "Render processes killed by a signal, by signal.")
        registry.describe("avatarium_webhook_deliveries_total", help: "Attempts at deliveries by outcome.")
    }

    func request(route: String, method: HTTPRequest.Method, status: Int, seconds: Double) {
        // A method is text of the client's.
        let known: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
        let method = known.contains(method) ? method.rawValue : "other"
        counter(
            "avatarium_http_requests_total", [("route", route), ("method", method), ("status", "\(status)")])
        timer("avatarium_http_request_seconds", [("route", route)], seconds)
    }

    func job(kind: String, state: String, code: String?) {
        counter("avatarium_jobs_total", [("kind", kind), ("state", state), ("code", code ?? "")])
    }

    func stage(_ name: String, seconds: Double) {
        timer("avatarium_render_seconds", [("stage", name)], seconds)
    }

    func counter(_ name: String, _ labels: [(String, String)] = [], by amount: Int = 1) {
        Counter(label: name, dimensions: labels, factory: registry).increment(by: amount)
    }

    func gauge(_ name: String, _ labels: [(String, String)], _ value: Double) {
        Meter(label: name, dimensions: labels, factory: registry).set(value)
    }

    private func timer(_ name: String, _ labels: [(String, String)], _ seconds: Double) {
        CoreMetrics.Timer(label: name, dimensions: labels, factory: registry).recordNanoseconds(
            Int64(seconds * 1e9))
    }
}
