import AvatariumCore
import Foundation

extension PhoneTimeline {
    /// A Praat TextGrid in its long text form, with the tiers `words` and `phones`; gaps are empty intervals.
    public func textGrid() -> String {
        let end = max(endSeconds, words.last?.end ?? 0, 0.001)
        let tiers = [
            ("words", words.map { Interval(start: $0.start, end: $0.end, text: $0.text) }),
            ("phones", phones.map { Interval(start: $0.start, end: $0.end, text: $0.ipa) }),
        ].map { name, intervals in (name, Interval.covering(intervals, end: end)) }
        var text = """
            File type = "ooTextFile"
            Object class = "TextGrid"

            xmin = 0
            xmax = \(Self.seconds(end))
            tiers? <exists>
            size = \(tiers.count)
            item []:

            """
        for (number, (name, intervals)) in tiers.enumerated() {
            text += """
                    item [\(number + 1)]:
                        class = "IntervalTier"
                        name = "\(name)"
                        xmin = 0
                        xmax = \(Self.seconds(end))
                        intervals: size = \(intervals.count)

                """
            for (index, interval) in intervals.enumerated() {
                text += """
                            intervals [\(index + 1)]:
                                xmin = \(Self.seconds(interval.start))
                                xmax = \(Self.seconds(interval.end))
                                text = "\(interval.text.replacingOccurrences(of: "\"", with: "\"\""))"

                    """
            }
        }
        return text
    }

    private struct Interval {
        var start: Double
        var end: Double
        var text: String

        /// Returns the intervals in order, without overlaps, with the gaps between them filled.
        static func covering(_ intervals: [Interval], end: Double) -> [Interval] {
            var result: [Interval] = []
            var cursor = 0.0
            for interval in intervals where interval.end > max(cursor, interval.start) {
                let start = max(interval.start, cursor)
                if start > cursor { result.append(Interval(start: cursor, end: start, text: "")) }
                result.append(Interval(start: start, end: interval.end, text: interval.text))
                cursor = interval.end
            }
            if end > cursor { result.append(Interval(start: cursor, end: end, text: "")) }
            return result
        }
    }

    private static func seconds(_ value: Double) -> String { String(format: "%.6f", value) }
}
