import AvatariumCore
import CDraco

/// A mesh decoded by libdraco (KHR_draco_mesh_compression); owns the decoder's object.
final class DracoMesh {
    private let handle: OpaquePointer

    init(_ bytes: ArraySlice<UInt8>, limits: LoadLimits, pointer: String) throws {
        var message = [CChar](repeating: 0, count: 160)
        let decoded = bytes.withUnsafeBufferPointer {
            cdraco_decode(
                $0.baseAddress, $0.count, limits.accessorElements, limits.dracoBytes(for: $0.count), &message,
                message.count)
        }
        guard let decoded else {
            let reason = message.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
            throw invalid(.dracoDataInvalid, pointer, "the compressed mesh is damaged: \(reason)")
        }
        handle = decoded
    }

    deinit { cdraco_free(handle) }

    var pointCount: Int { cdraco_point_count(handle) }
    var indexCount: Int { cdraco_face_count(handle) * 3 }

    func copyIndices(componentSize: Int, into out: UnsafeMutableRawPointer, size: Int) -> Bool {
        cdraco_copy_indices(handle, Int32(componentSize), out, size) != 0
    }

    func copyAttribute(
        id: Int, component: Int, componentCount: Int, into out: UnsafeMutableRawPointer, size: Int
    ) -> Bool {
        guard let id = UInt32(exactly: id) else { return false }
        return cdraco_copy_attribute(handle, id, Int32(component), Int32(componentCount), out, size) != 0
    }
}

/// The part of a Draco mesh that fills one accessor.
struct DracoSource {
    enum Part {
        case indices
        case attribute(id: Int)
    }
    var mesh: DracoMesh
    var part: Part
    var pointer: String

    func decode(
        component: Accessor.ComponentType, layout: ElementLayout, count: Int, cursor: JSONCursor
    ) throws -> [UInt8] {
        let available =
            switch part {
            case .indices: mesh.indexCount
            case .attribute: mesh.pointCount
            }
        guard count == available else {
            throw invalid(
                .dracoDataInvalid, cursor.pointer(to: "count"),
                "is \(count), but the compressed mesh has \(available)")
        }
        let size = count * layout.packedSize
        var copied = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { out, initialized in
            guard let base = out.baseAddress else { return }
            switch part {
            case .indices:
                copied = mesh.copyIndices(componentSize: component.size, into: base, size: size)
            case .attribute(let id):
                copied = mesh.copyAttribute(
                    id: id, component: component.rawValue,
                    componentCount: layout.packedSize / component.size, into: base, size: size)
            }
            initialized = copied ? size : 0
        }
        guard copied else {
            throw invalid(
                .dracoDataInvalid, pointer, "does not contain what \(cursor.pointer) requires")
        }
        return bytes
    }
}

extension DocumentBuilder {
    mutating func readDracoPrimitives() throws {
        var meshes: [Int: DracoMesh] = [:]
        let accessorCount = count("accessors")
        for mesh in try root.elements("meshes") {
            try read(mesh, or: ()) { try $0.readDraco(mesh, accessorCount, &meshes) }
        }
    }

    private mutating func readDraco(
        _ mesh: JSONCursor, _ accessorCount: Int, _ meshes: inout [Int: DracoMesh]
    ) throws {
        for primitive in try mesh.objects("primitives") {
            guard let draco = primitive.extensionNamed("KHR_draco_mesh_compression") else { continue }
            let view = try draco.requiredIndex("bufferView", below: bufferViews.count)
            let decoded =
                try meshes[view]
                ?? DracoMesh(
                    bytes(ofView: view), limits: limits, pointer: draco.pointer)
            if meshes.updateValue(decoded, forKey: view) == nil {
                // Indices, and a guess at the attributes: position, normal, tangent, two texture coordinates.
                try spend(decoded.indexCount * 4 + decoded.pointCount * 56, draco.pointer)
            }
            if let indices = try primitive.index("indices", below: accessorCount) {
                dracoSources[indices] = DracoSource(mesh: decoded, part: .indices, pointer: draco.pointer)
            }
            let attributes = draco["attributes"]
            for key in attributes?.value.object?.keys ?? [] {
                guard let attributes, let id = try attributes.int(key) else { continue }
                guard let accessor = try primitive["attributes"]?.index(key, below: accessorCount) else {
                    throw invalid(
                        .unresolvedReference, attributes.pointer(to: key),
                        "the primitive itself has no such attribute")
                }
                dracoSources[accessor] = DracoSource(
                    mesh: decoded, part: .attribute(id: id), pointer: attributes.pointer(to: key))
            }
        }
    }
}
