// Image-based light and the microfacet model (glTF 2.0, appendix B).
const float PI = 3.14159265359;

#ifdef ENVIRONMENT
// Prefiltered radiance: octahedral maps side by side, one for each roughness.
uniform sampler2D uRadiance;

// Irradiance over pi as spherical harmonics (Ramamoorthi and Hanrahan 2001), constants folded in.
vec3 irradiance(vec3 n) {
  return max(HARMONICS[0] + HARMONICS[1] * n.y + HARMONICS[2] * n.z + HARMONICS[3] * n.x
    + HARMONICS[4] * (n.x * n.y) + HARMONICS[5] * (n.y * n.z) + HARMONICS[6] * (3.0 * n.z * n.z - 1.0)
    + HARMONICS[7] * (n.x * n.z) + HARMONICS[8] * (n.x * n.x - n.y * n.y), vec3(0.0));
}

// Direction to the unit square (Cigolle et al. 2014), +Y in the middle.
vec2 octahedral(vec3 d) {
  vec2 p = d.xz / (abs(d.x) + abs(d.y) + abs(d.z));
  vec2 folded = (1.0 - abs(p.yx)) * vec2(p.x < 0.0 ? -1.0 : 1.0, p.y < 0.0 ? -1.0 : 1.0);
  return (d.y < 0.0 ? folded : p) * 0.5 + 0.5;
}

vec3 radianceAt(vec2 square, float level) {
  // Inside the border of one texel.
  float size = RADIANCE_SHAPE.y;
  vec2 at = (square * size + 1.0) / (size + 2.0);
  return textureLod(uRadiance, vec2((at.x + level) * RADIANCE_SHAPE.z, at.y * RADIANCE_SHAPE.w), 0.0).rgb;
}

#ifdef DIELECTRIC
// Reflections of a few per cent: the nearest roughness, from eight bits, is as good as all.
vec3 radiance(vec3 direction, float roughness) {
  vec3 root = radianceAt(octahedral(direction), floor(roughness * RADIANCE_SHAPE.x + 0.5));
  return root * root * 16.0;
}
#else
vec3 radiance(vec3 direction, float roughness) {
  vec2 square = octahedral(direction);
  float level = roughness * RADIANCE_SHAPE.x;
  float below = min(floor(level), RADIANCE_SHAPE.x - 1.0);
  return mix(radianceAt(square, below), radianceAt(square, below + 1.0), level - below);
}
#endif

// Scale and bias of F0 (Karis, "Physically Based Shading on Mobile", 2014).
vec2 environmentBRDF(float roughness, float nv) {
  vec4 r = roughness * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
  float a = min(r.x * r.x, exp2(-9.28 * nv)) * r.x + r.y;
  return vec2(-1.04, 1.04) * a + r.zw;
}
#endif

// D * V of GGX with height-correlated Smith, the latter in Hammon's approximation.
float specularLobe(float nh, float nl, float nv, float alpha) {
  float a2 = alpha * alpha;
  float d = nh * nh * (a2 - 1.0) + 1.0;
  return a2 * (0.5 / PI) / (d * d * max(mix(2.0 * nl * nv, nl + nv, alpha), 1e-4));
}

float fresnelWeight(float cosine) {
  float m = 1.0 - cosine;
  float m2 = m * m;
  return m2 * m2 * m;
}

#if LIGHT_COUNT > 0
// Light `i` at the surface that sees the eye in direction `toEye`: its illuminance on a plane that faces it [lux], and the
// direction to it (KHR_lights_punctual).
vec3 arrivingLight(int i, vec3 toEye, out vec3 toLight) {
  toLight = LIGHT_POSITION[i].xyz;
  vec3 arriving = LIGHT_COLOR[i].rgb;
#ifdef PUNCTUAL_LIGHTS
  if (LIGHT_POSITION[i].w > 0.5) {
    toLight += toEye - uEye.xyz;
    float d2 = max(dot(toLight, toLight), 1e-6);
    float window = d2 * LIGHT_COLOR[i].a;
    window = clamp(1.0 - window * window, 0.0, 1.0);
    toLight *= inversesqrt(d2);
    arriving *= window / d2;
  }
  float cone = dot(-toLight, uLightSpot[i].xyz);
  cone = clamp(cone * uLightCone[i].x + uLightCone[i].y, 0.0, 1.0);
  arriving *= cone * cone;
#endif
  return arriving;
}
#endif

#ifdef SKIN
// Of SkinScattering: across the cosine to the light, down the curvature; square roots.
uniform sampler2D uScattering;
#endif

#ifdef LIT
// What a surface needs to be lit; the normal is of unit length and on the viewer's side.
struct Surface {
  vec3 normal;
  float roughness;
  float occlusion;
  // Reflectance at normal incidence and at grazing angles.
  vec3 f0;
  float f90;
#ifdef FACE
  // What the surroundings leave of the key light; curvature.
  vec2 face;
#endif
};

// Light that leaves towards the eye: by a white diffuse base, and past any base.
struct Light {
  vec3 diffuse;
  vec3 specular;
};

// `toEye` is the eye seen from the surface, in world space. `ambient` is irradiance over pi.
Light lit(Surface s, vec3 toEye, vec3 ambient) {
  vec3 n = s.normal;
  vec3 v = normalize(toEye);
  float nv = clamp(dot(n, v), 1e-3, 1.0);
  Light light = Light(vec3(0.0), vec3(0.0));
#ifdef ENVIRONMENT
  {
    // Single and multiple scattering (Fdez-Aguera, "A Multiple-Scattering Microfacet Model", 2019).
    vec2 ab = environmentBRDF(s.roughness, nv);
    vec3 single = s.f0 * ab.x + s.f90 * ab.y;
#ifdef DIELECTRIC
    // What little bounces more than once is lost.
    vec3 multiple = vec3(0.0);
#else
    float missing = 1.0 - (ab.x + ab.y);
    vec3 average = s.f0 + (1.0 - s.f0) * 0.047619;
    vec3 multiple = single * average / (1.0 - missing * average) * missing;
#endif
    vec3 mirror = radiance(reflect(-v, n), s.roughness);
#if defined(OCCLUSION_UV) || defined(OCCLUSION_SHARED) || defined(FACE) || defined(EYE)
#ifdef SKIN
    // Light that bounces between folds of skin comes out of them red.
    ambient *= pow(vec3(s.occlusion), vec3(0.75, 1.0, 1.08));
#else
    ambient *= s.occlusion;
#endif
    mirror *= clamp(pow(nv + s.occlusion, exp2(-16.0 * s.roughness - 1.0)) - 1.0 + s.occlusion, 0.0, 1.0);
#endif
    light.diffuse += ambient * (1.0 - single - multiple);
    light.specular += ambient * multiple + mirror * single;
  }
#endif
#if LIGHT_COUNT > 0
  float alpha = s.roughness * s.roughness;
  for (int i = 0; i < LIGHT_COUNT; ++i) {
    vec3 toLight;
    vec3 arriving = arrivingLight(i, toEye, toLight);
    float facing = dot(n, toLight);
#if defined(FACE) && defined(KEY_LIGHT)
    // Where a surface turns away from the light it hides it from itself, and what scatters under skin comes round: what counts is
    // what other surfaces hide.
    if (i == 0) arriving *= mix(1.0, s.face.x, clamp(facing * 3.0, 0.0, 1.0));
#endif
    float nl = clamp(facing, 0.0, 1.0);
    // The half vector's cosines, without the vector.
    float across = 1.0 + dot(v, toLight);
    float k = inversesqrt(max(2.0 * across, 1e-4));
    float lobe = specularLobe(clamp((facing + nv) * k, 0.0, 1.0), nl, nv, alpha);
    vec3 f = s.f0 + (s.f90 - s.f0) * fresnelWeight(min(across * k, 1.0));
#ifdef SKIN
    vec3 spread = textureLod(uScattering, vec2(facing * 0.5 + 0.5, s.face.y), 0.0).rgb;
    spread *= spread;
#else
    float spread = nl;
#endif
    light.diffuse += (1.0 - f) * (1.0 / PI) * spread * arriving;
#ifdef HAIR
    // Two highlights along strands, one shifted to the tip and white, one shifted to the root, broad and of the hair's colour
    // (Kajiya and Kay 1989, Scheuermann 2004). Files do not say how strands lie: here they hang.
    vec3 strand = vec3(0.0, 1.0, 0.0) - n * n.y;
    float along = (dot(strand, v) + dot(strand, toLight)) * k * inversesqrt(max(dot(strand, strand), 0.01));
    float between = clamp((facing + nv) * k, 0.0, 1.0);
    float tip = along - 0.12 * between;
    float root = along + 0.22 * between;
    float open = clamp(facing * 0.8 + 0.2, 0.0, 1.0);
    light.diffuse += (0.55 / PI * open * exp2(-20.0 * root * root)) * arriving;
    light.specular += (0.09 / PI * open * exp2(-90.0 * tip * tip)) * arriving;
#else
#ifdef SKIN
    // Oil over skin: a second, sharper lobe (Weyrich et al. 2006, as two lobes).
    lobe = 0.82 * lobe + 0.18 * specularLobe(clamp((facing + nv) * k, 0.0, 1.0), nl, nv, alpha * 0.4);
#endif
    light.specular += f * (lobe * nl) * arriving;
#endif
  }
#endif
  return light;
}
#endif
