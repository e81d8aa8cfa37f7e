// Transforms a vertex that the CPU has already morphed and skinned.
in vec3 aPosition;
in vec3 aNormal;
in vec4 aTangent;
in vec2 aUV0;
in vec2 aUV1;
in vec4 aColor;
// What the surroundings leave of light with the mouth closed and open, and of the key light (-1: as of all light); curvature.
// Of eyes: w chooses one.
in vec4 aFace;

#if UV_COUNT > 0
out vec2 vUV[UV_COUNT];
#endif
#ifdef WIDTH_UV
uniform sampler2D uWidthTexture;
#endif
#ifdef MOTION_UV
uniform sampler2D uMotionTexture;
#endif
#ifdef BASE_FACTOR
flat out vec4 vBaseColor;
#endif
#if defined(EMISSIVE) || defined(ALPHA_MASK)
flat out vec4 vEmissive;
#endif
#if defined(LIT) && !defined(VERTEX_LIT)
flat out vec4 vSurface;
flat out vec4 vReflectance;
#endif
#if defined(DOUBLE_SIDED) && (defined(VERTEX_LIT) || defined(VERTEX_AMBIENT))
// 1 while front faces are drawn, -1 while back faces are.
uniform vec4 uSide;
#endif
#ifdef VERTEX_TONE_MAPPED
// What is displayed, as a polynomial of the encoded texel.
#ifdef BASE_UV
out vec3 vDisplayed[3];
#else
out vec3 vDisplayed[1];
#endif
#elif defined(VERTEX_LIT)
out vec3 vDiffuse;
out vec3 vSpecular;
#elif defined(LIT)
out vec3 vNormal;
out vec3 vView;
#endif
#ifdef TANGENTS
out vec4 vTangent;
#endif
#ifdef VERTEX_AMBIENT
out vec3 vAmbient;
#endif
#ifdef VERTEX_COLORS
out vec4 vColor;
#endif
#if defined(FACE) && !defined(VERTEX_LIT)
out vec3 vFace;
#endif
#if defined(EYE) && !defined(VERTEX_LIT)
// The eye from the viewer's eye, and its radius; the iris' middle and cosine; up and whether there are lids; their edges.
flat out vec4 vEye[5];
#endif
// One mesh may be drawn by two programs, triangle by triangle.
invariant gl_Position;

#if UV_COUNT > 0
// Texture coordinates of set `i`, turned by motion.z [radians] about (0.5, 0.5), scrolled by motion.xy, and then
// transformed as KHR_texture_transform says.
vec2 transformedUV(int i, vec3 motion) {
  vec4 u = uUV[2 * i];
  vec2 at = u.w > 0.5 ? aUV1 : aUV0;
#ifdef UV_ANIMATION
  float c = cos(motion.z);
  float s = sin(motion.z);
  at = mat2(c, -s, s, c) * (at - 0.5) + 0.5 + motion.xy;
#endif
  vec3 uv = vec3(at, 1.0);
  return vec2(dot(u.xyz, uv), dot(uUV[2 * i + 1].xyz, uv));
}
#endif

void main() {
  gl_Position = uModelViewProjection * vec4(aPosition, 1.0);
  gl_PointSize = 1.0;
#ifdef BASE_FACTOR
  vBaseColor = uBaseColor;
#endif
#if defined(EMISSIVE) || defined(ALPHA_MASK)
  vEmissive = uEmissive;
#endif
#if defined(LIT) && !defined(VERTEX_LIT)
  vSurface = uSurface;
  vReflectance = uReflectance;
#endif
#ifdef FACE
  vec3 face = vec3(mix(aFace.x, aFace.y, uFace.x), aFace.zw);
  // Inside of a mouth all light comes in between the lips.
  if (face.y < 0.0) face.y = min(face.x * 1.8, 1.0);
#ifndef VERTEX_LIT
  vFace = face;
#endif
#endif
#if defined(EYE) && !defined(VERTEX_LIT)
  int eye = aFace.w > 0.5 ? 5 : 0;
  vEye[0] = vec4(uEye.xyz - uEyeball[eye].xyz, uEyeball[eye].w);
  for (int i = 1; i < 5; ++i) vEye[i] = uEyeball[eye + i];
#endif
#ifdef LIT
#ifdef WORLD_SPACE
  vec3 toEye = uEye.xyz - aPosition;
  vec3 normal = normalize(aNormal);
#else
  vec3 toEye = uEye.xyz - (uModel * vec4(aPosition, 1.0)).xyz;
  vec3 normal = normalize(mat3(uNormalMatrix) * aNormal);
#endif
#ifdef VERTEX_LIT
#ifdef DOUBLE_SIDED
  normal *= uSide.x;
#endif
#ifdef ENVIRONMENT
  vec3 ambient = irradiance(normal);
#else
  vec3 ambient = vec3(0.0);
#endif
#ifdef FACE
  Light light = lit(
    Surface(normal, clamp(uSurface.y, 0.045, 1.0), face.x, uReflectance.rgb, uReflectance.a, face.yz), toEye, ambient);
#else
  Light light = lit(
    Surface(normal, clamp(uSurface.y, 0.045, 1.0), 1.0, uReflectance.rgb, uReflectance.a), toEye, ambient);
#endif
#ifdef VERTEX_TONE_MAPPED
  vec3 white = light.diffuse;
#ifdef BASE_FACTOR
  white *= uBaseColor.rgb;
#endif
#ifdef VERTEX_COLORS
  white *= aColor.rgb;
#endif
  vec3 black = light.specular;
#ifdef EMISSIVE
  black += uEmissive.rgb;
#endif
#ifdef BASE_UV
  vec3 low = uTexel[0].rgb, middle = uTexel[1].rgb, high = uTexel[2].rgb;
  vec3 atLow = display(uTexel[3].rgb * white + black);
  vec3 atMiddle = display(uTexel[4].rgb * white + black);
  vec3 atHigh = display(uTexel[5].rgb * white + black);
  // Newton's form of the parabola through the three.
  vec3 slope = (atMiddle - atLow) / (middle - low);
  vec3 bend = ((atHigh - atMiddle) / (high - middle) - slope) / (high - low);
  vDisplayed[0] = atLow - low * (slope - middle * bend);
  vDisplayed[1] = slope - (low + middle) * bend;
  vDisplayed[2] = bend;
#else
  vDisplayed[0] = display(white + black);
#endif
#else
  vDiffuse = light.diffuse;
  vSpecular = light.specular;
#endif
#else
  vView = toEye;
  vNormal = normal;
#endif
#endif
#ifdef VERTEX_AMBIENT
#ifdef DOUBLE_SIDED
  vAmbient = irradiance(normal * uSide.x);
#else
  vAmbient = irradiance(normal);
#endif
#endif
#ifdef TANGENTS
#ifdef WORLD_SPACE
  vTangent = vec4(normalize(aTangent.xyz), aTangent.w);
#else
  vTangent = vec4(normalize(mat3(uModel) * aTangent.xyz), aTangent.w);
#endif
#endif
#ifdef VERTEX_COLORS
  vColor = aColor;
#endif
#if UV_COUNT > 0
#ifdef UV_ANIMATION
  // VRMC_materials_mtoon, section UV Animation; before KHR_texture_transform. The mask is read at the vertices.
  vec3 motion = uToon[5].xyz;
#ifdef MOTION_UV
  motion *= textureLod(uMotionTexture, transformedUV(MOTION_UV, vec3(0.0)), 0.0).b;
#endif
#else
  const vec3 motion = vec3(0.0);
#endif
  for (int i = 0; i < UV_COUNT; ++i) vUV[i] = transformedUV(i, motion);
#endif
#ifdef OUTLINE
  float width = uOutline.x;
#ifdef WIDTH_UV
  width *= textureLod(uWidthTexture, vUV[WIDTH_UV], 0.0).g;
#endif
  if (uOutline.y > 0.5) {
    vec2 away = (uModelViewProjection * vec4(aNormal, 0.0)).xy * vec2(1.0 / uOutline.z, 1.0);
    away *= inversesqrt(max(dot(away, away), 1e-12));
    gl_Position.xy += away * vec2(uOutline.z, 1.0) * (2.0 * width * gl_Position.w);
  } else {
    gl_Position = uModelViewProjection * vec4(aPosition + normalize(aNormal) * width, 1.0);
  }
#endif
}
