import Foundation

/// What a speech service answers, with a tone for a voice.
package enum SpokenTone {
    /// Sixteen-bit samples of a 200 Hz tone, 24,000 a second, little-endian.
    package static func samples(seconds: Double) -> [UInt8] {
        (0..<Int(seconds * 24_000)).flatMap { index in
            let value = Int16(8000 * sin(2 * .pi * 200 * Double(index) / 24_000))
            return [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
        }
    }

    /// What ElevenLabs' `/with-timestamps` answers for a text: 60 ms a character.
    package static func elevenLabs(_ text: String) -> String {
        let letters = text.map { String($0) }
        func list(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }
        let alignment = """
            {"characters": \(list(letters.map { "\"\($0)\"" })),
             "character_start_times_seconds": \(list(letters.indices.map { "\(0.06 * Double($0))" })),
             "character_end_times_seconds": \(list(letters.indices.map { "\(0.06 * Double($0 + 1))" }))}
            """
        let audio = Data(samples(seconds: 0.06 * Double(letters.count) + 0.2)).base64EncodedString()
        return """
            {"audio_base64": "\(audio)", "alignment": \(alignment), "normalized_alignment": \(alignment)}
            """
    }
}
