import AvatariumCore
import GLTF

/// Evaluates glTF animations (glTF 2.0, 3.11 and appendix C).
struct ClipPlayer: Sendable {
    let animation: Animation

    /// Applies the clip at `seconds`, repeated over its duration.
    func apply(at seconds: Double, to locals: inout [LocalTransform], _ weights: inout [[Float]]) {
        let duration = Double(animation.durationSeconds)
        // The last key is the end of the first round, not the beginning of the second.
        let time =
            seconds == duration || duration <= 0
            ? Float(max(duration, 0)) : Float(seconds.truncatingRemainder(dividingBy: duration))
        for channel in animation.channels {
            guard let node = channel.node, locals.indices.contains(node),
                animation.samplers.indices.contains(channel.sampler)
            else { continue }
            let sampler = animation.samplers[channel.sampler]
            switch channel.path {
            case .translation:
                if let v = sampler.vector(at: time) { locals[node].setTranslation(v) }
            case .scale:
                if let v = sampler.vector(at: time) { locals[node].setScale(v) }
            case .rotation:
                if let q = sampler.quaternion(at: time) { locals[node].setRotation(q) }
            case .weights:
                let count = weights[node].count
                guard count > 0, let values = sampler.evaluate(at: time, width: count) else { continue }
                weights[node] = values
            case .pointer: break
            }
        }
    }

    /// The nodes whose rotation the clip animates.
    var turnedNodes: Set<Int> {
        Set(animation.channels.filter { $0.path == .rotation }.compactMap(\.node))
    }
}
