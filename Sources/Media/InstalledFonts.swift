import Glibc

/// The fonts that libass can draw captions with, as fontconfig lists them.
///
/// fontconfig is loaded when a clip first needs it, as libavfilter is, which needs it too. Fonts that are installed later
/// are not seen.
package enum InstalledFonts {
    /// The letters of a text that no font has, each once, in the order of the text. None where fontconfig is missing.
    package static func lacking(_ text: String) -> [Unicode.Scalar] {
        guard text.unicodeScalars.contains(where: { !$0.isASCII }), let library = FontLibrary.shared else {
            return []
        }
        var seen: Set<Unicode.Scalar> = []
        return text.unicodeScalars.filter { scalar in
            let properties = scalar.properties
            guard !scalar.isASCII, !properties.isWhitespace, !properties.isDefaultIgnorableCodePoint,
                seen.insert(scalar).inserted
            else { return false }
            return !library.letters.contains { library.hasLetter($0, scalar.value) != 0 }
        }
    }
}

private struct FontLibrary: @unchecked Sendable {
    let hasLetter: @convention(c) (OpaquePointer, UInt32) -> Int32
    /// The `FcCharSet` of each font. They belong to a list that is never freed, and never change.
    let letters: [OpaquePointer]

    static let shared: FontLibrary? = {
        typealias Text = UnsafePointer<CChar>
        guard let library = dlopen("libfontconfig.so.1", RTLD_NOW | RTLD_LOCAL),
            let makePattern = dlsym(library, "FcPatternCreate"),
            let addBool = dlsym(library, "FcPatternAddBool"),
            let makeObjects = dlsym(library, "FcObjectSetCreate"),
            let addObject = dlsym(library, "FcObjectSetAdd"),
            let listFonts = dlsym(library, "FcFontList"),
            let getLetters = dlsym(library, "FcPatternGetCharSet"),
            let hasLetter = dlsym(library, "FcCharSetHasChar"),
            let pattern = unsafeBitCast(makePattern, to: (@convention(c) () -> OpaquePointer?).self)(),
            let objects = unsafeBitCast(makeObjects, to: (@convention(c) () -> OpaquePointer?).self)()
        else { return nil }
        // libass draws outlines alone, no pictures of letters.
        _ = unsafeBitCast(addBool, to: (@convention(c) (OpaquePointer, Text, Int32) -> Int32).self)(
            pattern, "outline", 1)
        _ = unsafeBitCast(addObject, to: (@convention(c) (OpaquePointer, Text) -> Int32).self)(
            objects, "charset")
        let list = unsafeBitCast(
            listFonts,
            to: (@convention(c) (OpaquePointer?, OpaquePointer, OpaquePointer) -> UnsafeMutableRawPointer?)
                .self)
        // An `FcFontSet`: two integers, and an array of as many patterns as the first says.
        guard let fonts = list(nil, pattern, objects) else { return nil }
        let count = Int(fonts.load(as: Int32.self))
        let patterns = fonts.load(fromByteOffset: 8, as: UnsafePointer<OpaquePointer>?.self)
        let get = unsafeBitCast(
            getLetters,
            to: (@convention(c) (OpaquePointer, Text, Int32, UnsafeMutablePointer<OpaquePointer?>) -> Int32)
                .self)
        let letters = UnsafeBufferPointer(start: patterns, count: patterns == nil ? 0 : count).compactMap {
            font in
            var letters: OpaquePointer?
            return get(font, "charset", 0, &letters) == 0 ? letters : nil
        }
        return FontLibrary(
            hasLetter: unsafeBitCast(hasLetter, to: (@convention(c) (OpaquePointer, UInt32) -> Int32).self),
            letters: letters)
    }()
}
