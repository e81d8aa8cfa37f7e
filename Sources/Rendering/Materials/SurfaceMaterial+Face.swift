import AvatariumCore
import VRM

extension SurfaceMaterial {
    /// What a material's name tells about its place in a face; files seldom say more.
    private enum Part {
        case skin, eye, mouth, hair

        init?(name: String) {
            let words = Set(name.lowercased().split { !$0.isLetter })
            func has(_ candidates: [String]) -> Bool { candidates.contains { words.contains(Substring($0)) } }
            if has(["teeth", "tooth", "tongue", "gums", "mouth"]) {
                self = .mouth
            } else if has(["eye", "eyes", "eyeball", "cornea", "iris", "eyeleft", "eyeright"]) {
                self = .eye
            } else if has(["hair", "hairs", "beard", "mustache", "ponytail", "bangs"]) {
                self = .hair
            } else if has(["skin", "face", "head", "body"]) {
                self = .skin
            } else {
                return nil
            }
        }
    }

    /// Softens skin, gives hair its highlights, wets eyes, and keeps the inside of the mouth in the shade of the lips.
    mutating func adaptToFace(name: String) {
        guard key.isLit, !key.isToon, key.isDielectric, let part = Part(name: name) else { return }
        switch part {
        case .skin:
            key.isSkin = roughness > 0.25 && key.alpha == .opaque
        case .hair:
            key.isHair = true
        case .eye:
            if textures[.surface] == nil { roughness = min(roughness, 0.14) }
        case .mouth:
            let shade: Float = 0.55
            baseColor *= SIMD4(shade, shade, shade, 1)
            reflectance *= SIMD4(shade, shade, shade, shade)
        }
    }
}
