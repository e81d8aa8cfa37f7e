import AvatariumCore

/// A text without its marks whose words are being spoken: when its cues come, and the words with their
/// punctuation, which captions need and by which questions are known.
public struct SpokenText: Sendable {
    /// The words so far, with the punctuation that the text has around them. An engine may cut them otherwise than at
    /// spaces. Until more come, the last one has all that follows it in its word of the text.
    public private(set) var words: [Word] = []
    /// The words as the engine gave them.
    private var bare: [Word] = []
    private let cues: [MarkedText.Cue]
    private var places: WordPlaces

    public init(_ marked: MarkedText) {
        cues = marked.cues
        places = WordPlaces(in: marked.text)
    }

    /// Takes the text as far as it is written now. What was there before stays as it was.
    public mutating func extend(to marked: MarkedText) {
        var longer = SpokenText(marked)
        longer.append(bare)
        self = longer
    }

    /// Adds the next words.
    public mutating func append(_ next: some Collection<Word>) {
        places.append(next)
        let known = max(bare.count - 1, 0)
        bare += next
        words.replaceSubrange(known..., with: (known..<bare.count).map(punctuated))
    }

    private func punctuated(_ index: Int) -> Word {
        var word = bare[index]
        guard places.isFound[index] else { return word }
        let place = places.indices[index]
        let spoken = places.spoken[place]
        let isFirst = index == 0 || places.indices[index - 1] != place
        let isLast = index == bare.count - 1 || places.indices[index + 1] != place
        if isFirst, let first = bare[index].text.first, WordPlaces.isSpoken(first) {
            word.text = spoken.prefix { !WordPlaces.isSpoken($0) } + word.text
        }
        if let last = bare[index].text.last, WordPlaces.isSpoken(last) {
            word.text +=
                isLast
                ? String(spoken.reversed().prefix { !WordPlaces.isSpoken($0) }.reversed())
                : places.punctuation(after: index)
        }
        if isFirst { word.text = places.before[place] + word.text }
        if isLast { word.text += places.after[place] }
        return word
    }

    /// The cues with the times at which their words are spoken.
    /// - Parameter isWhole: whether all words were spoken; else cues whose words are yet to come are left out.
    public func performance(isWhole: Bool) -> PerformanceCues {
        var result = PerformanceCues()
        for cue in cues {
            let first = places.firstIndex(from: cue.words.lowerBound)
            guard isWhole || first != nil else { continue }
            let start = max(0, first.map { words[$0].start - 0.1 } ?? words.last?.end ?? 0)
            let after = places.firstIndex(from: cue.words.upperBound)
            let end = after.flatMap { $0 > 0 ? words[$0 - 1].end : nil }
            switch cue.action {
            case .emotion(let emotion, let strength):
                result.emotions.append(
                    EmotionCue(emotion: emotion, strength: strength, start: start, end: end))
            case .look(let pitch, let yaw):
                result.gaze.append(GazeCue(start: start, end: end, pitch: pitch, yaw: yaw))
            case .gesture(let gesture, let strength):
                result.gestures.append(GestureCue(gesture, start: start, strength: strength))
            case .hands(let gesture, let strength, let hand, let number):
                // At the end of the text it goes with the last word.
                guard let word = first.map({ words[$0] }) ?? words.last else { continue }
                let place = GestureTimes.placed(gesture, on: word.start...max(word.start, word.end))
                result.gestures.append(
                    GestureCue(
                        gesture, start: place.start, strength: strength, stroke: place.stroke, hand: hand,
                        number: number))
            case .camera(let framing, let seconds):
                result.cameras.append(CameraCue(framing, start: start, seconds: seconds))
            case .play(let name, let loop):
                result.animations.append(AnimationCue(name, start: start, loop: loop))
            }
        }
        return result
    }
}
