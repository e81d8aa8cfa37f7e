import AvatariumCore

extension DocumentBuilder {
    mutating func readCameras() throws {
        let standIn = Camera(
            name: nil, projection: .perspective(yfov: .pi / 4, aspectRatio: nil, znear: 0.01, zfar: nil))
        for cursor in root["cameras"]?.elements ?? [] {
            document.cameras.append(try read(cursor, or: standIn) { try $0.readCamera(cursor) })
        }
    }

    private mutating func readCamera(_ cursor: JSONCursor) throws -> Camera {
        func positive(_ body: JSONCursor, _ key: String) throws -> Float {
            guard let value = try body.float(key) else { throw body.undefined(key) }
            guard value > 0 else {
                throw invalid(.valueNotInRange, body.pointer(to: key), "\(value) must be above 0")
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
                    throw invalid(.cameraXmagYmagZero, body.pointer(to: key), "must not be zero")
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
        return Camera(name: try name(cursor), projection: projection)
    }

    private func checkDepth(_ near: Float, _ far: Float, _ body: JSONCursor) throws {
        guard far > near else {
            throw invalid(.cameraZfarLequalZnear, body.pointer, "zfar \(far) is not beyond znear \(near)")
        }
    }

    mutating func readLights() throws {
        for cursor in try root.extensionNamed("KHR_lights_punctual")?.objects("lights") ?? [] {
            let kind: Light.Kind
            switch try cursor.string("type") {
            case "directional": kind = .directional
            case "point": kind = .point
            case "spot":
                // What is out of range is clamped, as engines do.
                let spot = cursor["spot"]
                let outer = clamp(try spot?.float("outerConeAngle") ?? .pi / 4, 1e-3, .pi / 2)
                let inner = clamp(try spot?.float("innerConeAngle") ?? 0, 0, outer - 1e-3)
                kind = .spot(innerConeAngle: inner, outerConeAngle: outer)
            case nil: throw cursor.undefined("type")
            default: kind = .point
            }
            let isKnown = ["directional", "point", "spot"].contains(cursor.value["type"]?.string)
            var light = Light(kind: kind)
            light.name = try name(cursor)
            light.color = try cursor.vector3("color").map { pointwiseMax($0, .zero) } ?? light.color
            light.intensity = max(0, try cursor.float("intensity") ?? 1)
            // One of an unknown kind sheds none.
            if !isKnown { light.intensity = 0 }
            // Without a range the light reaches everywhere.
            light.range = try cursor.float("range").flatMap { $0 > 0 ? $0 : nil }
            document.lights.append(light)
        }
    }
}
