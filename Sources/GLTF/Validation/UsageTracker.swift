import AvatariumCore

/// What buffer views and accessors are used for: one purpose each.
final class UsageTracker {
    enum ViewUsage: String { case inverseBindMatrices = "IBM", image, index, other, vertex }
    enum AccessorUsage: String { case animationInput, animationOutput, inverseBindMatrices, index, vertex }

    var views: [Int: ViewUsage] = [:]
    var accessors: [Int: AccessorUsage] = [:]
    /// Accessors of vertices by the view without a stride that they lie in.
    var strideless: [Int: Set<Int>] = [:]

    init(_ graph: ObjectGraph) {
        for (i, view) in graph.bufferViews.enumerated() {
            if let target = view?.target { views[i] = target == 34962 ? .vertex : .index }
        }
    }
}

extension Validator {
    func markView(_ view: Int, as usage: UsageTracker.ViewUsage, _ name: String, _ tracker: UsageTracker) {
        graph.markUsed("bufferViews", view)
        guard let earlier = tracker.views[view] else {
            tracker.views[view] = usage
            if usage == .index || usage == .vertex {
                report(.bufferViewTargetMissing, name, "bufferView \(view) should say its target")
            }
            return
        }
        if earlier != usage {
            report(
                .bufferViewTargetOverride, name,
                "bufferView \(view) is already used for \(earlier.rawValue) data, not \(usage.rawValue)")
        }
    }

    func markAccessor(
        _ accessor: Int, as usage: UsageTracker.AccessorUsage, _ name: String, _ tracker: UsageTracker
    ) {
        graph.markUsed("accessors", accessor)
        guard let earlier = tracker.accessors[accessor] else {
            tracker.accessors[accessor] = usage
            return
        }
        if earlier != usage {
            report(
                .accessorUsageOverride, name,
                "accessor \(accessor) is already used as \(earlier.rawValue), not \(usage.rawValue)")
        }
    }

    /// An accessor and its view used for the same thing; nil where there is no such accessor.
    func useAccessor(
        _ json: JSON, _ key: String, _ usage: UsageTracker.AccessorUsage, _ viewUsage: UsageTracker.ViewUsage,
        _ tracker: UsageTracker
    ) -> ObjectGraph.Accessor? {
        guard
            let index = resolve(json, key, in: "accessors", exists: { accessor($0) != nil }),
            let accessor = accessor(index)
        else { return nil }
        markAccessor(index, as: usage, key, tracker)
        if let view = accessor.bufferView, self.view(view) != nil {
            markView(view, as: viewUsage, key, tracker)
        }
        return accessor
    }

    func accessor(_ index: Int) -> ObjectGraph.Accessor? {
        graph.accessors.indices.contains(index) ? graph.accessors[index] : nil
    }

    func stride(of accessor: ObjectGraph.Accessor) -> Int? {
        accessor.bufferView.flatMap(view)?.byteStride
    }
}
