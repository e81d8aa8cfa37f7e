import AvatariumCore
import Phonetics

/// Piper: `{"sample_rate", "phoneme_alignments": [{"phoneme", "num_samples"}]}`, or `phonemes` with `phoneme_ids` and
/// `phoneme_id_samples`, whose ids carry pad 0, begin 1 and end 2. One object per sentence.
enum PiperTimings {
    static let format = TimingFormat("piper", "Piper alignments", ["json", "jsonl"], json: read)

    static func read(_ value: JSON, _ source: TimingSource) throws -> TimingContent? {
        var units: [SpelledUnit] = []
        let chunks = JSONCursor.all(value)
        guard
            chunks.contains(where: {
                $0.value["phoneme_alignments"] != nil || $0.value["phoneme_id_samples"] != nil
            })
        else { return nil }
        for chunk in chunks {
            let rate = chunk.value["sample_rate"]?.double ?? 22_050
            guard rate > 0 else {
                throw source.error(
                    "the sample rate must be positive", at: .pointer("\(chunk.pointer)/sample_rate"))
            }
            if let list = chunk.first(of: "phoneme_alignments") {
                for item in list.elements {
                    units.append(
                        SpelledUnit(
                            symbol: try source.string(item.value, "phoneme", at: item.pointer),
                            seconds: try source.number(item.value, "num_samples", at: item.pointer) / rate))
                }
            } else if let samples = try chunk.first(of: "phoneme_id_samples")?.numbers(source),
                let phonemes = try chunk.first(of: "phonemes")?.strings(source)
            {
                let ids =
                    try chunk.first(of: "phoneme_ids")?.numbers(source)
                    ?? PiperAlignment.paddedIDs(count: samples.count)
                try source.matching(ids.count, samples.count, at: chunk.pointer)
                units += PiperAlignment.units(ids: ids, samples: samples, phonemes: phonemes, rate: rate)
            }
        }
        return .phones(
            try SpelledUnit.timeline(
                units, alphabet: .ipa, source: source, form: "piper", at: .pointer("")))
    }
}
