import AvatariumCore
import CGLES
import Foundation

/// An initialised EGL display without windows: a GPU's device platform, else Mesa's surfaceless one, else the
/// default. EGL shares displays between all users of a process, so it is never terminated.
///
/// Which of them are tried, a `RenderDevice` says: of a GPU those of its driver alone, of the CPU Mesa's software renderer.
public struct Display {
    let handle: EGLDisplay
    public private(set) var report = GLReport()

    /// - Throws: E082 with every attempt in `context`.
    public init(_ device: RenderDevice = .auto) throws {
        var attempts: [String] = []
        // Mesa reads it when its display is opened.
        if device == .cpu { setenv("LIBGL_ALWAYS_SOFTWARE", "1", 1) }
        for candidate in Self.candidates(device, &attempts) {
            var (major, minor): (EGLint, EGLint) = (0, 0)
            guard let display = candidate.open(), display != avatarium_egl_no_display() else {
                attempts.append("\(candidate.name): no display: \(eglErrorName())")
                continue
            }
            guard eglInitialize(display, &major, &minor) == EGL_TRUE else {
                attempts.append(
                    "\(candidate.name): eglInitialize: \(eglErrorName())")
                continue
            }
            attempts.append("\(candidate.name): chosen")
            handle = display
            report.platform = candidate.name
            report.eglVersion = "\(major).\(minor)"
            report.vendor = eglQueryString(display, EGL_VENDOR).map { String(cString: $0) } ?? ""
            report.attempts = attempts
            return
        }
        throw AvatariumError(
            .glNotAvailable,
            device == .gpu
                ? "no GPU answered by EGL; \(Self.missing()), or draw on the CPU with --device cpu"
                : "no EGL display answered; install Mesa's EGL (libegl1, libgles2, libgl1-mesa-dri) or a GPU driver",
            context: [
                "call": "eglInitialize",
                "attempts": attempts.joined(separator: "; "),
            ])
    }

    /// What a host or a container with a GPU most probably lacks, in words.
    ///
    /// The NVIDIA driver's EGL is two files that containers often leave out: the library, which comes with the driver's
    /// capability `graphics`, and the description by which libglvnd finds it.
    public static func missing() -> String {
        let files = FileManager.default
        func has(_ paths: [String]) -> Bool { paths.contains { files.fileExists(atPath: $0) } }
        if has(["/dev/nvidia0", "/dev/nvidiactl"]) {
            let libraries = [
                "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64",
                "/usr/local/nvidia/lib64",
            ]
            if !has(libraries.map { $0 + "/libEGL_nvidia.so.0" }) {
                return
                    "an NVIDIA GPU is present, but libEGL_nvidia.so.0 is not: give the container the "
                    + "driver's graphics part (NVIDIA_DRIVER_CAPABILITIES=graphics,compute,video)"
            }
            let folders = ["/usr/share/glvnd", "/etc/glvnd", "/usr/local/nvidia/share/glvnd"]
            if !has(folders.map { $0 + "/egl_vendor.d/10_nvidia.json" }) {
                return "an NVIDIA GPU and its EGL are present, but 10_nvidia.json is not: put it into "
                    + "/usr/share/glvnd/egl_vendor.d"
            }
            return "an NVIDIA GPU is present: point __EGL_VENDOR_LIBRARY_FILENAMES at its 10_nvidia.json"
        }
        if has(["/dev/dri/renderD128"]) {
            return
                "a GPU is present: install libgl1-mesa-dri, and let this user open /dev/dri/renderD128 "
                + "(group render)"
        }
        return
            "there is neither /dev/nvidia0 nor /dev/dri/renderD128: give the container its GPU (--gpus all, "
            + "--device /dev/dri)"
    }

    private struct Candidate {
        var name: String
        var open: () -> EGLDisplay?
    }

    private static func candidates(_ device: RenderDevice, _ attempts: inout [String]) -> [Candidate] {
        let client =
            eglQueryString(avatarium_egl_no_display(), EGL_EXTENSIONS).map { String(cString: $0) } ?? ""
        let extensions = Set(client.split(separator: " ").map(String.init))
        var found: [Candidate] = []
        if device == .cpu {
            attempts.append("device: skipped: the CPU was requested")
        } else if extensions.contains("EGL_EXT_platform_device") || extensions.contains("EGL_EXT_device_base")
        {
            found += devices(&attempts)
        } else {
            attempts.append("device: not offered by this EGL")
        }
        guard device != .gpu else { return found }
        if extensions.contains("EGL_MESA_platform_surfaceless") {
            found.append(
                Candidate(name: "surfaceless") {
                    platformDisplay(EGLenum(EGL_PLATFORM_SURFACELESS_MESA), nil)
                })
        } else {
            attempts.append("surfaceless: not offered by this EGL")
        }
        found.append(Candidate(name: "default") { eglGetDisplay(avatarium_egl_default_display()) })
        return found
    }

    /// Real GPUs only: software devices are reached better through the surfaceless platform.
    private static func devices(_ attempts: inout [String]) -> [Candidate] {
        typealias QueryDevices =
            @convention(c) (
                EGLint, UnsafeMutablePointer<EGLDeviceEXT?>?, UnsafeMutablePointer<EGLint>?
            ) -> EGLBoolean
        typealias QueryString = @convention(c) (EGLDeviceEXT?, EGLint) -> UnsafePointer<CChar>?
        guard let queryDevices = eglGetProcAddress("eglQueryDevicesEXT"),
            let queryString = eglGetProcAddress("eglQueryDeviceStringEXT")
        else { return [] }
        let query = unsafeBitCast(queryDevices, to: QueryDevices.self)
        let string = unsafeBitCast(queryString, to: QueryString.self)
        var handles = [EGLDeviceEXT?](repeating: nil, count: 16)
        var count: EGLint = 0
        guard query(EGLint(handles.count), &handles, &count) == EGL_TRUE, count > 0 else {
            attempts.append("device: no devices")
            return []
        }
        var found: [Candidate] = []
        for i in 0..<min(Int(count), handles.count) {
            let name = "device[\(i)]"
            let extensions = string(handles[i], EGL_EXTENSIONS).map { String(cString: $0) } ?? ""
            guard !extensions.contains("EGL_MESA_device_software") else {
                attempts.append("\(name): skipped: a software device")
                continue
            }
            let device = handles[i]
            found.append(
                Candidate(name: name) { platformDisplay(EGLenum(EGL_PLATFORM_DEVICE_EXT), device) })
        }
        return found
    }

    private static func platformDisplay(
        _ platform: EGLenum, _ native: UnsafeMutableRawPointer?
    ) -> EGLDisplay? {
        typealias GetPlatformDisplay =
            @convention(c) (
                EGLenum, UnsafeMutableRawPointer?, UnsafePointer<EGLint>?
            ) -> EGLDisplay?
        guard let address = eglGetProcAddress("eglGetPlatformDisplayEXT") else { return nil }
        return unsafeBitCast(address, to: GetPlatformDisplay.self)(platform, native, nil)
    }
}

func eglErrorName() -> String {
    let code = eglGetError()
    let names: [EGLint: String] = [
        0x3000: "EGL_SUCCESS", 0x3001: "EGL_NOT_INITIALIZED", 0x3002: "EGL_BAD_ACCESS",
        0x3003: "EGL_BAD_ALLOC", 0x3004: "EGL_BAD_ATTRIBUTE", 0x3005: "EGL_BAD_CONFIG",
        0x3006: "EGL_BAD_CONTEXT", 0x3008: "EGL_BAD_DISPLAY", 0x3009: "EGL_BAD_MATCH",
        0x300C: "EGL_BAD_PARAMETER", 0x300E: "EGL_CONTEXT_LOST",
    ]
    return names[code] ?? "EGL error \(code)"
}
