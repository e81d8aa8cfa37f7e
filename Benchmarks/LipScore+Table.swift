import Foundation

extension LipScore {
    /// A table for people, with the published rows of other open systems on the same measure.
    static func table(_ scores: [LipScore]) -> String {
        let header = row(
            "clip", "r", "late ms", "nRMSE", "sealed", "held 60%", "f v", "shut vowels", "jerk", "least mm")
        let rows = (scores + [mean(of: scores)]).map { score in
            row(
                score.id, decimal(score.r, 3), decimal(score.lag, 0), decimal(score.nRMSE, 3),
                "\(score.sealed)/\(score.closures)", "\(score.held)/\(score.closures)",
                "\(score.touching)/\(score.labiodentals)", "\(score.shutVowels)/\(score.vowels)",
                decimal(score.jerk, 0), decimal(score.least, 1))
        }
        let peers = [
            row("TalkingHead rules", "0.28", "60", "", "50/50", "", "", "", "", "-6"),
            row("OpenFaceFX 0.24", "0.39", "60", "", "50/50", "23/50", "", "", "", ""),
            row("OpenFaceFX JALI", "0.34", "60", "", "23/50", "", "", "", "", ""),
            row("Rhubarb, smoothed", "0.34", "", "", "33/50", "", "", "", "", ""),
            row("prototype", "0.60-0.66", "0", "", "50/50", "", "", "", "22000", ""),
        ]
        return ([header] + rows + ["", "Others, given true phone times (published):"] + peers)
            .joined(separator: "\n")
    }

    private static func decimal(_ value: Double, _ digits: Int) -> String {
        let text = String(format: "%.\(digits)f", value)
        return text == "-0" ? "0" : text
    }

    private static func row(_ name: String, _ cells: String...) -> String {
        name.padding(toLength: 20, withPad: " ", startingAt: 0)
            + cells.map { String(repeating: " ", count: max(1, 12 - $0.count)) + $0 }.joined()
    }
}
