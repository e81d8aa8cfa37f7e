import AvatariumCore

extension FaceTrack {
    /// Resamples the curves to another frame rate, linearly between samples; the last sample is held.
    public func resampled(to rate: FrameRate, frameCount: Int) -> FaceTrack {
        guard let last = frames.last else {
            return FaceTrack(frameRate: rate, frames: Array(repeating: FaceFrame(), count: frameCount))
        }
        let resampled = (0..<frameCount).map { i -> FaceFrame in
            let position = rate.seconds(atFrame: i) * frameRate.framesPerSecond
            let index = Int(position)
            guard index + 1 < frames.count else { return last }
            return frames[index].mixed(with: frames[index + 1], Float(position - Double(index)))
        }
        return FaceTrack(frameRate: rate, frames: resampled)
    }
}

extension FaceFrame {
    /// Linear interpolation of everything.
    func mixed(with other: FaceFrame, _ t: Float) -> FaceFrame {
        var out = self
        for i in shapes.indices { out.shapes[i] = mix(shapes[i], other.shapes[i], t) }
        for i in visemes.indices { out.visemes[i] = mix(visemes[i], other.visemes[i], t) }
        for i in emotions.indices { out.emotions[i] = mix(emotions[i], other.emotions[i], t) }
        out.headRotation += (other.headRotation - headRotation) * t
        out.gaze += (other.gaze - gaze) * t
        out.body = body.mixed(with: other.body, t)
        return out
    }
}
