/// The page at `/`, and the description of the service at `/openapi.json`.
struct PageRoutes {
    var routes: [Route] {
        [
            page("/", PackageResources.index_html, "text/html; charset=utf-8"),
            page("/app.js", PackageResources.app_js, "text/javascript; charset=utf-8"),
            page("/app.css", PackageResources.app_css, "text/css; charset=utf-8"),
            page("/icon.svg", PackageResources.icon_svg, "image/svg+xml"),
            page("/openapi.json", PackageResources.openapi_json, "application/json"),
        ]
    }

    /// Nothing from elsewhere, nothing inline; clips may come from the object store's own server.
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob: https:; "
        + "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

    private func page(_ path: String, _ bytes: [UInt8], _ type: String) -> Route {
        StaticFile.route(path, bytes, type, policy: Self.policy)
    }
}
