// Image-based light and the microfacet model (glTF 2.0, appendix B).
const float PI = 3.14159265359;

#ifdef ENVIRONMENT
// Prefiltered radiance: octahedral maps side by side, one for each roughness.
uniform sampler2D uRadiance;
// x: levels - 1, y: size of a map, z: size with border over atlas width, w: the same over its height.
uniform vec4 uRadianceShape;

#ifndef VERTEX_AMBIENT
// Irradiance over pi as spherical harmonics (Ramamoorthi and Hanrahan 2001), constants folded in.
uniform vec4 uSH[9];
vec3 irradiance(vec3 n) {
  return max(uSH[0].xyz + uSH[1].xyz * n.y + uSH[2].xyz * n.z + uSH[3].xyz * n.x
    + uSH[4].xyz * (n.x * n.y) + uSH[5].xyz * (n.y * n.z) + uSH[6].xyz * (3.0 * n.z * n.z - 1.0)
    + uSH[7].xyz * (n.x * n.z) + uSH[8].xyz * (n.x * n.x - n.y * n.y), vec3(0.0));
}
#endif

// Direction to the unit square (Cigolle et al. 2014), +Y in the middle.
vec2 octahedral(vec3 d) {
  vec2 p = d.xz / (abs(d.x) + abs(d.y) + abs(d.z));
  vec2 folded = (1.0 - abs(p.yx)) * vec2(p.x < 0.0 ? -1.0 : 1.0, p.y < 0.0 ? -1.0 : 1.0);
  return (d.y < 0.0 ? folded : p) * 0.5 + 0.5;
}

vec3 radianceAt(vec2 square, float level) {
  // Inside the border of one texel.
  float size = uRadianceShape.y;
  vec2 at = (square * size + 1.0) / (size + 2.0);
  return textureLod(uRadiance, vec2((at.x + level) * uRadianceShape.z, at.y * uRadianceShape.w), 0.0).rgb;
}

#ifdef DIELECTRIC
// Reflections of a few per cent: the nearest roughness, from eight bits, is as good as all.
vec3 radiance(vec3 direction, float roughness) {
  vec3 root = radianceAt(octahedral(direction), floor(roughness * uRadianceShape.x + 0.5));
  return root * root * 16.0;
}
#else
vec3 radiance(vec3 direction, float roughness) {
  vec2 square = octahedral(direction);
  float level = roughness * uRadianceShape.x;
  float below = min(floor(level), uRadianceShape.x - 1.0);
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
  return a2 / (PI * d * d) * 0.5 / max(mix(2.0 * nl * nv, nl + nv, alpha), 1e-4);
}

float fresnelWeight(float cosine) {
  float m = 1.0 - cosine;
  float m2 = m * m;
  return m2 * m2 * m;
}
