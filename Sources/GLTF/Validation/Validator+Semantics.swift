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
                report(.unsatisfiedDependency, "byteOffset", "'bufferView' must be defined too")
            }
        } else if let offset = json["byteOffset"] {
            if let number = offset.int {
                if number < 0 { report(.valueNotInRange, "byteOffset", "must not be negative") }
            } else {
                report(.typeMismatch, "byteOffset", "must be an integer")
            }
        }
        if let component = accessor.component, accessor.components > 0 {
            for key in ["min", "max"] { checkBound(json, key, component, accessor.components) }
        }
        if accessor.isNormalized,
            [AccessorFormat.float, AccessorFormat.unsignedInt].contains(accessor.component)
        {
            report(.accessorNormalizedInvalid, "normalized")
        }
        if accessor.type?.hasPrefix("MAT") ?? false, let offset = accessor.byteOffset, offset & 3 != 0 {
            report(.accessorMatrixAlignment, "byteOffset")
        }
    }

    private func checkBound(_ json: JSON, _ key: String, _ component: Int, _ count: Int) {
        guard let value = json[key] else { return }
        guard component != AccessorFormat.float else { return checkNumbers(value, key, count) }
        guard let items = value.array else { return report(.typeMismatch, key, "must be an array") }
        guard items.count == count else {
            return report(.arrayLengthNotInList, key, "has \(items.count) numbers, not \(count)")
        }
        for item in items {
            if let number = item.int {
                if !AccessorFormat.range(of: component).contains(Double(number)) {
                    report(.invalidGlValue, key, "\(number) does not fit the component type")
                }
            } else {
                report(.arrayTypeMismatch, key, "its elements must be integers")
            }
        }
    }

    private func checkBufferView(_ json: JSON) {
        guard let stride = json.integer("byteStride", min: 4, max: 252) else { return }
        if let length = json.integer("byteLength", min: 1), stride > length {
            report(.bufferViewTooBigByteStride, "byteStride", "\(stride) is more than the view's bytes")
        }
        if stride % 4 != 0 { report(.valueMultipleOf, "byteStride", "\(stride) is not a multiple of 4") }
        if json.integer("target") == 34963 {
            report(.bufferViewInvalidByteStride, "byteStride", "index data cannot have a stride")
        }
    }

    private func checkCamera(_ json: JSON) {
        if json["orthographic"] != nil, json["perspective"] != nil {
            report(.oneOfMismatch, nil, "a camera is either orthographic or perspective")
        }
        for (name, kind) in [("orthographic", ObjectKind.orthographic), ("perspective", .perspective)]
        where json["type"]?.string == name {
            guard let body = json[name] else {
                report(.undefinedProperty, nil, "'\(name.quotedForMessage())' must be defined")
                continue
            }
            if body.object == nil { report(.typeMismatch, name, "must be an object") }
            within(name) { check(body, kind) }
        }
    }

    private func checkOrthographic(_ json: JSON) {
        checkDepth(json, nearest: 0)
        for key in ["xmag", "ymag"] {
            guard let size = json[key]?.double else { continue }
            if size == 0 { report(.cameraXmagYmagZero, key) }
            if size < 0 { report(.cameraXmagYmagNegative, key) }
        }
    }

    private func checkPerspective(_ json: JSON) {
        if let angle = json["yfov"]?.double, angle >= .pi {
            report(.cameraYfovGequalPi)
        }
        checkDepth(json, nearest: Double.leastNonzeroMagnitude)
    }

    private func checkDepth(_ json: JSON, nearest: Double) {
        guard let far = json["zfar"]?.double, far > 0, let near = json["znear"]?.double, near >= nearest,
            far <= near
        else { return }
        report(.cameraZfarLequalZnear)
    }

    private func checkTargetPath(_ json: JSON) {
        guard let value = json["path"] else {
            return report(.undefinedProperty, nil, "'path' must be defined")
        }
        guard let name = value.string else { return report(.typeMismatch, "path", "must be a string") }
        let isPointer = name == "pointer" && extensionsKnown.contains("KHR_animation_pointer")
        if !isPointer, !Schema.targetPaths.contains(name) {
            report(
                .valueNotInList, "path",
                "'\(name.quotedForMessage())' is not one of \(Schema.targetPaths)")
        }
    }

    private func checkAlpha(_ json: JSON) {
        if json["alphaCutoff"] != nil, json["alphaMode"]?.string != "MASK" {
            report(
                .materialAlphaCutoffInvalidMode, "alphaCutoff")
        }
    }

    private func checkLight(_ json: JSON) {
        let type = json["type"]?.string
        if type == "spot" {
            guard let spot = json["spot"] else {
                return report(.undefinedProperty, nil, "'spot' must be defined")
            }
            if spot.object == nil { report(.typeMismatch, "spot", "must be an object") }
            within("spot") { check(spot, .spot) }
        } else if json["spot"] != nil {
            report(.extraProperty, "spot", "has no meaning for this kind of light")
        }
        if type == "directional", let range = json["range"]?.double, range > 0 {
            report(.extraProperty, "range", "has no meaning for a directional light")
        }
    }

    private func checkSpot(_ json: JSON) {
        let inner = json["innerConeAngle"].map { $0.double ?? .nan } ?? 0
        let outer = json["outerConeAngle"].map { $0.double ?? .nan } ?? .pi / 4
        if outer > 0, outer <= .pi / 2, inner >= 0, inner < .pi / 2, outer <= inner {
            report(
                .khrLightsPunctualLightSpotAngles, "outerConeAngle")
        }
    }

    private func checkIridescence(_ json: JSON) {
        let least = json["iridescenceThicknessMinimum"].map { $0.double ?? .nan } ?? 100
        let most = json["iridescenceThicknessMaximum"].map { $0.double ?? .nan } ?? 400
        if json["iridescenceThicknessTexture"]?.object != nil {
            if least == most {
                report(
                    .khrMaterialsIridescenceThicknessTextureUnused, "iridescenceThicknessTexture")
            }
        } else if json["iridescenceThicknessMinimum"]?.double != nil {
            report(
                .khrMaterialsIridescenceThicknessRangeWithoutTexture, "iridescenceThicknessMinimum")
        }
    }
}
