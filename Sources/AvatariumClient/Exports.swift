// The names that come with `import AvatariumClient`.

@_exported import struct AvatariumCore.AvatarRecipe
@_exported import struct AvatariumCore.AvatariumError
@_exported import struct AvatariumCore.ErrorCode
