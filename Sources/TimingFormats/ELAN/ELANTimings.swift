import AvatariumCore

/// ELAN's annotations (`.eaf`): tiers of annotations between time slots, in milliseconds.
///
/// Slots without a time lie evenly between their neighbours, as ELAN shows them. Annotations of annotations have no times of
/// their own and are left out.
enum ELANTimings {
    static let format = TimingFormat("elan", "ELAN annotations", ["eaf"], text: read)

    /// The most slots and annotations of a file.
    private static let most = TimelineBuilder.maximumSymbols

    static func read(_ text: TimingText, _ source: TimingSource) throws -> TimingContent? {
        guard XML.rootElement(of: text.text.utf8) == "ANNOTATION_DOCUMENT" else { return nil }
        var scanner = MarkupScanner(text.text)
        var slots = Slots()
        var tiers: [TextGridTimings.Tier] = []
        var open: (from: Substring, to: Substring, line: Int)?
        var value: String?
        var dependent = 0
        while let event = scanner.next() {
            switch event {
            case .open(let name, let attributes, let isEmpty):
                func attribute(_ name: String) -> Substring? { MarkupScanner.value(of: name, in: attributes) }
                switch name {
                case "TIME_SLOT":
                    guard let id = attribute("TIME_SLOT_ID"), slots.count < most else {
                        throw source.error("a time slot needs its id", at: .line(scanner.line))
                    }
                    try slots.append(id, attribute("TIME_VALUE"), at: scanner.line, source)
                case "TIER":
                    let names = [attribute("PARTICIPANT"), attribute("TIER_ID")].compactMap(\.self)
                    tiers.append(
                        TextGridTimings.Tier(
                            name: XML.unescaped(String(names.last ?? "")), intervals: []))
                case "ALIGNABLE_ANNOTATION":
                    guard let from = attribute("TIME_SLOT_REF1"), let to = attribute("TIME_SLOT_REF2") else {
                        throw source.error("an annotation needs its two time slots", at: .line(scanner.line))
                    }
                    open = (from, to, scanner.line)
                case "REF_ANNOTATION": dependent += 1
                case "ANNOTATION_VALUE": value = isEmpty ? nil : ""
                default: break
                }
            case .text(let words):
                value? += words
            case .close(let name):
                guard name == "ANNOTATION_VALUE", let label = value else {
                    if name == "ALIGNABLE_ANNOTATION" { open = nil }
                    if name == "TIME_ORDER" { slots.resolve() }
                    continue
                }
                value = nil
                guard let place = open, !tiers.isEmpty else { continue }
                let (start, end) = try (
                    slots.seconds(place.from, at: place.line, source),
                    slots.seconds(place.to, at: place.line, source)
                )
                tiers[tiers.count - 1].intervals.append(
                    TextGridTimings.Interval(
                        start: start, end: end, text: XML.unescaped(label), line: place.line))
            }
        }
        tiers.removeAll { $0.intervals.isEmpty }
        guard !tiers.isEmpty else {
            throw source.error(
                "no tier of this ELAN file has annotations with times; align a tier of words or phones")
        }
        for index in tiers.indices {
            tiers[index].intervals.sort { ($0.start, $0.line) < ($1.start, $1.line) }
        }
        if dependent > 0 {
            source.note(
                "TIMING_TIERS",
                "\(dependent) annotations that refer to other annotations have no times of their own and "
                    + "are ignored",
                severity: .information)
        }
        return try TextGridTimings.content(of: tiers, form: "elan", source)
    }

    /// The time slots in file order.
    private struct Slots {
        private var times: [Double?] = []
        private var indices: [Substring: Int] = [:]

        var count: Int { times.count }

        mutating func append(
            _ id: Substring, _ value: Substring?, at line: Int, _ source: TimingSource
        ) throws {
            indices[id] = times.count
            guard let value else {
                times.append(nil)
                return
            }
            guard let time = Double(value), time.isFinite else {
                throw source.error(
                    "'\(value.quotedForMessage(limit: 20))' is not a time in milliseconds", at: .line(line))
            }
            times.append(time / 1000)
        }

        /// Gives the slots without a time theirs.
        mutating func resolve() {
            var before: Int?
            for index in times.indices {
                guard let high = times[index] else { continue }
                if let before, let low = times[before], index > before + 1 {
                    for between in (before + 1)..<index {
                        times[between] =
                            low + (high - low) * Double(between - before) / Double(index - before)
                    }
                }
                before = index
            }
        }

        func seconds(_ id: Substring, at line: Int, _ source: TimingSource) throws -> Double {
            guard let index = indices[id] else {
                throw source.error(
                    "there is no time slot '\(id.quotedForMessage(limit: 20))' before it", at: .line(line))
            }
            guard let time = times[index] else {
                throw source.error("its time slot does not lie between two times", at: .line(line))
            }
            return time
        }
    }
}
