import AvatariumCore

/// What each kind of object asks for beyond its schema, looking at nothing but itself.
extension Validator {
    func checkSemantics(_ json: JSON, _ kind: ObjectKind) {
        switch kind {
        case .accessor: checkAccessor(json)
        case .bufferView: checkBufferView(json)
        case .buffer, .image: checkSource(json, kind)
        case .camera: checkCamera(json)
        case .orthographic: checkOrthographic(json)
        case .perspective: checkPerspective(json)
        case .channelTarget: checkTargetPath(json)
        case .material: checkAlpha(json)
        case .mesh: checkMesh(json)
        case .primitive: checkPrimitive(json)
        case .node: checkNode(json)
        case .light: checkLight(json)
        case .spot: checkSpot(json)
        case .iridescence: checkIridescence(json)
        default: break
        }
    }

    private func checkAccessor(_ json: JSON) {
        let accessor = ObjectGraph.Accessor(json)
        if accessor.bufferView == nil {
            if json["byteOffset"] != nil {
                report("UNSATISFIED_DEPENDENCY", "byteOffset", "'bufferView' must be defined too")
            }
        } else if let offset = json["byteOffset"] {
            if let number = offset.int {
                if number < 0 { report("VALUE_NOT_IN_RANGE", "byteOffset", "must not be negative") }
            } else {
                report("TYPE_MISMATCH", "byteOffset", "must be an integer")
            }
        }
        if let component = accessor.component, accessor.components > 0 {
            for key in ["min", "max"] { checkBound(json, key, component, accessor.components) }
        }
        if accessor.isNormalized,
            [AccessorFormat.float, AccessorFormat.unsignedInt].contains(accessor.component)
        {
            report("ACCESSOR_NORMALIZED_INVALID", "normalized", "only bytes and shorts can be normalised")
        }
        if accessor.type?.hasPrefix("MAT") ?? false, let offset = accessor.byteOffset, offset & 3 != 0 {
            report("ACCESSOR_MATRIX_ALIGNMENT", "byteOffset", "matrices must start at multiples of 4 bytes")
        }
    }

    private func checkBound(_ json: JSON, _ key: String, _ component: Int, _ count: Int) {
        guard let value = json[key] else { return }
        guard component != AccessorFormat.float else { return checkNumbers(value, key, count) }
        guard let items = value.array else { return report("TYPE_MISMATCH", key, "must be an array") }
        guard items.count == count else {
            return report("ARRAY_LENGTH_NOT_IN_LIST", key, "has \(items.count) numbers, not \(count)")
        }
        for item in items {
            if let number = item.int {
                if !AccessorFormat.range(of: component).contains(Double(number)) {
                    report("INVALID_GL_VALUE", key, "\(number) does not fit the component type")
                }
            } else {
                report("ARRAY_TYPE_MISMATCH", key, "its elements must be integers")
            }
        }
    }

    private func checkBufferView(_ json: JSON) {
        guard let stride = json.integer("byteStride", min: 4, max: 252) else { return }
        if let length = json.integer("byteLength", min: 1), stride > length {
            report("BUFFER_VIEW_TOO_BIG_BYTE_STRIDE", "byteStride", "\(stride) is more than the view's bytes")
        }
        if stride % 4 != 0 { report("VALUE_MULTIPLE_OF", "byteStride", "\(stride) is no multiple of 4") }
        if json.integer("target") == 34963 {
            report("BUFFER_VIEW_INVALID_BYTE_STRIDE", "byteStride", "index data cannot have a stride")
        }
    }

    private func checkCamera(_ json: JSON) {
        if json["orthographic"] != nil, json["perspective"] != nil {
            report("ONE_OF_MISMATCH", nil, "a camera is either orthographic or perspective")
        }
        for (name, kind) in [("orthographic", ObjectKind.orthographic), ("perspective", .perspective)]
        where json["type"]?.string == name {
            guard let body = json[name] else {
                report("UNDEFINED_PROPERTY", nil, "'\(name)' must be defined")
                continue
            }
            if body.object == nil { report("TYPE_MISMATCH", name, "must be an object") }
            within(name) { check(body, kind) }
        }
    }

    private func checkOrthographic(_ json: JSON) {
        checkDepth(json, nearest: 0)
        for key in ["xmag", "ymag"] {
            guard let size = json[key]?.double else { continue }
            if size == 0 { report("CAMERA_XMAG_YMAG_ZERO", key, "must not be zero") }
            if size < 0 { report("CAMERA_XMAG_YMAG_NEGATIVE", key, "should not be negative") }
        }
    }

    private func checkPerspective(_ json: JSON) {
        if let angle = json["yfov"]?.double, angle >= .pi {
            report("CAMERA_YFOV_GEQUAL_PI", nil, "yfov should be less than pi")
        }
        checkDepth(json, nearest: Double.leastNonzeroMagnitude)
    }

    private func checkDepth(_ json: JSON, nearest: Double) {
        guard let far = json["zfar"]?.double, far > 0, let near = json["znear"]?.double, near >= nearest,
            far <= near
        else { return }
        report("CAMERA_ZFAR_LEQUAL_ZNEAR", nil, "zfar must be greater than znear")
    }

    private func checkTargetPath(_ json: JSON) {
        guard let value = json["path"] else {
            return report("UNDEFINED_PROPERTY", nil, "'path' must be defined")
        }
        guard let name = value.string else { return report("TYPE_MISMATCH", "path", "must be a string") }
        let isPointer = name == "pointer" && extensionsKnown.contains("KHR_animation_pointer")
        if !isPointer, !Schema.targetPaths.contains(name) {
            report("VALUE_NOT_IN_LIST", "path", "'\(name)' is none of \(Schema.targetPaths)")
        }
    }

    private func checkAlpha(_ json: JSON) {
        if json["alphaCutoff"] != nil, json["alphaMode"]?.string != "MASK" {
            report(
                "MATERIAL_ALPHA_CUTOFF_INVALID_MODE", "alphaCutoff", "means nothing outside alphaMode MASK")
        }
    }

    private func checkLight(_ json: JSON) {
        let type = json["type"]?.string
        if type == "spot" {
            guard let spot = json["spot"] else {
                return report("UNDEFINED_PROPERTY", nil, "'spot' must be defined")
            }
            if spot.object == nil { report("TYPE_MISMATCH", "spot", "must be an object") }
            within("spot") { check(spot, .spot) }
        } else if json["spot"] != nil {
            report("EXTRA_PROPERTY", "spot", "means nothing for this kind of light")
        }
        if type == "directional", let range = json["range"]?.double, range > 0 {
            report("EXTRA_PROPERTY", "range", "means nothing for a directional light")
        }
    }

    private func checkSpot(_ json: JSON) {
        let inner = json["innerConeAngle"].map { $0.double ?? .nan } ?? 0
        let outer = json["outerConeAngle"].map { $0.double ?? .nan } ?? .pi / 4
        if outer > 0, outer <= .pi / 2, inner >= 0, inner < .pi / 2, outer <= inner {
            report(
                "KHR_LIGHTS_PUNCTUAL_LIGHT_SPOT_ANGLES", "outerConeAngle",
                "must be larger than innerConeAngle")
        }
    }

    private func checkIridescence(_ json: JSON) {
        let least = json["iridescenceThicknessMinimum"].map { $0.double ?? .nan } ?? 100
        let most = json["iridescenceThicknessMaximum"].map { $0.double ?? .nan } ?? 400
        if json["iridescenceThicknessTexture"]?.object != nil {
            if least == most {
                report(
                    "KHR_MATERIALS_IRIDESCENCE_THICKNESS_TEXTURE_UNUSED", "iridescenceThicknessTexture",
                    "has no effect when minimum and maximum are equal")
            }
        } else if json["iridescenceThicknessMinimum"]?.double != nil {
            report(
                "KHR_MATERIALS_IRIDESCENCE_THICKNESS_RANGE_WITHOUT_TEXTURE", "iridescenceThicknessMinimum",
                "has no effect without a thickness texture")
        }
    }
}
