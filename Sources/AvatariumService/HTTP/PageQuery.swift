import Avatarium
import AvatariumCore
import Hummingbird
import ServiceHTTP
import ServiceStore

/// The page of a list that a query asks for: `?limit=20&cursor=...`.
struct PageQuery {
    let limit: Int
    /// Where the page before ended; nil for the first one.
    let position: PagePosition?
    private let scope: String
    private let backend: Backend

    static let names = ["limit", "cursor"]

    /// - Parameters:
    ///   - list: What is listed; a cursor of another list, or of another account, is refused.
    ///   - names: The query of the request.
    /// - Throws: INVALID_PARAMETER.
    init(_ request: Request, of list: String, _ account: AccountID, _ backend: Backend) throws {
        let query = try QueryFields(request)
        limit = try query.integer("limit", in: 1...100) ?? 20
        scope = "\(list) \(account)"
        self.backend = backend
        position = try backend.position(query.string("cursor"), scope: scope)
    }

    /// Answers with a page.
    /// - Parameter first: What stands before the items, on the first page.
    func answer<Item: Sendable>(
        _ page: Page<Item>, _ context: ServiceContext, first: [JSON] = [], _ view: (Item) -> JSON
    ) -> Response {
        context.answer(
            .array((position == nil ? first : []) + page.items.map(view)),
            nextCursor: .some(backend.cursor(page.next, scope: scope)))
    }
}
