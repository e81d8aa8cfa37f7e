import AvatariumCore

extension Document {
    /// Gives every primitive the material that a variant has for it (KHR_materials_variants); those without one
    /// keep their own.
    /// - Throws: `AvatariumError` E071 when the model has no variant of that name.
    public mutating func select(variant name: String) throws {
        guard let variant = variants.firstIndex(of: name) else {
            throw AvatariumError(
                .invalidConfig,
                variants.isEmpty
                    ? "the model has no variants, so none named '\(name)': omit the option"
                    : "the model has no variant named '\(name)'; it has \(variants.joined(separator: ", "))",
                context: ["field": "variant", "name": name])
        }
        for mesh in meshes.indices {
            for primitive in meshes[mesh].primitives.indices {
                if let material = meshes[mesh].primitives[primitive].variantMaterials[variant] {
                    meshes[mesh].primitives[primitive].material = material
                }
            }
        }
    }
}
