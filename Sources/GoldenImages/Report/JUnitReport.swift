import AvatariumCore

/// A run in the form that continuous integration reads: the XML of JUnit's Ant task.
struct JUnitReport {
    let xml: String

    init(_ report: GoldenReport) {
        let failures = report.results.count { !$0.outcome.isAcceptable && $0.outcome != .error }
        let errors = report.count(of: .error)
        let counts =
            "tests=\"\(report.results.count)\" failures=\"\(failures)\" errors=\"\(errors)\" "
            + "skipped=\"\(report.count(of: .ignored))\""
        xml =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites \(counts)>\n"
            + "<testsuite name=\"golden\" \(counts)>\n"
            + report.results.map { Self.testCase($0, renderer: report.renderer) }.joined()
            + "</testsuite>\n</testsuites>\n"
    }

    private static func testCase(_ result: GoldenResult, renderer: String) -> String {
        let message = XML.escaped(result.message.filter { !$0.isControl })
        let head =
            "<testcase classname=\"golden.\(XML.escaped(renderer))\" "
            + "name=\"\(XML.escaped(result.name))\""
        switch result.outcome {
        case .passed: return head + "/>\n"
        case .ignored: return head + "><skipped message=\"\(message)\"/></testcase>\n"
        case .error:
            return head
                + "><error type=\"\(result.error?.code.code ?? "error")\" message=\"\(message)\"/></testcase>\n"
        case .failed, .missing, .recorded:
            return head
                + "><failure type=\"\(result.outcome.rawValue)\" message=\"\(message)\"/></testcase>\n"
        }
    }
}

extension Character {
    /// XML has no way to write most control characters.
    fileprivate var isControl: Bool { unicodeScalars.contains { $0.value < 0x20 } }
}

extension GoldenReport {
    /// Writes the results as JUnit XML.
    /// - Throws: E025.
    public func writeJUnit(to path: String) throws {
        try ImageFile.write(Array(JUnitReport(self).xml.utf8), to: path)
    }
}
