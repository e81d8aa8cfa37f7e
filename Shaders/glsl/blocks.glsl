// The same for all draws of a frame.
layout(std140) uniform Frame {
  vec4 uEye;
  mat4 uViewProjection;
  // From 0...1 over the whole picture to 0...1 over the part that is drawn: scale and offset.
  vec4 uWindow;
#ifdef PUNCTUAL_LIGHTS
  // Direction to the light, or its position (w = 1); colour, and inverse squared range.
  vec4 LIGHT_POSITION[64];
  vec4 LIGHT_COLOR[64];
  // Where a spot points; scale and offset of the cone's cosine.
  vec4 uLightSpot[64];
  vec4 uLightCone[64];
#endif
};

// One surface of one node.
layout(std140) uniform Item {
  mat4 uModelViewProjection;
  mat4 uModel;
  mat4 uNormalMatrix;
  vec4 uBaseColor;
  // Metallic, roughness, normal scale, occlusion strength.
  vec4 uSurface;
  // Emissive colour; alpha cutoff.
  vec4 uEmissive;
  // Dielectric reflectance at normal incidence (rgb), and at grazing angles.
  vec4 uReflectance;
  // Clearcoat: factor, roughness, normal scale; index of refraction. Sheen: colour, roughness. Transmission: what the
  // volume leaves of light, factor. Volume: thickness in mesh units; dispersion. Film: factor, index of refraction, least
  // and greatest thickness [nm].
  vec4 uCoat;
  vec4 uSheen;
  vec4 uTransmission;
  vec4 uVolume;
  vec4 uFilm;
  // Outline's width in mesh units, or as a share of the picture's height when y is 1; z: height over width.
  vec4 uOutline;
  // Shade colour, shading shift; toony, equalisation, rim's power, rim's lift; rim colour, its lighting mix;
  // matcap colour, shift texture's scale; outline colour, its lighting mix.
  // UV animation: scroll [UV], rotation [radians].
  vec4 uToon[6];
  // How far the mouth is open, 0...1.
  vec4 uFace;
  // For each of two eyes: centre in the world and radius; direction to the iris' middle and its cosine (2: no iris); up, and
  // whether it has lids; the edge of the upper lid as a parabola over the sine to the side, and that of the lower.
  vec4 uEyeball[10];
  // Three colours of the base texture from dark to bright, encoded in sRGB, and the same in linear light (TexelRange).
  vec4 uTexel[6];
  // For each set: row of u (x, y, offset), row of v; w of the first row chooses TEXCOORD_0 or _1.
  vec4 uUV[44];
};

