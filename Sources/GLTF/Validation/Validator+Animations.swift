import AvatariumCore

extension Validator {
    func linkAnimation(_ json: JSON, _ usage: UsageTracker) {
        guard let samplers = objects(json["samplers"]), let channels = objects(json["channels"]) else {
            return
        }
        for (i, sampler) in samplers.enumerated() { within("samplers", i) { linkSampler(sampler, usage) } }
        var usedSamplers: Set<Int> = []
        var firstChannel: [String: Int] = [:]
        for (i, channel) in channels.enumerated() {
            within("channels", i) {
                if let target = channel["target"], target.object != nil { linkTarget(target) }
                guard
                    let index = resolve(channel, "sampler", in: "", exists: { samplers.indices.contains($0) })
                else { return }
                usedSamplers.insert(index)
                checkOutput(of: channel, samplers[index])
            }
            guard let target = channel["target"], let node = target.index("node"),
                let path = target["path"]?.string, channel.index("sampler") != nil
            else { continue }
            if let first = firstChannel.updateValue(i, forKey: "\(node)/\(path)") {
                within("channels", first) {
                    report(.animationDuplicateTargets, "target", "channel \(i) has the same target")
                }
            }
        }
        for i in samplers.indices where !usedSamplers.contains(i) {
            within("samplers") { report(.unusedObject, String(i)) }
        }
    }

    private func objects(_ json: JSON?) -> [JSON]? {
        guard let items = json?.array, !items.isEmpty, items.allSatisfy({ $0.object != nil }) else {
            return nil
        }
        return items
    }

    private func linkSampler(_ json: JSON, _ usage: UsageTracker) {
        if let input = useAccessor(json, "input", .animationInput, .other, usage) {
            if stride(of: input) != nil {
                report(.animationSamplerAccessorWithBytestride, "input")
            }
            if !AccessorFormat.keyTimes.contains(input.format) {
                report(.animationSamplerInputAccessorInvalidFormat, "input", "must be float scalars")
            }
            if input.min == nil || input.max == nil {
                report(.animationSamplerInputAccessorWithoutBounds, "input")
            }
            if json["interpolation"]?.string == "CUBICSPLINE", input.count ?? 0 < 2 {
                report(
                    .animationSamplerInputAccessorTooFewElements, "input")
            }
        }
        if let output = useAccessor(json, "output", .animationOutput, .other, usage),
            stride(of: output) != nil
        {
            report(.animationSamplerAccessorWithBytestride, "output")
        }
    }

    private func linkTarget(_ json: JSON) {
        within("target") {
            checkAnimationPointer(json)
            guard let index = resolve(json, "node", in: "nodes", exists: { exists("nodes", $0) }),
                let node = graph.nodes[index]
            else { return }
            switch json["path"]?.string {
            case "translation", "rotation", "scale":
                if node.json.numberList("matrix", count: 16) != nil {
                    report(.animationChannelTargetNodeMatrix)
                }
                if node.skin.map({ exists("skins", $0) }) ?? false {
                    report(.animationChannelTargetNodeSkin, "path")
                }
            case "weights":
                if targetCount(of: node) == nil {
                    report(
                        .animationChannelTargetNodeWeightsNoMorphs)
                }
            default: break
            }
        }
    }

    private func targetCount(of node: ObjectGraph.Node) -> Int? {
        guard let mesh = node.mesh, graph.meshes.indices.contains(mesh) else { return nil }
        return graph.meshes[mesh]?.primitives?.first?.targets?.count
    }

    private func checkAnimationPointer(_ json: JSON) {
        let name = "KHR_animation_pointer"
        guard extensionsKnown.contains(name), json["extensions"]?[name] != nil else { return }
        within("extensions") {
            report(.incompleteExtensionSupport, name)
            if json.index("node").map({ exists("nodes", $0) }) ?? false {
                report(
                    .khrAnimationPointerAnimationChannelTargetNode, name)
            }
            if json["path"]?.string != "pointer" {
                report(
                    .khrAnimationPointerAnimationChannelTargetPath, name)
            }
        }
    }

    private func checkOutput(of channel: JSON, _ sampler: JSON) {
        guard let target = channel["target"], target.object != nil, let index = sampler.index("output"),
            let output = accessor(index)
        else { return }
        let name = target["path"]?.string ?? ""
        if let valid = AccessorFormat.animationOutputs[name], !valid.contains(output.format) {
            report(
                .animationSamplerOutputAccessorInvalidFormat, "sampler",
                "\(output.format.type) of \(output.format.component) cannot animate \(name)")
        }
        guard Schema.targetPaths.contains(name),
            let keys = sampler.index("input").flatMap(accessor)?.count, let count = output.count
        else { return }
        var factor = sampler["interpolation"]?.string == "CUBICSPLINE" ? 3 : 1
        if name == "weights" {
            let node = target.index("node").flatMap { exists("nodes", $0) ? graph.nodes[$0] : nil }
            factor *= node.flatMap(targetCount) ?? 0
        }
        let (expected, overflow) = keys.multipliedReportingOverflow(by: factor)
        if factor != 0, overflow || expected != count {
            report(
                .animationSamplerOutputAccessorInvalidCount, "sampler",
                "has \(count) outputs, not \(expected)")
        }
    }
}
