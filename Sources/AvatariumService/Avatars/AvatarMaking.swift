import Avatarium
import AvatariumCore
import AvatarMaker
import NIOCore
import ObjectStorage

/// Avatars made out of the bundled family: `POST /v1/avatars` with `{"recipe": {"like": "ada", "skin": 4}}`.
extension Backend {
    /// Makes an avatar into a file. The same recipe gives the same bytes.
    /// - Parameter fields: The recipe, in the names of `avatarium avatar make --recipe` in snake_case.
    /// - Throws: INVALID_PARAMETER and MISSING_PARAMETER with the recipe's field.
    func makeAvatar(_ fields: RequestFields, into path: String) async throws -> LocalFile {
        var fields = fields
        let recipe = AvatarRecipe(
            like: try fields.required("like", limit: 100), skin: try fields.integer("skin", in: 1...10),
            hair: try fields.string("hair", limit: 100),
            hairColour: try fields.string("hair_colour", limit: 100),
            eyes: try fields.string("eyes", limit: 100), glasses: try fields.string("glasses", limit: 100),
            clothesColour: try fields.string("clothes_colour", limit: 100),
            name: try fields.name())
        try fields.finish()
        let bytes: [UInt8]
        do {
            bytes = try await BlockingIO.run { [catalog] in
                try AvatarMaker(try Family(avatars: catalog.avatars())).make(recipe)
            }
        } catch let error as AvatariumError where error.code == .invalidConfig {
            guard let field = error.context["field"] else { throw error }
            let name = String(field.drop { $0 == "/" })
            throw APIError.invalid(fields.pointer(WireName.both(name)[1]), error.message)
        }
        let writer = try LocalFileWriter(path: path)
        try await writer.write(ByteBuffer(bytes: bytes))
        return try await writer.finish()
    }
}
