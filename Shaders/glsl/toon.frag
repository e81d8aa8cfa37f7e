// MToon (VRMC_materials_mtoon 1.0), lit by one light and a share of ambient light.
// Colour textures hold the square root of linear values.
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
const vec3 LIGHT = normalize(vec3(-0.3, 0.5, 0.8));

vec3 decoded(vec3 c) { return c * c; }

void main() {
  vec4 base = uBaseColor;
  vec3 shade = uToon[0].rgb;
#ifdef BASE_UV
  vec4 texel = texture(uBaseTexture, vUV[BASE_UV]);
  base *= vec4(decoded(texel.rgb), texel.a);
#endif
#ifdef SHADE_UV
  shade *= decoded(texture(uShadeTexture, vUV[SHADE_UV]).rgb);
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
  float shading = dot(n, LIGHT) + uToon[0].w;
#ifdef SHIFT_UV
  shading += texture(uShiftTexture, vUV[SHIFT_UV]).r * uToon[3].w;
#endif
  float toony = min(uToon[1].x, 0.999);
  shading = clamp((shading + 1.0 - toony) / (2.0 - 2.0 * toony), 0.0, 1.0);
  vec3 direct = mix(shade, base.rgb, shading) * 0.8;
  // Equalised ambient light is the mean of above and below.
  float sky = mix(0.5 + 0.5 * n.y, 0.5, uToon[1].y);
  vec3 lighting = vec3(0.8 + 0.4 * sky);
  vec3 color = direct + base.rgb * (0.4 * sky);

  vec3 rim = uToon[2].rgb * pow(clamp(1.0 - dot(n, v) + uToon[1].w, 0.0, 1.0), max(uToon[1].z, 1e-3));
#ifdef MATCAP
  vec3 side = normalize(vec3(v.z, 0.0, -v.x));
  vec2 at = vec2(dot(side, n), -dot(cross(v, side), n)) * 0.495 + 0.5;
  rim += uToon[3].rgb * decoded(texture(uMatcapTexture, at).rgb);
#endif
#ifdef RIM_UV
  rim *= decoded(texture(uRimTexture, vUV[RIM_UV]).rgb);
#endif
  color += rim * mix(vec3(1.0), lighting, uToon[2].w);
  vec3 emitted = uEmissive.rgb;
#ifdef EMISSIVE_UV
  emitted *= decoded(texture(uEmissiveTexture, vUV[EMISSIVE_UV]).rgb);
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
