// Metallic-roughness surface, specialised by defines to what the material really uses.
// Colour textures are decoded to linear values before they are filtered.
out vec4 fragment;

// Of the item; llvmpipe reads a block's member once for each pixel of a vector, a flat input once for all.
#ifdef BASE_FACTOR
flat in vec4 vBaseColor;
#endif
#if defined(EMISSIVE) || defined(ALPHA_MASK)
// Alpha cutoff in w.
flat in vec4 vEmissive;
#endif
#if defined(LIT) && !defined(VERTEX_LIT)
// Metallic, roughness, normal scale, occlusion strength.
flat in vec4 vSurface;
flat in vec4 vReflectance;
#endif
#if UV_COUNT > 0
in vec2 vUV[UV_COUNT];
#endif
#ifdef VERTEX_TONE_MAPPED
#ifdef BASE_UV
in vec3 vDisplayed[3];
#else
in vec3 vDisplayed[1];
#endif
#elif defined(VERTEX_LIT)
in vec3 vDiffuse;
in vec3 vSpecular;
#elif defined(LIT)
in vec3 vNormal;
in vec3 vView;
#endif
#if defined(FACE) && !defined(VERTEX_LIT)
in vec3 vFace;
#endif
#if defined(EYE) && !defined(VERTEX_LIT)
flat in vec4 vEye[5];
#endif
#ifdef TANGENTS
in vec4 vTangent;
#endif
#ifdef VERTEX_AMBIENT
in vec3 vAmbient;
#endif
#ifdef VERTEX_COLORS
in vec4 vColor;
#endif
#ifdef BASE_UV
uniform sampler2D uBaseTexture;
#endif
#ifdef SURFACE_UV
uniform sampler2D uSurfaceTexture;
#endif
#ifdef NORMAL_UV
uniform sampler2D uNormalTexture;
#endif
#ifdef OCCLUSION_UV
uniform sampler2D uOcclusionTexture;
#endif
#ifdef EMISSIVE_UV
uniform sampler2D uEmissiveTexture;
#endif
#ifdef COAT_UV
uniform sampler2D uCoatTexture;
#endif
#ifdef COATROUGHNESS_UV
uniform sampler2D uCoatRoughnessTexture;
#endif
#ifdef SHEEN_UV
uniform sampler2D uSheenTexture;
#endif
#ifdef COATNORMAL_UV
uniform sampler2D uCoatNormalTexture;
#endif
#ifdef SHEENROUGHNESS_UV
uniform sampler2D uSheenRoughnessTexture;
#endif
#ifdef SPECULAR_UV
uniform sampler2D uSpecularTexture;
#endif
#ifdef SPECULARCOLOR_UV
uniform sampler2D uSpecularColorTexture;
#endif
#ifdef TRANSMISSION_UV
uniform sampler2D uTransmissionTexture;
#endif
#ifdef THICKNESS_UV
uniform sampler2D uThicknessTexture;
#endif
#ifdef GLOSS_UV
uniform sampler2D uGlossTexture;
#endif
#ifdef FILM_UV
uniform sampler2D uFilmTexture;
#endif
#ifdef FILMTHICKNESS_UV
uniform sampler2D uFilmThicknessTexture;
#endif

#if defined(NORMAL_UV) || defined(COATNORMAL_UV)
// The normal that a texel of a normal map stands for.
vec3 bumped(vec3 n, vec3 texel, float scale) {
  vec3 bump = texel * 2.0 - 1.0;
  bump.xy *= scale;
  vec3 t = vTangent.xyz;
#ifdef DOUBLE_SIDED
  t = gl_FrontFacing ? t : -t;
#endif
  vec3 b = cross(n, t) * vTangent.w;
  return normalize(t * bump.x + b * bump.y + n * bump.z);
}
#endif

#ifdef TRANSMISSION
// What was drawn before, premultiplied, with its mipmaps.
uniform sampler2D uBehindTexture;

// What is seen through the surface: straight behind a thin wall, where the refracted ray leaves a volume; blurred by
// roughness. As in three.js and glTF Sample Viewer, it is looked for in the picture.
vec4 behind(vec3 n, float roughness, float thickness, float ior) {
  vec2 size = vec2(textureSize(uBehindTexture, 0));
  vec2 at = gl_FragCoord.xy / size;
  if (thickness > 0.0) {
    vec3 ray = refract(-normalize(vView), n, 1.0 / ior) * thickness;
    vec4 leaves = uViewProjection * vec4(uEye.xyz - vView + ray, 1.0);
    at = (leaves.xy / leaves.w * 0.5 + 0.5) * uWindow.xy + uWindow.zw;
  }
  float spread = roughness * clamp(ior * 2.0 - 2.0, 0.0, 1.0);
  return textureLod(uBehindTexture, at, log2(size.x * uWindow.x) * spread);
}
#endif

#ifdef IRIDESCENCE
// Reflectance at normal incidence of a surface under a thin film (Belcour and Barla, "A Practical Extension to Microfacet
// Theory for the Modeling of Varying Iridescence", 2017, with the approximations of KHR_materials_iridescence).
float squared(float x) { return x * x; }

// What the eye makes of a wave that is `shift` longer than another by `path` [m]: XYZ sensitivities as Gaussians.
vec3 sensitivity(float path, vec3 shift) {
  float phase = 2.0 * PI * path;
  const vec3 PEAK = vec3(5.4856e-13, 4.4201e-13, 5.2481e-13);
  const vec3 POSITION = vec3(1.6810e+06, 1.7953e+06, 2.2084e+06);
  const vec3 VARIANCE = vec3(4.3278e+09, 9.3046e+09, 6.6121e+09);
  vec3 xyz = PEAK * sqrt(2.0 * PI * VARIANCE) * cos(POSITION * phase + shift) * exp(-phase * phase * VARIANCE);
  xyz.x += 9.7470e-14 * sqrt(2.0 * PI * 4.5282e+09) * cos(2.2399e+06 * phase + shift.x)
    * exp(-4.5282e+09 * phase * phase);
  return mat3(3.2404542, -0.9692660, 0.0556434, -1.5371385, 1.8760108, -0.2040259, -0.4985314, 0.0415560, 1.0572252)
    * (xyz / 1.0685e-7);
}

vec3 filmReflectance(float cosine, float filmIOR, float thickness, vec3 f0) {
  float ior = mix(1.0, filmIOR, smoothstep(0.0, 0.03, thickness));
  float inside2 = 1.0 - (1.0 - cosine * cosine) / (ior * ior);
  if (inside2 < 0.0) return vec3(1.0);
  float inside = sqrt(inside2);
  // From air to the film, and from the film to the base.
  float r0 = squared((ior - 1.0) / (ior + 1.0));
  float r12 = r0 + (1.0 - r0) * fresnelWeight(cosine);
  float t121 = 1.0 - r12;
  float phi12 = ior < 1.0 ? PI : 0.0;
  vec3 root = sqrt(clamp(f0, 0.0, 0.9999));
  vec3 baseIOR = (1.0 + root) / (1.0 - root);
  vec3 r1 = (baseIOR - ior) / (baseIOR + ior);
  r1 *= r1;
  vec3 r23 = r1 + (1.0 - r1) * fresnelWeight(inside);
  vec3 phi = vec3(PI - phi12) + vec3(lessThan(baseIOR, vec3(ior))) * PI;
  // First and further bounces inside of the film.
  float path = 2.0 * ior * thickness * 1.0e-9 * inside;
  vec3 r123 = clamp(r12 * r23, 1e-5, 0.9999);
  vec3 bounce = sqrt(r123);
  vec3 rs = t121 * t121 * r23 / (1.0 - r123);
  vec3 result = r12 + rs;
  vec3 c = rs - t121;
  for (int m = 1; m <= 2; ++m) {
    c *= bounce;
    result += c * 2.0 * sensitivity(float(m) * path, float(m) * phi);
  }
  // Schlick's form solved for its F0, so that it can be used as one.
  float w = fresnelWeight(cosine);
  return clamp((max(result, vec3(0.0)) - w) / max(1.0 - w, 1e-3), 0.0, 1.0);
}
#endif

#ifdef SHEEN
// How much of white light a white sheen returns (Estevez and Kulla 2017, with Neubelt and Pettineo's visibility):
// our fit to the integral, within 0.04 from roughness 0.3 up.
float sheenAlbedo(float roughness, float nv) {
  float r = clamp(roughness, 0.3, 1.0);
  vec3 powers = vec3(1.0, r, r * r);
  float m = 1.0 - nv;
  float m2 = m * m;
  return clamp(dot(powers, vec3(-0.0506, 0.1460, 0.0512)) + dot(powers, vec3(-0.6574, 2.6159, -1.7376)) * m
    + dot(powers, vec3(1.3617, -2.9680, 1.6897)) * m2
    + dot(powers, vec3(1.1356, -2.2346, 1.2677)) * (m2 * m2 * m2), 0.0, 1.0);
}
#endif

#if defined(EYE) && !defined(VERTEX_LIT)
// An eye at a pixel.
struct Eyeball {
  // From its centre outwards, of unit length; its part across the iris' axis; the sines to the side and upwards.
  vec3 outwards;
  vec3 across;
  float side;
  float height;
  // 0 in the middle of the iris, 1 at its edge, more outside.
  float iris;
  // How far below the edge of the upper lid, and above that of the lower one, as sines.
  float below;
  float above;
};

Eyeball eyeball() {
  Eyeball e;
  e.outwards = normalize(vEye[0].xyz - vView);
  vec3 axis = vEye[1].xyz;
  float c = dot(e.outwards, axis);
  e.across = e.outwards - axis * c;
  e.height = dot(e.outwards, vEye[2].xyz);
  e.side = dot(e.outwards, cross(vEye[2].xyz, axis));
  float edge = vEye[1].w;
  e.iris = edge > 1.0 || c < 0.0 ? 9.0 : sqrt(max(1.0 - c * c, 0.0) / (1.0 - edge * edge));
  vec3 powers = vec3(1.0, e.side, e.side * e.side);
  e.below = dot(vEye[3].xyz, powers) - e.height;
  e.above = e.height - dot(vEye[4].xyz, powers);
  return e;
}

// Where the ray through the cornea meets the flat iris behind it, in coordinates of a texture: refracted as at a flat window
// before the iris, whose edge stays where it is painted.
vec2 irisUV(Eyeball e, vec2 uv) {
  vec3 axis = vEye[1].xyz;
  vec3 ray = refract(-normalize(vView), axis, 1.0 / 1.376);
  float depth = max(dot(e.outwards, axis) - vEye[1].w, 0.0) * vEye[0].w * 1.3;
  vec3 shift = ray * (depth / max(-dot(ray, axis), 0.35));
  shift -= e.outwards * dot(shift, e.outwards);
  // Pixels that make the same way on the surface.
  vec3 px = -dFdx(vView);
  vec3 py = -dFdy(vView);
  vec3 n = cross(px, py);
  float k = 1.0 / max(dot(n, n), 1e-24);
  vec2 pixels = vec2(dot(cross(shift, py), n), dot(cross(px, shift), n)) * k;
  vec2 moved = uv + dFdx(uv) * pixels.x + dFdy(uv) * pixels.y;
  return e.iris < 1.0 ? moved : uv;
}
#endif

void main() {
#if defined(EYE) && !defined(VERTEX_LIT)
  Eyeball ball = eyeball();
#endif
#ifdef BASE_FACTOR
  vec4 base = vBaseColor;
#else
  vec4 base = vec4(1.0);
#endif
#ifdef BASE_UV
#if defined(EYE) && !defined(VERTEX_LIT)
  base *= texture(uBaseTexture, irisUV(ball, vUV[BASE_UV]));
#else
  vec4 texel = texture(uBaseTexture, vUV[BASE_UV]);
  base *= texel;
#endif
#endif
#ifdef VERTEX_COLORS
  base *= vColor;
#endif
#ifdef ALPHA_MASK
#ifdef ALPHA_TO_COVERAGE
  base.a = clamp((base.a - vEmissive.a) / max(fwidth(base.a), 1e-4) + 0.5, 0.0, 1.0);
  if (base.a == 0.0) discard;
#else
  if (base.a < vEmissive.a) discard;
  base.a = 1.0;
#endif
#endif
#ifdef ALPHA_OPAQUE
  base.a = 1.0;
#endif
  vec3 emitted = vec3(0.0);
#ifdef EMISSIVE
  emitted = vEmissive.rgb;
#endif
#ifdef EMISSIVE_UV
  emitted *= texture(uEmissiveTexture, vUV[EMISSIVE_UV]).rgb;
#endif

#if defined(VERTEX_TONE_MAPPED) && defined(BASE_UV)
  // The texel is encoded.
  vec3 shown = vDisplayed[0] + texel.rgb * (vDisplayed[1] + texel.rgb * vDisplayed[2]);
#elif defined(VERTEX_TONE_MAPPED)
  vec3 shown = vDisplayed[0];
#elif defined(VERTEX_LIT)
  vec3 color = base.rgb * vDiffuse + vSpecular + emitted;
#elif defined(LIT)
  vec3 n = normalize(vNormal);
#ifdef DOUBLE_SIDED
  n = gl_FrontFacing ? n : -n;
#endif
#ifdef NORMAL_UV
  n = bumped(n, texture(uNormalTexture, vUV[NORMAL_UV]).xyz, vSurface.z);
#endif
  float roughness = vSurface.y;
  float metallic = vSurface.x;
  float occlusion = 1.0;
#ifdef SURFACE_UV
  vec4 orm = texture(uSurfaceTexture, vUV[SURFACE_UV]);
  roughness *= orm.g;
  metallic *= orm.b;
#ifdef OCCLUSION_SHARED
  occlusion += vSurface.w * (orm.r - 1.0);
#endif
#endif
#ifdef OCCLUSION_UV
  occlusion += vSurface.w * (texture(uOcclusionTexture, vUV[OCCLUSION_UV]).r - 1.0);
#endif
#ifdef GLOSS_UV
  roughness = 1.0 - (1.0 - roughness) * texture(uGlossTexture, vUV[GLOSS_UV]).a;
#endif
  roughness = clamp(roughness, 0.045, 1.0);
  vec4 reflectance = vReflectance;
#ifdef SPECULARCOLOR_UV
  reflectance.rgb *= texture(uSpecularColorTexture, vUV[SPECULARCOLOR_UV]).rgb;
#endif
#ifdef SPECULAR_UV
  reflectance *= texture(uSpecularTexture, vUV[SPECULAR_UV]).a;
#endif
#ifdef DIELECTRIC
  vec3 diffuse = base.rgb;
  vec3 f0 = reflectance.rgb;
  float f90 = reflectance.a;
#else
  vec3 diffuse = base.rgb * (1.0 - metallic);
  vec3 f0 = mix(reflectance.rgb, base.rgb, metallic);
  float f90 = mix(reflectance.a, 1.0, metallic);
#endif
#ifdef IRIDESCENCE
  float film = uFilm.x;
#ifdef FILM_UV
  film *= texture(uFilmTexture, vUV[FILM_UV]).r;
#endif
  float filmThickness = uFilm.w;
#ifdef FILMTHICKNESS_UV
  filmThickness = mix(uFilm.z, uFilm.w, texture(uFilmThicknessTexture, vUV[FILMTHICKNESS_UV]).g);
#endif
  if (filmThickness <= 0.0) film = 0.0;
  f0 = mix(f0, filmReflectance(clamp(dot(n, normalize(vView)), 0.0, 1.0), uFilm.y, filmThickness, f0), film);
#endif
#ifdef VERTEX_AMBIENT
  vec3 ambient = vAmbient;
#elif defined(ENVIRONMENT)
  vec3 ambient = irradiance(n);
#else
  vec3 ambient = vec3(0.0);
#endif
#ifdef EYE
  vec3 axis = vEye[1].xyz;
  vec3 up = vEye[2].xyz;
  // The lid shades what is near its edge, and the less gets in the narrower the eye is.
  float open = clamp((ball.below + ball.above) * 1.6, 0.0, 1.0);
  occlusion *= mix(0.4, 1.0, smoothstep(-0.05, 0.3, ball.below)) * mix(0.8, 1.0, smoothstep(-0.02, 0.1, ball.above))
    * mix(0.5, 1.0, open);
  // The limbal ring, and a white that is less white in the corners.
  diffuse *= 1.0 - 0.4 * smoothstep(0.7, 1.0, ball.iris) * (1.0 - smoothstep(1.0, 1.22, ball.iris));
  diffuse *= mix(vec3(1.0), vec3(0.93, 0.84, 0.82), smoothstep(0.45, 0.95, abs(ball.side)) * step(1.0, ball.iris));
  // The iris is a bowl: it is brighter on the side away from the light, which the cornea gathers there.
  float inside = 1.0 - smoothstep(0.92, 1.05, ball.iris);
  vec3 matt = normalize(mix(n, axis - ball.across * 0.8, inside));
  Light light = lit(Surface(matt, 0.6, occlusion, f0, f90), vView, ambient);
  light.diffuse *= mix(1.0, occlusion, 0.4);
  // The cornea stands out; tears rise along the lower lid.
  float bulge = mix(1.4, 1.0, smoothstep(0.9, 1.15, ball.iris));
  float brim = (1.0 - smoothstep(0.008, 0.035, abs(ball.above - 0.025))) * vEye[2].w * smoothstep(0.05, 0.2, ball.below);
  vec3 wet = axis * dot(ball.outwards, axis) + ball.across * bulge;
#if LIGHT_COUNT > 0
  // Where the first light is mirrored. A lid that comes over it pushes it down: a strip of light remains along the edge.
  vec3 toLight;
  arrivingLight(0, vView, toLight);
  vec3 mirror = normalize(toLight + normalize(vView));
  float place = dot(mirror, up) / bulge;
  float lowest = dot(vEye[4].xyz, vec3(1.0, ball.side, ball.side * ball.side)) + 0.1;
  float highest = dot(vEye[3].xyz, vec3(1.0, ball.side, ball.side * ball.side)) - 0.12;
  wet += up * ((place - clamp(place, min(lowest, highest), highest)) * bulge);
#endif
  wet = normalize(mix(wet, up + normalize(vView), brim * 0.3));
  light.specular = lit(Surface(wet, roughness, mix(occlusion, 1.0, 0.5), f0 * (1.0 + brim), f90), vView, vec3(0.0)).specular;
#elif defined(FACE)
  Light light = lit(Surface(n, roughness, min(occlusion, vFace.x), f0, f90, vFace.yz), vView, ambient);
#else
  Light light = lit(Surface(n, roughness, occlusion, f0, f90), vView, ambient);
#endif
#ifdef TRANSMISSION
  float through = uTransmission.w * (1.0 - metallic);
#ifdef TRANSMISSION_UV
  through *= texture(uTransmissionTexture, vUV[TRANSMISSION_UV]).r;
#endif
  diffuse *= 1.0 - through;
#ifdef WORLD_SPACE
  float thickness = 1.0;
#else
  float thickness = length(uModel[0].xyz);
#endif
#ifdef THICKNESS_UV
  thickness *= texture(uThicknessTexture, vUV[THICKNESS_UV]).g;
#endif
  vec3 passing = through * base.rgb * pow(uTransmission.rgb, vec3(thickness));
  thickness *= uVolume.x;
#endif
  vec3 color = diffuse * light.diffuse + light.specular;
#ifdef TRANSMISSION
  // The part of `color` that lies over what shows through.
  vec3 mirrored = light.specular;
#endif
#if defined(CLEARCOAT) || defined(SHEEN) || defined(TRANSMISSION)
  float nv = clamp(dot(n, normalize(vView)), 0.0, 1.0);
#endif
#ifdef SHEEN
  vec3 sheen = uSheen.rgb;
#ifdef SHEEN_UV
  sheen *= texture(uSheenTexture, vUV[SHEEN_UV]).rgb;
#endif
  float sheenRoughness = uSheen.w;
#ifdef SHEENROUGHNESS_UV
  sheenRoughness *= texture(uSheenRoughnessTexture, vUV[SHEENROUGHNESS_UV]).a;
#endif
  float returned = sheenAlbedo(sheenRoughness, nv);
  color *= 1.0 - max(sheen.r, max(sheen.g, sheen.b)) * returned;
  color += sheen * returned * light.diffuse;
#endif
#ifdef TRANSMISSION
  passing *= 1.0 - (f0 + (f90 - f0) * fresnelWeight(nv));
#endif
  color += emitted;
#ifdef CLEARCOAT
  float coat = uCoat.x;
  float coatRoughness = uCoat.y;
#ifdef COAT_UV
  coat *= texture(uCoatTexture, vUV[COAT_UV]).r;
#endif
#ifdef COATROUGHNESS_UV
  coatRoughness *= texture(uCoatRoughnessTexture, vUV[COATROUGHNESS_UV]).g;
#endif
  // Over the bumps of the base, with its own; its index of refraction is 1.5.
  vec3 smoothNormal = normalize(vNormal);
#ifdef DOUBLE_SIDED
  smoothNormal = gl_FrontFacing ? smoothNormal : -smoothNormal;
#endif
#ifdef COATNORMAL_UV
  smoothNormal = bumped(smoothNormal, texture(uCoatNormalTexture, vUV[COATNORMAL_UV]).xyz, uCoat.z);
#endif
#ifdef FACE
  Light gloss = lit(
    Surface(smoothNormal, clamp(coatRoughness, 0.045, 1.0), occlusion, vec3(0.04), 1.0, vFace.yz), vView, vec3(0.0));
#else
  Light gloss = lit(
    Surface(smoothNormal, clamp(coatRoughness, 0.045, 1.0), occlusion, vec3(0.04), 1.0), vView, vec3(0.0));
#endif
  float coatCosine = clamp(dot(smoothNormal, normalize(vView)), 0.0, 1.0);
  float passed = 1.0 - coat * (0.04 + 0.96 * fresnelWeight(coatCosine));
  color = color * passed + coat * gloss.specular;
#ifdef TRANSMISSION
  mirrored = mirrored * passed + coat * gloss.specular;
  passing *= passed;
#endif
#endif
#else
  vec3 color = base.rgb;
#endif
#ifdef TRANSMISSION
#ifdef DISPERSION
  // Three indices of refraction for three colours (KHR_materials_dispersion).
  float spread = (uCoat.w - 1.0) * 0.025 * uVolume.y;
  vec4 red = behind(n, roughness, thickness, uCoat.w - spread);
  vec4 blue = behind(n, roughness, thickness, uCoat.w + spread);
  vec4 back = behind(n, roughness, thickness, uCoat.w);
  back = vec4(red.r, back.g, blue.b, max(back.a, max(red.a, blue.a)));
#else
  vec4 back = behind(n, roughness, thickness, uCoat.w);
#endif
  // Where there is nothing behind, the picture stays transparent: pictures are blended as they are encoded, the body
  // covers by its opacity, reflections lie on top.
  float opacity = 1.0 - dot(passing, vec3(0.2126, 0.7152, 0.0722));
  vec3 alone = mix(display(mirrored), display((color - mirrored) / max(opacity, 0.01) + mirrored), opacity);
  vec3 seen = displayInverse(back.rgb / max(back.a, 1e-3));
  fragment = mix(vec4(alone, opacity), vec4(display(color + passing * seen), 1.0), back.a);
#ifndef ALPHA_OPAQUE
  fragment = mix(texelFetch(uBehindTexture, ivec2(gl_FragCoord.xy), 0), fragment, base.a);
#endif
#else
#ifndef VERTEX_TONE_MAPPED
  vec3 shown = display(color);
#endif
#ifdef ALPHA_BLEND
  shown *= base.a;
#endif
  fragment = vec4(shown, base.a);
#endif
}
