// MToon (VRMC_materials_mtoon 1.0, sections Lighting, Global Illumination, Rim Lighting and Outline).
//
// The specification leaves the unit of light open. Here `lightColor` is EXPOSED times what a white Lambert surface
// reflects, illuminance / pi, and `rawGi` EXPOSED times irradiance / pi. Each light is shaded by itself.
// Colour textures are decoded to linear values before they are filtered.
out vec4 fragment;

#if UV_COUNT > 0
in vec2 vUV[UV_COUNT];
#endif
in vec3 vNormal;
in vec3 vView;
#ifdef TANGENTS
in vec4 vTangent;
#endif
#ifdef BASE_UV
uniform sampler2D uBaseTexture;
#endif
#ifdef NORMAL_UV
uniform sampler2D uNormalTexture;
#endif
#ifdef EMISSIVE_UV
uniform sampler2D uEmissiveTexture;
#endif
#ifdef SHADE_UV
uniform sampler2D uShadeTexture;
#endif
#ifdef RIM_UV
uniform sampler2D uRimTexture;
#endif
#ifdef SHIFT_UV
uniform sampler2D uShiftTexture;
#endif
#ifdef MATCAP
uniform sampler2D uMatcapTexture;
#endif

// Toon colours are painted for the screen and have no tone map: under the studio and the key light together, which give a
// white surface that faces the viewer 1.43, they come out as they are painted.
const float EXPOSED = 0.7;

void main() {
  vec4 base = uBaseColor;
  vec3 shade = uToon[0].rgb;
#ifdef BASE_UV
  base *= texture(uBaseTexture, vUV[BASE_UV]);
#endif
#ifdef SHADE_UV
  shade *= texture(uShadeTexture, vUV[SHADE_UV]).rgb;
#endif
#ifdef ALPHA_MASK
#ifdef ALPHA_TO_COVERAGE
  base.a = clamp((base.a - uEmissive.a) / max(fwidth(base.a), 1e-4) + 0.5, 0.0, 1.0);
  if (base.a == 0.0) discard;
#else
  if (base.a < uEmissive.a) discard;
  base.a = 1.0;
#endif
#endif
#ifdef ALPHA_OPAQUE
  base.a = 1.0;
#endif
  vec3 n = normalize(vNormal);
#ifdef DOUBLE_SIDED
  n = gl_FrontFacing ? n : -n;
#endif
#ifdef NORMAL_UV
  vec3 bump = texture(uNormalTexture, vUV[NORMAL_UV]).xyz * 2.0 - 1.0;
  bump.xy *= uSurface.z;
  vec3 b = cross(n, vTangent.xyz) * vTangent.w;
  n = normalize(vTangent.xyz * bump.x + b * bump.y + n * bump.z);
#endif
  vec3 v = normalize(vView);
  float shift = uToon[0].w;
#ifdef SHIFT_UV
  shift += texture(uShiftTexture, vUV[SHIFT_UV]).r * uToon[3].w;
#endif
  // The ramp from -1 + toony to 1 - toony; at 1 it would be a step without a width.
  float width = 2.0 - 2.0 * min(uToon[1].x, 0.999);
  vec3 color = vec3(0.0);
  // What a white surface reflects.
  vec3 lighting = vec3(0.0);
#if LIGHT_COUNT > 0
  for (int i = 0; i < LIGHT_COUNT; ++i) {
    vec3 toLight;
    vec3 light = arrivingLight(i, vView, toLight) * (EXPOSED / PI);
    float shading = clamp((dot(n, toLight) + shift) / width + 0.5, 0.0, 1.0);
    color += mix(shade, base.rgb, shading) * light;
    lighting += light;
  }
#endif
#ifdef ENVIRONMENT
  vec3 even = (irradiance(vec3(0.0, 1.0, 0.0)) + irradiance(vec3(0.0, -1.0, 0.0))) * 0.5;
  vec3 ambient = mix(irradiance(n), even, uToon[1].y) * EXPOSED;
  color += base.rgb * ambient;
  lighting += ambient;
#endif

  vec3 rim = uToon[2].rgb * pow(clamp(1.0 - dot(n, v) + uToon[1].w, 0.0, 1.0), max(uToon[1].z, 1e-5));
#ifdef MATCAP
  vec3 side = normalize(vec3(v.z, 0.0, -v.x));
  // The specification's v points up, a texture's down.
  vec2 at = vec2(dot(side, n), -dot(cross(v, side), n)) * 0.495 + 0.5;
  rim += uToon[3].rgb * texture(uMatcapTexture, at).rgb;
#endif
#ifdef RIM_UV
  rim *= texture(uRimTexture, vUV[RIM_UV]).rgb;
#endif
  color += rim * mix(vec3(1.0), lighting, uToon[2].w);
  vec3 emitted = uEmissive.rgb;
#ifdef EMISSIVE_UV
  emitted *= texture(uEmissiveTexture, vUV[EMISSIVE_UV]).rgb;
#endif
  color += emitted;
#ifdef OUTLINE
  color = uToon[4].rgb * mix(vec3(1.0), color, uToon[4].w);
#endif
  vec3 shown = display(color);
#ifdef ALPHA_BLEND
  shown *= base.a;
#endif
  fragment = vec4(shown, base.a);
}
