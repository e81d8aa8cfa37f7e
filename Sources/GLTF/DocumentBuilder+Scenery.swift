import AvatariumCore

extension DocumentBuilder {
    mutating func readCameras() throws {
        for cursor in try root.objects("cameras") {
            func positive(_ body: Cursor, _ key: String) throws -> Float {
                guard let value = try body.float(key) else { throw body.undefined(key) }
                guard value > 0 else {
                    throw invalid("VALUE_NOT_IN_RANGE", body.at(key), "\(value) must be above 0")
                }
                return value
            }
            let projection: Camera.Projection
            switch try cursor.string("type") {
            case "perspective":
                guard let body = cursor["perspective"] else { throw cursor.undefined("perspective") }
                let near = try positive(body, "znear")
                let far = try body.float("zfar")
                if let far { try checkDepth(near, far, body) }
                projection = .perspective(
                    yfov: try positive(body, "yfov"),
                    aspectRatio: body.has("aspectRatio") ? try positive(body, "aspectRatio") : nil,
                    znear: near, zfar: far)
            case "orthographic":
                guard let body = cursor["orthographic"] else { throw cursor.undefined("orthographic") }
                func magnification(_ key: String) throws -> Float {
                    guard let value = try body.float(key) else { throw body.undefined(key) }
                    guard value != 0 else {
                        throw invalid("CAMERA_XMAG_YMAG_ZERO", body.at(key), "must not be zero")
                    }
                    return value
                }
                guard let near = try body.float("znear", in: 0...Float.greatestFiniteMagnitude) else {
                    throw body.undefined("znear")
                }
                guard let far = try body.float("zfar") else { throw body.undefined("zfar") }
                try checkDepth(near, far, body)
                projection = .orthographic(
                    xmag: try magnification("xmag"), ymag: try magnification("ymag"), znear: near, zfar: far)
            case nil: throw cursor.undefined("type")
            default:
                // Of an unknown kind: something to stand at its index.
                projection = .perspective(yfov: .pi / 4, aspectRatio: nil, znear: 0.01, zfar: nil)
            }
            document.cameras.append(Camera(name: try cursor.string("name"), projection: projection))
        }
    }

    private func checkDepth(_ near: Float, _ far: Float, _ body: Cursor) throws {
        guard far > near else {
            throw invalid("CAMERA_ZFAR_LEQUAL_ZNEAR", body.pointer, "zfar \(far) is not beyond znear \(near)")
        }
    }

    mutating func readLights() throws {
        for cursor in try root.extensionNamed("KHR_lights_punctual")?.objects("lights") ?? [] {
            let kind: Light.Kind
            switch try cursor.string("type") {
            case "directional": kind = .directional
            case "point": kind = .point
            case "spot":
                let spot = cursor["spot"]
                let inner = try spot?.float("innerConeAngle", in: 0...(.pi / 2)) ?? 0
                let outer = try spot?.float("outerConeAngle", in: 0...(.pi / 2)) ?? .pi / 4
                guard inner < outer else {
                    throw invalid(
                        "KHR_LIGHTS_PUNCTUAL_LIGHT_SPOT_ANGLES", cursor.at("spot"),
                        "the outer cone's angle must be larger than the inner cone's")
                }
                kind = .spot(innerConeAngle: inner, outerConeAngle: outer)
            case nil: throw cursor.undefined("type")
            default: kind = .point
            }
            let isKnown = ["directional", "point", "spot"].contains(cursor.json["type"]?.string)
            var light = Light(kind: kind)
            light.name = try cursor.string("name")
            light.color = try cursor.vector3("color") ?? light.color
            light.intensity = try cursor.float("intensity", in: 0...Float.greatestFiniteMagnitude) ?? 1
            // One of an unknown kind sheds none.
            if !isKnown { light.intensity = 0 }
            light.range = try cursor.float("range", in: 0...Float.greatestFiniteMagnitude)
            document.lights.append(light)
        }
    }
}
