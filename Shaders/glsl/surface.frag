// Metallic-roughness surface, specialised by defines to what the material really uses.
// Colour textures hold the square root of linear values, so that decoding is one multiplication.
out vec4 fragment;

uniform vec4 uBaseColor;
// Metallic, roughness, normal scale, occlusion strength.
uniform vec4 uSurface;
// Emissive colour; alpha cutoff.
uniform vec4 uEmissive;
// Dielectric reflectance at normal incidence (rgb), and at grazing angles.
uniform vec4 uReflectance;
#if UV_COUNT > 0
in vec2 vUV[UV_COUNT];
#endif
#ifdef LIT
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
#if LIGHT_COUNT > 0
// Direction to the light, or its position (w = 1); colour, and inverse squared range.
uniform vec4 uLightPosition[LIGHT_COUNT];
uniform vec4 uLightColor[LIGHT_COUNT];
#ifdef PUNCTUAL_LIGHTS
// Where a spot points; scale and offset of the cone's cosine.
uniform vec4 uLightSpot[LIGHT_COUNT];
uniform vec4 uLightCone[LIGHT_COUNT];
uniform vec4 uEye;
#endif
#endif

void main() {
  vec4 base = uBaseColor;
#ifdef BASE_UV
  vec4 texel = texture(uBaseTexture, vUV[BASE_UV]);
  base *= vec4(texel.rgb * texel.rgb, texel.a);
#endif
#ifdef VERTEX_COLORS
  base *= vColor;
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
  vec3 emitted = uEmissive.rgb;
#ifdef EMISSIVE_UV
  vec3 glow = texture(uEmissiveTexture, vUV[EMISSIVE_UV]).rgb;
  emitted *= glow * glow;
#endif

#ifdef LIT
  vec3 n = normalize(vNormal);
#ifdef DOUBLE_SIDED
  n = gl_FrontFacing ? n : -n;
#endif
#ifdef NORMAL_UV
  vec3 bump = texture(uNormalTexture, vUV[NORMAL_UV]).xyz * 2.0 - 1.0;
  bump.xy *= uSurface.z;
  vec3 t = vTangent.xyz;
#ifdef DOUBLE_SIDED
  t = gl_FrontFacing ? t : -t;
#endif
  vec3 b = cross(n, t) * vTangent.w;
  n = normalize(t * bump.x + b * bump.y + n * bump.z);
#endif
  vec3 v = normalize(vView);
  float nv = clamp(dot(n, v), 1e-3, 1.0);
  float roughness = uSurface.y;
  float metallic = uSurface.x;
  float occlusion = 1.0;
#ifdef SURFACE_UV
  vec4 orm = texture(uSurfaceTexture, vUV[SURFACE_UV]);
  roughness *= orm.g;
  metallic *= orm.b;
#ifdef OCCLUSION_SHARED
  occlusion += uSurface.w * (orm.r - 1.0);
#endif
#endif
#ifdef OCCLUSION_UV
  occlusion += uSurface.w * (texture(uOcclusionTexture, vUV[OCCLUSION_UV]).r - 1.0);
#endif
  roughness = clamp(roughness, 0.045, 1.0);
#ifdef DIELECTRIC
  vec3 diffuse = base.rgb;
  vec3 f0 = uReflectance.rgb;
  float f90 = uReflectance.a;
#else
  vec3 diffuse = base.rgb * (1.0 - metallic);
  vec3 f0 = mix(uReflectance.rgb, base.rgb, metallic);
  float f90 = mix(uReflectance.a, 1.0, metallic);
#endif
  vec3 color = vec3(0.0);
#ifdef ENVIRONMENT
  {
    // Single and multiple scattering (Fdez-Aguera, "A Multiple-Scattering Microfacet Model", 2019).
    vec2 ab = environmentBRDF(roughness, nv);
    vec3 single = f0 * ab.x + f90 * ab.y;
#ifdef DIELECTRIC
    // What little bounces more than once is lost.
    vec3 multiple = vec3(0.0);
#else
    float missing = 1.0 - (ab.x + ab.y);
    vec3 average = f0 + (1.0 - f0) * 0.047619;
    vec3 multiple = single * average / (1.0 - missing * average) * missing;
#endif
#ifdef VERTEX_AMBIENT
    vec3 ambient = vAmbient;
#else
    vec3 ambient = irradiance(n);
#endif
    vec3 scattered = diffuse * (1.0 - single - multiple) + multiple;
    vec3 mirror = radiance(reflect(-v, n), roughness);
#if defined(OCCLUSION_UV) || defined(OCCLUSION_SHARED)
    float hidden = clamp(pow(nv + occlusion, exp2(-16.0 * roughness - 1.0)) - 1.0 + occlusion, 0.0, 1.0);
    color += scattered * ambient * occlusion + mirror * single * hidden;
#else
    color += scattered * ambient + mirror * single;
#endif
  }
#endif
#if LIGHT_COUNT > 0
  float alpha = roughness * roughness;
  for (int i = 0; i < LIGHT_COUNT; ++i) {
    vec3 toLight = uLightPosition[i].xyz;
    vec3 light = uLightColor[i].rgb;
#ifdef PUNCTUAL_LIGHTS
    if (uLightPosition[i].w > 0.5) {
      toLight += vView - uEye.xyz;
      float d2 = max(dot(toLight, toLight), 1e-6);
      float window = d2 * uLightColor[i].a;
      window = clamp(1.0 - window * window, 0.0, 1.0);
      toLight *= inversesqrt(d2);
      light *= window / d2;
    }
    float cone = dot(-toLight, uLightSpot[i].xyz);
    cone = clamp(cone * uLightCone[i].x + uLightCone[i].y, 0.0, 1.0);
    light *= cone * cone;
#endif
    float facing = dot(n, toLight);
    float nl = clamp(facing, 0.0, 1.0);
    vec3 h = normalize(toLight + v);
    float lobe = specularLobe(clamp(dot(n, h), 0.0, 1.0), nl, nv, alpha);
    vec3 f = f0 + (f90 - f0) * fresnelWeight(clamp(dot(v, h), 0.0, 1.0));
#ifdef SKIN
    // Wrapped and normalised by channel, for light that travels under the skin.
    const vec3 WRAP = vec3(0.32, 0.14, 0.08);
    vec3 spread = clamp((facing + WRAP) / ((1.0 + WRAP) * (1.0 + WRAP)), 0.0, 1.0);
    color += (diffuse * (1.0 - f) * (1.0 / PI) * spread + f * lobe * nl) * light;
#else
    color += (diffuse * (1.0 - f) * (1.0 / PI) + f * lobe) * light * nl;
#endif
  }
#endif
  color += emitted;
#else
  vec3 color = base.rgb;
#endif
  vec3 shown = display(color);
#ifdef ALPHA_BLEND
  shown *= base.a;
#endif
  fragment = vec4(shown, base.a);
}
