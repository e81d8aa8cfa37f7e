import AvatariumCore

extension DocumentBuilder {
    mutating func readAnimations() throws {
        for cursor in try root.objects("animations") {
            var animation = Animation()
            animation.name = try cursor.string("name")
            let samplers = try cursor.objects("samplers")
            for sampler in samplers { animation.samplers.append(try readSampler(sampler)) }
            for channel in try cursor.objects("channels") {
                guard let read = try readChannel(channel, samplerCount: samplers.count),
                    !animation.samplers[read.sampler].times.isEmpty, movesSomething(read)
                else { continue }
                try checkOutput(animation.samplers[read.sampler], of: read, channel)
                animation.channels.append(read)
            }
            document.animations.append(animation)
        }
    }

    private mutating func readSampler(_ cursor: Cursor) throws -> Animation.Sampler {
        let input = try cursor.requiredIndex("input", below: document.accessors.count)
        let output = try cursor.requiredIndex("output", below: document.accessors.count)
        let name = try cursor.string("interpolation") ?? "LINEAR"
        let interpolation = Animation.Interpolation(rawValue: name) ?? .linear
        let accessor = document.accessors[input]
        guard accessor.elementType == .scalar, accessor.componentType == .float else {
            throw invalid(
                "ANIMATION_SAMPLER_INPUT_ACCESSOR_INVALID_FORMAT", cursor.at("input"),
                "key times must be float scalars")
        }
        // Key times that no data backs are all zero; such a sampler has no keys.
        let hasData = ["bufferView", "sparse"].contains { root["accessors"]?.json[input]?[$0] != nil }
        guard hasData else {
            return Animation.Sampler(times: [], values: [], interpolation: interpolation)
        }
        let outputs = document.accessors[output]
        try spend(4 * (accessor.count + outputs.count * outputs.elementType.componentCount), cursor.pointer)
        let times = accessor.floats()
        for (i, time) in times.enumerated() {
            guard time.isFinite else {
                throw invalid("ACCESSOR_INVALID_FLOAT", "/accessors/\(input)", "key \(i) is \(time)")
            }
            if i == 0 ? time < 0 : time <= times[i - 1] {
                throw invalid(
                    i == 0
                        ? "ACCESSOR_ANIMATION_INPUT_NEGATIVE" : "ACCESSOR_ANIMATION_INPUT_NON_INCREASING",
                    cursor.at("input"), "key time \(time) at \(i) is out of order")
            }
        }
        return Animation.Sampler(
            times: times, values: outputs.floats(), interpolation: interpolation)
    }

    /// Nil for a channel that moves nothing we know.
    private func readChannel(_ cursor: Cursor, samplerCount: Int) throws -> Animation.Channel? {
        let sampler = try cursor.requiredIndex("sampler", below: samplerCount)
        guard let target = cursor["target"] else { throw cursor.undefined("target") }
        guard let name = try target.string("path") else { throw target.undefined("path") }
        guard let path = Animation.Path(rawValue: name) else { return nil }
        return Animation.Channel(
            sampler: sampler, node: try target.index("node", below: document.nodes.count), path: path)
    }

    /// Weights of a mesh without morph targets move nothing.
    private func movesSomething(_ channel: Animation.Channel) -> Bool {
        guard channel.path == .weights, let node = channel.node else { return true }
        return !(document.nodes[node].mesh.map { document.meshes[$0].weights.isEmpty } ?? true)
    }

    /// One output for each key (three for splines), of the right size for what it moves.
    private func checkOutput(
        _ sampler: Animation.Sampler, of channel: Animation.Channel, _ channelCursor: Cursor
    ) throws {
        guard let node = channel.node else { return }
        let components: Int
        switch channel.path {
        case .translation, .scale: components = 3
        case .rotation: components = 4
        case .weights: components = document.nodes[node].mesh.map { document.meshes[$0].weights.count } ?? 0
        case .pointer: return
        }
        let perKey = sampler.interpolation == .cubicSpline ? 3 * components : components
        guard sampler.values.count == sampler.times.count * perKey else {
            throw invalid(
                "ANIMATION_SAMPLER_OUTPUT_ACCESSOR_INVALID_COUNT", channelCursor.at("sampler"),
                "has \(sampler.values.count) numbers, not \(sampler.times.count) keys of \(perKey)")
        }
    }
}
