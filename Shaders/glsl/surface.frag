// Metallic-roughness surface, specialised by defines to what the material really uses.
// Colour textures hold the square root of linear values, so that decoding is one multiplication.
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
#ifdef VERTEX_LIT
in vec3 vDiffuse;
in vec3 vSpecular;
#elif defined(LIT)
in vec3 vNormal;
in vec3 vView;
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
void main() {
#ifdef BASE_FACTOR
  vec4 base = vBaseColor;
#else
  vec4 base = vec4(1.0);
#endif
#ifdef BASE_UV
  vec4 texel = texture(uBaseTexture, vUV[BASE_UV]);
  base *= vec4(texel.rgb * texel.rgb, texel.a);
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
  vec3 glow = texture(uEmissiveTexture, vUV[EMISSIVE_UV]).rgb;
  emitted *= glow * glow;
#endif

#ifdef VERTEX_LIT
  vec3 color = base.rgb * vDiffuse + vSpecular + emitted;
#elif defined(LIT)
  vec3 n = normalize(vNormal);
#ifdef DOUBLE_SIDED
  n = gl_FrontFacing ? n : -n;
#endif
#ifdef NORMAL_UV
  vec3 bump = texture(uNormalTexture, vUV[NORMAL_UV]).xyz * 2.0 - 1.0;
  bump.xy *= vSurface.z;
  vec3 t = vTangent.xyz;
#ifdef DOUBLE_SIDED
  t = gl_FrontFacing ? t : -t;
#endif
  vec3 b = cross(n, t) * vTangent.w;
  n = normalize(t * bump.x + b * bump.y + n * bump.z);
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
  roughness = clamp(roughness, 0.045, 1.0);
#ifdef DIELECTRIC
  vec3 diffuse = base.rgb;
  vec3 f0 = vReflectance.rgb;
  float f90 = vReflectance.a;
#else
  vec3 diffuse = base.rgb * (1.0 - metallic);
  vec3 f0 = mix(vReflectance.rgb, base.rgb, metallic);
  float f90 = mix(vReflectance.a, 1.0, metallic);
#endif
#ifdef VERTEX_AMBIENT
  vec3 ambient = vAmbient;
#elif defined(ENVIRONMENT)
  vec3 ambient = irradiance(n);
#else
  vec3 ambient = vec3(0.0);
#endif
  Light light = lit(Surface(n, roughness, occlusion, f0, f90), vView, ambient);
  vec3 color = diffuse * light.diffuse + light.specular + emitted;
#else
  vec3 color = base.rgb;
#endif
  vec3 shown = display(color);
#ifdef ALPHA_BLEND
  shown *= base.a;
#endif
  fragment = vec4(shown, base.a);
}
