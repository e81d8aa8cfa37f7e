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
#ifdef COAT_UV
uniform sampler2D uCoatTexture;
#endif
#ifdef COATROUGHNESS_UV
uniform sampler2D uCoatRoughnessTexture;
#endif
#ifdef SHEEN_UV
uniform sampler2D uSheenTexture;
#endif
#ifdef TRANSMISSION_UV
uniform sampler2D uTransmissionTexture;
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
#ifdef TRANSMISSION
  // A thin wall: what is behind shows through as far as the surface is smooth, without being bent; a rough one
  // scatters the light from behind instead. Blending knows one alpha, so the tint dims the view and colours only
  // the scattered part.
  float through = uTransmission.w * (1.0 - metallic);
#ifdef TRANSMISSION_UV
  through *= texture(uTransmissionTexture, vUV[TRANSMISSION_UV]).r;
#endif
  vec3 tint = base.rgb * uTransmission.rgb;
  diffuse *= 1.0 - through;
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
  vec3 fibre = texture(uSheenTexture, vUV[SHEEN_UV]).rgb;
  sheen *= fibre * fibre;
#endif
  float returned = sheenAlbedo(uSheen.w, nv);
  color *= 1.0 - max(sheen.r, max(sheen.g, sheen.b)) * returned;
  color += sheen * returned * light.diffuse;
#endif
  float opacity = 1.0;
#ifdef TRANSMISSION
  float clearness = 1.0 - roughness;
  opacity -= through * clearness * dot(tint, vec3(0.2126, 0.7152, 0.0722)) * (1.0 - fresnelWeight(nv));
#ifdef ENVIRONMENT
  color += through * (1.0 - clearness) * tint * irradiance(-n);
#endif
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
  // Over the bumps of the base; its index of refraction is 1.5.
  vec3 smoothNormal = normalize(vNormal);
#ifdef DOUBLE_SIDED
  smoothNormal = gl_FrontFacing ? smoothNormal : -smoothNormal;
#endif
  Light gloss = lit(
    Surface(smoothNormal, clamp(coatRoughness, 0.045, 1.0), occlusion, vec3(0.04), 1.0), vView, vec3(0.0));
  float coatCosine = clamp(dot(smoothNormal, normalize(vView)), 0.0, 1.0);
  float passed = 1.0 - coat * (0.04 + 0.96 * fresnelWeight(coatCosine));
  color = color * passed + coat * gloss.specular;
#ifdef TRANSMISSION
  mirrored = mirrored * passed + coat * gloss.specular;
#endif
#endif
#else
  vec3 color = base.rgb;
#endif
#ifdef TRANSMISSION
  // Pictures are blended as they are encoded: the body covers by its opacity, reflections lie on top.
  vec3 shown = mix(display(mirrored), display((color - mirrored) / max(opacity, 0.01) + mirrored), opacity);
#else
  vec3 shown = display(color);
#endif
#ifdef ALPHA_BLEND
  shown *= base.a;
#endif
#ifdef TRANSMISSION
  base.a *= opacity;
#endif
  fragment = vec4(shown, base.a);
}
