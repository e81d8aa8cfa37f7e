import AvatariumCore
import VRM
public struct RenderSettings: Sendable {
    public var width: Int
    public var height: Int
    public var samples = 4
    public var background = Background.transparent
    public var environment = EnvironmentSource.studio
    public var exposure: Float = 1
    public var toneMap = ToneMap.aces
    public var keyLight = true
    public var quality = RenderQuality.standard
    public init(width: Int, height: Int) { self.width = width; self.height = height }
}
public enum ToneMap: String, Sendable, Codable { case aces, neutral, none }
public enum Background: Sendable { case color(SIMD4<Float>), image(PixelBuffer), transparent, environment }
public enum EnvironmentSource: Sendable, Hashable { case studio, hdr(path: String), none }
public struct GLReport: Sendable, Codable { public var platform, vendor, renderer, version: String; public var attempts: [String]; public var maximumSamples, maximumTextureSize: Int }
public struct SceneHandle: Sendable {}
public actor Renderer {
    public init() throws {}
    public static func probe() throws -> GLReport { throw AvatariumError(.webGLNotSupported, "stub") }
    public var report: GLReport { GLReport(platform: "", vendor: "", renderer: "", version: "", attempts: [], maximumSamples: 0, maximumTextureSize: 0) }
    public func load(_ model: AvatarModel, settings: RenderSettings) throws -> SceneHandle { SceneHandle() }
    public func render(_ scene: SceneHandle, pose: FramePose, camera: ViewCamera, reusing: consuming PixelBuffer?) throws -> PixelBuffer { PixelBuffer(width: 4, height: 4) }
    public func unload(_ scene: SceneHandle) {}
}
public enum RenderQuality: String, Sendable, Codable, CaseIterable { case draft, standard, high }
