import ArgumentParser
import Avatarium

/// Options of where the camera stands, and where the avatar stands in the frame.
struct ViewOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Camera orbit around the target: degrees around +Y, degrees from +Y, metres; auto keeps the value of --camera.",
            valueName: "theta,phi,radius"))
    var cameraOrbit: CameraOrbit?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The point that the camera looks at, in metres (default: that of --camera).", valueName: "x,y,z"))
    var cameraTarget: PointArgument?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Vertical field of view, 1 to 170 (default: 24).", valueName: "degrees"))
    var fov: Float?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Moves the avatar in the frame, right and up, in fractions of its width and height, -2 to 2.",
            valueName: "x,y"))
    var place: SharesArgument?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Size of the avatar in the frame, 0.05 to 20 (default: 1).", valueName: "factor"))
    var scale: Float?

    var values: CameraView {
        var view = CameraView()
        view.orbit = cameraOrbit
        view.target = cameraTarget?.value
        view.fovDegrees = fov
        view.place = place?.value
        view.scale = scale
        return view
    }
}
