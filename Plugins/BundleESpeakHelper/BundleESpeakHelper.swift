import Foundation
import PackagePlugin

/// Puts the side program `avatarium-espeak` into the resources of the module Speech, so that every program that
/// imports Avatarium is built with it and finds it, whatever package it is of.
@main struct BundleESpeakHelper: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
        let helper = try context.tool(named: "avatarium-espeak").url
        let copy = context.pluginWorkDirectoryURL.appending(path: "avatarium-espeak")
        return [
            .buildCommand(
                displayName: "Bundling avatarium-espeak", executable: URL(filePath: "/bin/cp"),
                arguments: [helper.path(), copy.path()], inputFiles: [helper], outputFiles: [copy])
        ]
    }
}
