import AvatariumCore
import Phonetics
import Speech
import SpeechTestSupport
import Testing
import TimingFormats

/// Reads a timing file given as text, with its diagnostics.
func file(
    _ text: String, name: String = "test", audio: Double? = nil, language: String? = nil,
    speaker: String? = nil
) throws -> TimingFile {
    try TimingFile.read(
        Array(text.utf8), name: name, audioDurationSeconds: audio, language: language, speaker: speaker,
        pronouncer: ESpeakPronouncer())
}

extension TimingFile {
    var timeline: PhoneTimeline {
        if case .phones(let timeline) = content { return timeline }
        Issue.record("curves where phones were expected")
        return PhoneTimeline(phones: [], source: "")
    }

    var track: FaceTrack {
        if case .curves(let track) = content { return track }
        Issue.record("phones where curves were expected")
        return FaceTrack(frameRate: .fps30, frames: [])
    }

    var words: [String] { timeline.words.map(\.text) }
    var starts: [Double] { timeline.words.map { ($0.start * 1000).rounded() / 1000 } }
    /// The phones that are spoken, joined.
    var spoken: String { timeline.phones.map(\.ipa).joined() }

    func has(_ code: String) -> Bool { diagnostics.contains { $0.code == code } }
}

extension PhoneTimeline {
    /// What is spoken within a time.
    func spoken(_ from: Double, _ to: Double) -> String {
        phones.filter { $0.start < to - 1e-6 && $0.end > from + 1e-6 }.map(\.ipa).joined()
    }
}
