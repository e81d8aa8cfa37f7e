import AvatariumCore
import Glibc

/// Finds the side programs that come with this package.
enum HelperProgram {
    /// Returns the path of a side program: the one that a variable names; else the first that is found beside the
    /// running program, in the resources of this module beside it (where `BundleESpeakHelper` puts it in every build),
    /// or in `../libexec/avatarium` (where packages install it).
    /// - Throws: E084 with the places that were searched.
    static func path(of name: String, variable: String) throws -> String {
        if let given = getenv(variable).map({ String(cString: $0) }), !given.isEmpty {
            guard isProgram(given) else {
                throw AvatariumError(
                    .speechEngineMissing,
                    "\(variable) names '\(given.quotedForMessage())', which is not a program; correct it, or unset it",
                    context: ["provider": "espeak", "path": given])
            }
            return given
        }
        let places = folders.map { "\($0)/\(name)" }
        if let found = places.first(where: isProgram) { return found }
        throw AvatariumError(
            .speechEngineMissing,
            "the helper program \(name) was not found at \(places.joined(separator: " or ")); build it with "
                + "`swift "
                + "build --product \(name)` and put it beside this program, or set \(variable) to its path",
            context: ["provider": "espeak", "path": places.first ?? name])
    }

    private static var folders: [String] {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count)
        guard count > 0, count < path.count else { return [] }
        let program = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = program.utf8.lastIndex(of: UInt8(ascii: "/")) else { return [] }
        let folder = String(program[..<slash])
        return [folder, "\(folder)/avatarium_Speech.resources", "\(folder)/../libexec/avatarium"]
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
