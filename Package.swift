// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target of ours: Swift 6 mode, and a warning is an error.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]
/// The same for modules that have no business with unsafe pointers at all.
let strictAndSafe: [SwiftSetting] = strict + [.strictMemorySafety()]

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], safe: Bool = false,
    resources: [Resource]? = nil
) -> Target {
    .target(
        name: name, dependencies: dependencies, resources: resources,
        swiftSettings: safe ? strictAndSafe : strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncAlgorithms: Target.Dependency = .product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")

/// A library of others that only some traits need: without them nothing of it is compiled.
func optional(_ product: String, _ package: String, _ traits: String...) -> Target.Dependency {
    .product(name: product, package: package, condition: .when(traits: Set(traits)))
}

/// A module of ours that only some traits need.
func optional(_ module: String, for trait: String) -> Target.Dependency {
    .target(name: module, condition: .when(traits: [trait]))
}

let http = optional("AsyncHTTPClient", "async-http-client", "CloudVoices", "Service")
let log = optional("Logging", "swift-log", "Service")
let crypto = optional("Crypto", "swift-crypto", "Service")
let metrics = optional("Metrics", "swift-metrics", "Service")
let configuration = optional("Configuration", "swift-configuration", "Service")
let lifecycle = optional("ServiceLifecycle", "swift-service-lifecycle", "Service")
let hummingbird = optional("Hummingbird", "hummingbird", "Service")
let hummingbirdTesting = optional("HummingbirdTesting", "hummingbird", "Service")
let sqlite = optional("GRDB", "GRDB.swift", "Service")
let jwt = optional("JWTKit", "jwt-kit", "Service")
let webSocket = optional("NIOWebSocket", "swift-nio", "Service")

let package = Package(
    name: "avatarium",
    products: [
        .executable(name: "avatarium", targets: ["avatarium"]),
        .executable(name: "avatarium-bench", targets: ["avatarium-bench"]),
        // The side process in which espeak-ng runs: it stands beside the programs that speak.
        .executable(name: "avatarium-espeak", targets: ["avatarium-espeak"]),
        .library(name: "Avatarium", targets: ["Avatarium"]),
        .library(name: "AvatariumClient", targets: ["AvatariumClient"]),
        .library(name: "Jobs", targets: ["Jobs"]),
        .library(name: "GoldenImages", targets: ["GoldenImages"]),
        .library(name: "GoldenImagesTesting", targets: ["GoldenImagesTesting"]),
    ],
    // What a dependent may leave out, to build less (docs/INSTALL.md has what each costs):
    // `.package(url: ..., from: ..., traits: [])`, or `swift build --disable-default-traits --product avatarium`.
    traits: [
        .trait(name: "CloudVoices", description: "ElevenLabs' and Google Cloud's voices."),
        .trait(
            name: "Service", description: "`avatarium serve`: clips over HTTP.",
            // The service speaks with its customers' keys.
            enabledTraits: ["CloudVoices"]),
        .default(enabledTraits: ["CloudVoices", "Service"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        // C libraries: one system library each.
        .systemLibrary(name: "CGLES", path: "Sources/CGLES", pkgConfig: "egl"),
        .systemLibrary(name: "CAV", path: "Sources/CAV", pkgConfig: "libavformat"),
        .systemLibrary(name: "CPocketSphinx", path: "Sources/CPocketSphinx", pkgConfig: "pocketsphinx"),
        .systemLibrary(name: "CImageCodecs", path: "Sources/CImageCodecs", pkgConfig: "libpng"),
        .systemLibrary(name: "CXXHash", path: "Sources/CXXHash"),
        .systemLibrary(name: "CMeshopt", path: "Sources/CMeshopt"),
        .target(
            name: "CDraco", path: "Sources/CDraco",
            linkerSettings: [.linkedLibrary("draco")]),

        .executableTarget(
            name: "avatarium-espeak", path: "Sources/ESpeakHelper",
            linkerSettings: [.linkedLibrary("espeak-ng")]),
        .plugin(
            name: "BundleESpeakHelper", capability: .buildTool(), dependencies: ["avatarium-espeak"]),
        .target(
            name: "CFXAA", path: "Sources/CFXAA"),
        module("AvatariumCore", [system], safe: true),
        module("Basis", ["AvatariumCore", "CImageCodecs"]),
        module("Images", ["AvatariumCore", "Basis", "CImageCodecs"]),
        module("GLTF", ["AvatariumCore", "CMeshopt", "CDraco"]),
        module("VRM", ["AvatariumCore", "GLTF", "Geometry"], safe: true),
        .target(name: "CTriangles", path: "Sources/CTriangles"),
        module("Geometry", ["AvatariumCore", "GLTF", "CMeshopt", "CTriangles"]),
        module("ProviderHTTP", ["AvatariumCore", http]),
        module("Chat", ["AvatariumCore", "ProviderHTTP"], safe: true),
        module("AvatariumClient", ["AvatariumCore", "ProviderHTTP", http]),
        module("Phonetics", ["AvatariumCore"], safe: true),
        module("TimingFormats", ["AvatariumCore", "Phonetics"], safe: true),
        .target(
            name: "Speech",
            dependencies: [
                "AvatariumCore", "Phonetics", "TimingFormats", optional("ProviderHTTP", for: "CloudVoices"),
                "CPocketSphinx",
            ],
            swiftSettings: strict, plugins: ["BundleESpeakHelper"]),
        module("LipSync", ["AvatariumCore", "Phonetics"], safe: true),
        module("Rig", ["AvatariumCore", "GLTF", "VRM", "Geometry"]),
        module("GLES", ["AvatariumCore", "CGLES"]),
        .target(
            name: "Shaders", path: "Shaders", resources: [.embedInCode("glsl")], swiftSettings: strict),
        module(
            "Rendering", ["AvatariumCore", "Images", "GLTF", "VRM", "Geometry", "GLES", "Shaders", "CFXAA"]),
        .target(name: "CPixels", path: "Sources/CPixels"),
        module("Files", ["AvatariumCore"]),
        module("Media", ["AvatariumCore", "Files", "CAV", "CPixels"]),
        .target(
            name: "Models", path: "Models", exclude: ["maker"], resources: [.copy("avatars")],
            swiftSettings: strict),
        module("AvatarMaker", ["AvatariumCore"], safe: true),
        module(
            "Avatarium",
            [
                "AvatariumCore", "Files", "GLTF", "VRM", "Phonetics", "TimingFormats", "Speech", "LipSync",
                "Rig", "Rendering", "Media", "Images", "Models", "CXXHash", asyncAlgorithms,
            ]),
        module("Jobs", ["AvatariumCore", "Avatarium", "Media", "CXXHash"]),
        module("GoldenImages", ["AvatariumCore", "Images", "Avatarium"], safe: true),
        module("GoldenImagesTesting", ["Avatarium", "GoldenImages"], safe: true),
        .target(
            name: "CSandbox", path: "Sources/CSandbox", linkerSettings: [.linkedLibrary("seccomp")]),
        module("RenderChild", ["AvatariumCore", "Avatarium", "Images", "CSandbox"]),
        // The HTTP service, from the bottom up.
        .systemLibrary(name: "CPQ", path: "Sources/CPQ", pkgConfig: "libpq"),
        .systemLibrary(name: "CArgon2", path: "Sources/CArgon2", pkgConfig: "libargon2"),
        module("ServiceHTTP", ["AvatariumCore", crypto], safe: true),
        module("ObjectStorage", ["AvatariumCore", "ServiceHTTP", crypto, http]),
        module("SafeFetch", ["AvatariumCore", "ObjectStorage", "ServiceHTTP", http]),
        module("PrometheusMetrics", [metrics], safe: true),
        module("ServiceStore", ["AvatariumCore", "CPQ", "CArgon2", crypto, sqlite]),
        module(
            "AvatariumService",
            [
                "AvatarMaker", "AvatariumCore", "Avatarium", "Chat", "ObjectStorage",
                "PrometheusMetrics",
                "RenderChild",
                "SafeFetch",
                "ServiceHTTP", "ServiceStore", "VRM", configuration, crypto, http, hummingbird, jwt,
                lifecycle, log,
                metrics, system, webSocket,
            ], resources: [.embedInCode("PageFiles")]),
        .executableTarget(
            name: "avatarium",
            dependencies: [
                "AvatarMaker", "Avatarium", "AvatariumCore", optional("AvatariumService", for: "Service"),
                "GLTF",
                "GoldenImages", "Images", "Jobs", "Media", optional("RenderChild", for: "Service"), "Rig",
                "Speech",
                arguments,
            ],
            path: "Sources/CLI", swiftSettings: strict),
        .executableTarget(
            name: "avatarium-bench",
            dependencies: [
                "Avatarium", "AvatariumCore", "GLTF", "GoldenImages", "Images", "LipSync", "Media",
                "Phonetics", "Rendering", "Rig", "Speech", "TimingFormats", "VRM", arguments,
            ],
            path: "Benchmarks", swiftSettings: strict),

        .executableTarget(
            name: "Scaling",
            dependencies: [
                "AvatariumCore", "GLTF", "Jobs", "LipSync", "Phonetics", "Speech", "TimingFormats",
            ],
            path: "Tests/Scaling", swiftSettings: strict),
        .target(name: "LocalServer", path: "Tests/LocalServer", swiftSettings: strict),
        .target(name: "ProcessRunner", path: "Tests/ProcessRunner", swiftSettings: strict),
        tests("AvatariumCore", ["AvatariumCore"]),
        tests("Images", ["Images", "AvatariumCore"]),
        tests("GLTF", ["GLTF", "AvatariumCore", "CMeshopt"]),
        tests("VRM", ["VRM", "GLTF", "Geometry", "AvatariumCore"]),
        tests("Geometry", ["Geometry", "GLTF", "AvatariumCore"]),
        .target(
            name: "SpeechTestSupport",
            dependencies: ["AvatariumCore", "Phonetics", "TimingFormats", "Speech"],
            path: "Tests/SpeechTestSupport", swiftSettings: strict),
        tests("Phonetics", ["Phonetics", "AvatariumCore"]),
        tests(
            "TimingFormats",
            ["TimingFormats", "Phonetics", "LipSync", "Speech", "SpeechTestSupport", "AvatariumCore"]),
        tests("Chat", ["Chat", "ProviderHTTP", "AvatariumCore", "LocalServer"]),
        tests("ProviderHTTP", ["ProviderHTTP", "AvatariumCore", "LocalServer"]),
        tests(
            "Speech",
            [
                "Speech", "Phonetics", "TimingFormats", "ProviderHTTP", "SpeechTestSupport", "AvatariumCore",
                "LocalServer",
            ]),
        tests("LipSync", ["LipSync", "Phonetics", "AvatariumCore"]),
        tests("Rig", ["Rig", "LipSync", "VRM", "GLTF", "Geometry", "AvatariumCore"]),
        tests("Rendering", ["Rendering", "GLES", "VRM", "GLTF", "Images", "Rig", "AvatariumCore"]),
        tests("Media", ["Media", "CPixels", "AvatariumCore"]),
        tests(
            "GoldenImages",
            [
                "GoldenImages", "GoldenImagesTesting", "Images", "Avatarium", "AvatariumCore", "Rendering",
                "ProcessRunner",
            ]),
        tests(
            "Avatarium",
            ["Avatarium", "AvatariumCore", "GoldenImagesTesting", "Media", "LocalServer", "ProcessRunner"]),
        tests("Jobs", ["Jobs", "Avatarium", "AvatariumCore", "Media", "ProcessRunner"]),
        tests("RenderChild", ["RenderChild", "Avatarium", "AvatariumCore", "ProcessRunner"]),
        tests("ServiceHTTP", ["ServiceHTTP", "AvatariumCore"]),
        tests("ObjectStorage", ["ObjectStorage", "AvatariumCore", "LocalServer"]),
        tests("SafeFetch", ["SafeFetch", "ObjectStorage", "ServiceHTTP", "AvatariumCore", "LocalServer"]),
        tests("PrometheusMetrics", ["PrometheusMetrics", metrics]),
        tests("ServiceStore", ["ServiceStore", "AvatariumCore", crypto, sqlite]),
        tests(
            "AvatariumService",
            [
                "AvatariumService", "Avatarium", "AvatariumCore", "LocalServer", "RenderChild", "ServiceHTTP",
                "ServiceStore",
                hummingbirdTesting, jwt,
            ]),
        tests(
            "AvatariumClient",
            [
                "AvatariumClient", "AvatariumService", "Avatarium", "AvatariumCore", "LocalServer",
                hummingbirdTesting,
                log,
            ]),
        tests("Models", ["AvatarMaker", "GLTF", "VRM", "Geometry", "Images", "AvatariumCore"]),
    ]
)
