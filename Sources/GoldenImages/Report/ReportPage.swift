import AvatariumCore

/// The HTML page of a run: failures first, pictures side by side, no script and nothing from elsewhere.
struct ReportPage {
    var report: GoldenReport

    var html: String {
        let order: [GoldenOutcome] = [.failed, .error, .missing, .recorded, .ignored, .passed]
        let sections = order.flatMap { outcome in report.results.filter { $0.outcome == outcome } }
        return """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>Golden images: \(XML.escaped(report.summary))</title>
            <style>\(ReportPage.style)</style>
            <h1>Golden images</h1>
            <p>\(XML.escaped(report.summary)). Renderer <code>\(XML.escaped(report.renderer))</code>,
            recording <code>\(report.mode.rawValue)</code>.</p>
            \(strays)\(sections.map(section).joined(separator: "\n"))
            </html>

            """
    }

    private var strays: String {
        guard !report.strays.isEmpty else { return "" }
        let names = report.strays.map { "<code>\(XML.escaped($0))</code>" }.joined(separator: ", ")
        return "<p>Expected pictures that belong to no case: \(names)</p>\n"
    }

    private func section(_ result: GoldenResult) -> String {
        var parts = [
            "<section class=\"\(result.outcome.rawValue)\"><h2>\(XML.escaped(result.name)) "
                + "<span>\(result.outcome.rawValue)</span></h2>"
        ]
        // What a failed picture's message says stands in the list of measurements.
        if result.outcome != .failed || result.measurements.isEmpty {
            parts.append("<p>\(XML.escaped(result.message))</p>")
        }
        let pictures = ReportFolder.kinds.compactMap { kind in
            result.images[kind].map { file in
                "<figure><a href=\"\(XML.escaped(file))\"><img loading=\"lazy\" alt=\"\(kind)\" "
                    + "src=\"\(XML.escaped(file))\"></a><figcaption>\(kind)</figcaption></figure>"
            }
        }
        if !pictures.isEmpty { parts.append("<div>\(pictures.joined())</div>") }
        if !result.measurements.isEmpty {
            let rows = result.measurements.map { measurement in
                "<li class=\"\(measurement.passed ? "passed" : "failed")\">"
                    + "\(XML.escaped(measurement.description))</li>"
            }
            parts.append("<ul>\(rows.joined())</ul>")
        }
        if !result.figures.isEmpty {
            let figures = result.figures.sorted { $0.key < $1.key }
                .map { "\($0.key) \(Measurement.short($0.value))" }
            parts.append("<p class=\"figures\">\(figures.joined(separator: " · "))</p>")
        }
        return parts.joined(separator: "\n") + "</section>"
    }

    private static let style = """

        body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 90em; padding: 0 1em; }
        section { border-left: 6px solid #999; margin: 1.5em 0; padding: 0 1em; }
        section.failed, section.error, section.missing { border-color: #c22; }
        section.recorded { border-color: #c80; }
        section.passed { border-color: #2a2; }
        h2 { font-size: 1.1em; margin: 0; }
        h2 span { font-weight: normal; color: #666; }
        div { display: flex; flex-wrap: wrap; gap: 1em; }
        figure { margin: 0; flex: 1 1 16em; max-width: 40em; }
        img { width: 100%; image-rendering: pixelated;
          background: repeating-conic-gradient(#999 0% 25%, #777 0% 50%) 0 0 / 16px 16px; }
        li.failed { color: #c22; }
        .figures { color: #666; font-size: .9em; }

        """
}
