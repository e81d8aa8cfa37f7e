import ArgumentParser
import Avatarium
import Foundation
import Images

/// Our pictures against those of five other engines, by the measure of the data folder's README.
struct FidelityBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fidelity",
        abstract: "Root mean square difference to the nearest of five engines, scene by scene.",
        discussion: """
            EXAMPLES
              AVATARIUM_TEST_DATA=../shared/data avatarium-bench fidelity --html out/fidelity
            """)

    @Option(help: "Folder with models/goldens, models/khronos and models/hdr.")
    var data = ProcessInfo.processInfo.environment["AVATARIUM_TEST_DATA"] ?? "../shared/data"

    @Option(help: "Only scenes whose name contains this.")
    var only: String?

    @Option(help: "Folder for an HTML page with ours, theirs and the difference.")
    var html: String?

    mutating func run() async throws {
        let scenarios = try GoldenScenario.read(folder: data + "/models")
            .filter { only == nil || $0.name.contains(only ?? "") }
        let pipeline = try ClipPipeline()
        var page = FidelityPage(folder: html)
        var nearest: [Double] = []
        for scenario in scenarios {
            let ours = try await pipeline.still(scenario.request).pixels
            var scores: [(engine: String, rms: Double, image: PixelBuffer)] = []
            for (engine, path) in scenario.goldens {
                let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
                let golden = try ImageDecoder.decode(bytes, maximumPixels: 1 << 24)
                let small = ours.resized(width: golden.width, height: golden.height)
                scores.append((engine, small.rootMeanSquare(to: golden), golden))
            }
            scores.sort { $0.rms < $1.rms }
            guard let best = scores.first else { continue }
            nearest.append(best.rms)
            let others = scores.map { String(format: "%@ %.1f", $0.engine, $0.rms) }
            print(
                scenario.name.padding(toLength: 38, withPad: " ", startingAt: 0),
                String(format: "%6.2f ", best.rms), others.joined(separator: ", "))
            try page.add(scenario.name, ours, theirs: best.image, line: others.joined(separator: ", "))
        }
        report(nearest)
        try await compareGenerated(pipeline, &page)
        try page.finish()
    }

    /// Asset-Generator's pictures: of the pixels that we cover, since theirs stand before an unknown street.
    private func compareGenerated(_ pipeline: ClipPipeline, _ page: inout FidelityPage) async throws {
        let light = FileManager.default.temporaryDirectory.path + "/avatarium-white-\(getpid()).hdr"
        try Data(GeneratedAsset.whiteLight).write(to: URL(fileURLWithPath: light))
        defer { try? FileManager.default.removeItem(atPath: light) }
        var scores: [Double] = []
        for asset in try GeneratedAsset.read(folder: data + "/models/asset-generator", light: light)
        where only == nil || asset.name.contains(only ?? "") {
            let name = asset.name.padding(toLength: 38, withPad: " ", startingAt: 0)
            do {
                let ours = try await pipeline.still(asset.request).pixels
                let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: asset.picture)))
                let theirs = try ImageDecoder.decode(bytes, maximumPixels: 1 << 24)
                let rms = ours.rootMeanSquareWhereCovered(to: theirs)
                scores.append(rms)
                let line = String(format: "%6.2f  sample image", rms)
                print(name, line)
                try page.add(asset.name, ours, theirs: theirs, line: line)
            } catch let error as AvatariumError {
                print(name, "     -  \(error.code.code): \(error.message)")
            }
        }
        report(scores)
    }

    private func report(_ scores: [Double]) {
        guard !scores.isEmpty else { return }
        let sorted = scores.sorted()
        print(
            String(
                format: "median %.2f, %d of %d scenes at 15 or less", sorted[sorted.count / 2],
                sorted.filter { $0 <= 15 }.count, sorted.count))
    }
}

/// One scene of `goldens/scenarios.json`.
struct GoldenScenario {
    var name: String
    var request: StillRequest
    /// Engine and path of its picture.
    var goldens: [(String, String)]

    private struct File: Decodable {
        struct Scene: Decodable {
            struct Orbit: Decodable { var theta, phi, radius: Float }
            var model: String
            var lighting: String
            var dimensions: [Int]
            var target: [Float]
            var orbit: Orbit
            var verticalFoV: Float
            var renderSkybox: Bool
            var goldens: [String]
        }
        var scenarios: [String: Scene]
    }

    /// Those whose model and pictures are there.
    static func read(folder: String) throws -> [GoldenScenario] {
        let path = URL(fileURLWithPath: folder + "/goldens/scenarios.json")
        let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: path))
        return file.scenarios.sorted { $0.key < $1.key }.compactMap { name, scene in
            let model = "\(folder)/khronos/\(scene.model)"
            let goldens = scene.goldens.map { ($0, "\(folder)/goldens/\(name)/\($0).webp") }
                .filter { FileManager.default.fileExists(atPath: $0.1) }
            guard FileManager.default.fileExists(atPath: model), !goldens.isEmpty else { return nil }
            var request = StillRequest(avatar: model)
            request.size = ImageSize(width: scene.dimensions[0], height: scene.dimensions[1])
            request.orbit = CameraOrbit(
                theta: scene.orbit.theta, phi: scene.orbit.phi, radius: scene.orbit.radius)
            request.target = SIMD3(scene.target[0], scene.target[1], scene.target[2])
            request.fovDegrees = scene.verticalFoV
            request.environment = .hdr(path: "\(folder)/hdr/\(scene.lighting)")
            request.background = scene.renderSkybox ? .environment : .transparent
            request.keyLight = false
            request.faceMaterials = false
            request.idle = false
            return GoldenScenario(name: name, request: request, goldens: goldens)
        }
    }
}

extension PixelBuffer {
    /// Averaged over each new pixel's area, colours weighted by alpha.
    func resized(width: Int, height: Int) -> PixelBuffer {
        if width == self.width, height == self.height { return self }
        func spans(_ from: Int, _ to: Int) -> [[(Int, Float)]] {
            (0..<to).map { i in
                let low = Float(i) * Float(from) / Float(to)
                let high = Float(i + 1) * Float(from) / Float(to)
                return (Int(low)..<min(from, Int(high.rounded(.up)))).map { s in
                    (s, min(high, Float(s + 1)) - max(low, Float(s)))
                }
            }
        }
        let (columns, rows) = (spans(self.width, width), spans(self.height, height))
        var out = PixelBuffer(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                var sum = SIMD4<Float>.zero
                var area: Float = 0
                for (sy, wy) in rows[y] {
                    for (sx, wx) in columns[x] {
                        var c = SIMD4<Float>(self[sx, sy])
                        let a = c.w
                        c *= a
                        c.w = a
                        sum += c * (wx * wy)
                        area += wx * wy
                    }
                }
                let a = sum.w
                let c = a > 0 ? sum / a : .zero
                out[x, y] = SIMD4<UInt8>(SIMD4(c.x, c.y, c.z, a / area) + 0.5)
            }
        }
        return out
    }

    /// Red, green and blue over mid grey.
    func overGrey(_ i: Int) -> SIMD3<Float> {
        let a = Float(bytes[i * 4 + 3]) / 255
        let c = SIMD3(Float(bytes[i * 4]), Float(bytes[i * 4 + 1]), Float(bytes[i * 4 + 2]))
        return c * a + 128 * (1 - a)
    }

    /// Over the pixels that either picture covers, of 0...255 values laid over mid grey.
    func rootMeanSquare(to other: PixelBuffer) -> Double {
        var sum = 0.0
        var count = 0
        for i in 0..<width * height where bytes[i * 4 + 3] > 0 || other.bytes[i * 4 + 3] > 0 {
            let d = overGrey(i) - other.overGrey(i)
            sum += Double((d * d).sum())
            count += 3
        }
        return count > 0 ? (sum / Double(count)).squareRoot() : 0
    }
}

/// The page that shows each scene three times.
struct FidelityPage {
    let folder: String?
    private var rows: [String] = []

    init(folder: String?) { self.folder = folder }

    mutating func add(_ name: String, _ ours: PixelBuffer, theirs: PixelBuffer, line: String) throws {
        guard let folder else { return }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let small = ours.resized(width: theirs.width, height: theirs.height)
        var difference = PixelBuffer(width: theirs.width, height: theirs.height)
        for i in 0..<theirs.width * theirs.height {
            let d = small.overGrey(i) - theirs.overGrey(i)
            for c in 0..<3 { difference.bytes[i * 4 + c] = UInt8(max(0, min(255, 128 + d[c] * 2))) }
            difference.bytes[i * 4 + 3] = 255
        }
        for (suffix, image) in [("ours", small), ("theirs", theirs), ("difference", difference)] {
            try ResultFile.write(try PNGWriter.encode(image), to: "\(folder)/\(name)-\(suffix).png")
        }
        let images = ["ours", "theirs", "difference"].map { "<img src=\"\(name)-\($0).png\">" }
        rows.append("<h2>\(name)</h2><p>\(line)</p><p>\(images.joined(separator: " "))</p>")
    }

    func finish() throws {
        guard let folder else { return }
        let style = "body{background:#808080;font-family:sans-serif} img{width:32%}"
        let page = "<!doctype html><meta charset=utf-8><title>Fidelity</title><style>\(style)</style>"
        try Data((page + "<h1>Ours, nearest engine, difference x2</h1>" + rows.joined()).utf8)
            .write(to: URL(fileURLWithPath: folder + "/index.html"))
    }
}
