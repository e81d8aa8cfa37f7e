// `import Avatarium` is all that a user needs: the values in its signatures come along.
@_exported import AvatariumCore
@_exported import LipSync
@_exported import Media
@_exported import Phonetics
@_exported import Rendering
@_exported import Rig
@_exported import Speech
@_exported import TimingFormats
