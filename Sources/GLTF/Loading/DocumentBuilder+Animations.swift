import AvatariumCore

extension DocumentBuilder {
    /// Reads the animations. Nobody has asked for one yet, so what is broken in them is left out, channel by channel,
    /// and refuses only the one who plays it (`Animation.requirePlayable`).
    mutating func readAnimations() throws {
        for cursor in root["animations"]?.elements ?? [] {
            var animation = Animation()
            do {
                animation.name = try name(cursor)
                try readChannels(cursor, into: &animation)
            } catch let error as AvatariumError where error.code != .timeout {
                spoil(&animation, error, at: cursor.pointer)
            }
            document.animations.append(animation)
        }
    }

    private mutating func readChannels(_ cursor: JSONCursor, into animation: inout Animation) throws {
        var defects: [Int: AvatariumError] = [:]
        for (i, sampler) in try cursor.elements("samplers").enumerated() {
            do {
                animation.samplers.append(try readSampler(sampler))
            } catch let error as AvatariumError where error.code != .timeout {
                defects[i] = error
                animation.samplers.append(Animation.Sampler(times: [], values: [], interpolation: .linear))
            }
        }
        for channel in try cursor.elements("channels") {
            do {
                guard let read = try readChannel(channel, samplerCount: animation.samplers.count) else {
                    continue
                }
                if let defect = defects[read.sampler] { throw defect }
                let sampler = animation.samplers[read.sampler]
                guard !sampler.times.isEmpty, movesSomething(read) else { continue }
                try checkOutput(sampler, of: read, channel)
                animation.channels.append(read)
            } catch let error as AvatariumError where error.code != .timeout {
                spoil(&animation, error, at: channel.pointer)
            }
        }
    }

    private mutating func spoil(_ animation: inout Animation, _ error: AvatariumError, at pointer: String) {
        let issue = Diagnostic(
            .warning, error.context["rule"] ?? error.code.name,
            pointer: error.context["pointer"] ?? pointer,
            "\(error.message); the animation is played without this channel")
        animation.defect = animation.defect ?? issue
        note(issue)
    }

    private mutating func readSampler(_ cursor: JSONCursor) throws -> Animation.Sampler {
        let input = try cursor.requiredIndex("input", below: document.accessors.count)
        let output = try cursor.requiredIndex("output", below: document.accessors.count)
        // Babylon's Maya exporter writes the number 0, and others words of their own: linear, as engines read them.
        let interpolation =
            cursor.value["interpolation"]?.string.flatMap(Animation.Interpolation.init(rawValue:)) ?? .linear
        let accessor = document.accessors[input]
        guard accessor.elementType == .scalar, accessor.componentType == .float else {
            throw invalid(.animationSamplerInputAccessorInvalidFormat, cursor.pointer(to: "input"))
        }
        // Key times that no data backs are all zero; such a sampler has no keys.
        let hasData = ["bufferView", "sparse"].contains { root["accessors"]?.value[input]?[$0] != nil }
        guard hasData else {
            return Animation.Sampler(times: [], values: [], interpolation: interpolation)
        }
        let outputs = document.accessors[output]
        try spend(4 * (accessor.count + outputs.count * outputs.elementType.componentCount), cursor.pointer)
        let times = accessor.floats()
        for (i, time) in times.enumerated() {
            guard time.isFinite else {
                throw invalid(.accessorInvalidFloat, "/accessors/\(input)", "key \(i) is \(time)")
            }
            if i == 0 ? time < 0 : time <= times[i - 1] {
                throw invalid(
                    i == 0 ? .accessorAnimationInputNegative : .accessorAnimationInputNonIncreasing,
                    cursor.pointer(to: "input"), "key time \(time) at \(i) is out of order")
            }
        }
        guard !infiniteAccessors.contains(output) else {
            throw invalid(.accessorInvalidFloat, "/accessors/\(output)")
        }
        return Animation.Sampler(
            times: times, values: outputs.floats(), interpolation: interpolation)
    }

    /// Nil for a channel that moves nothing we know.
    private func readChannel(_ cursor: JSONCursor, samplerCount: Int) throws -> Animation.Channel? {
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
        _ sampler: Animation.Sampler, of channel: Animation.Channel, _ channelCursor: JSONCursor
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
                .animationSamplerOutputAccessorInvalidCount, channelCursor.pointer(to: "sampler"),
                "has \(sampler.values.count) numbers, not \(sampler.times.count) keys of \(perKey)")
        }
    }
}
