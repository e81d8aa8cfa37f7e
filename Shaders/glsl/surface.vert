// Transforms a vertex that the CPU has already morphed and skinned.
in vec3 aPosition;
in vec3 aNormal;
in vec4 aTangent;
in vec2 aUV0;
in vec2 aUV1;
in vec4 aColor;

uniform mat4 uModelViewProjection;
uniform mat4 uModel;
uniform mat4 uNormalMatrix;
uniform vec4 uEye;
#ifdef OUTLINE
// Width in mesh units, or as a share of the picture's height when y is 1; z: height over width.
uniform vec4 uOutline;
#endif
#if UV_COUNT > 0
// For each set: row of u (x, y, offset), row of v; w of the first row chooses TEXCOORD_0 or _1.
uniform vec4 uUV[2 * UV_COUNT];
out vec2 vUV[UV_COUNT];
#endif
#ifdef LIT
out vec3 vNormal;
out vec3 vView;
#endif
#ifdef TANGENTS
out vec4 vTangent;
#endif
#ifdef VERTEX_AMBIENT
uniform vec4 uSH[9];
out vec3 vAmbient;
#endif
#ifdef VERTEX_COLORS
out vec4 vColor;
#endif

void main() {
  gl_Position = uModelViewProjection * vec4(aPosition, 1.0);
  gl_PointSize = 1.0;
#ifdef OUTLINE
  if (uOutline.y > 0.5) {
    vec2 away = (uModelViewProjection * vec4(aNormal, 0.0)).xy * vec2(1.0 / uOutline.z, 1.0);
    away *= inversesqrt(max(dot(away, away), 1e-12));
    gl_Position.xy += away * vec2(uOutline.z, 1.0) * (2.0 * uOutline.x * gl_Position.w);
  } else {
    gl_Position = uModelViewProjection * vec4(aPosition + normalize(aNormal) * uOutline.x, 1.0);
  }
#endif
#ifdef LIT
#ifdef WORLD_SPACE
  vView = uEye.xyz - aPosition;
  vNormal = normalize(aNormal);
#else
  vView = uEye.xyz - (uModel * vec4(aPosition, 1.0)).xyz;
  vNormal = normalize(mat3(uNormalMatrix) * aNormal);
#endif
#endif
#ifdef VERTEX_AMBIENT
  vec3 n = vNormal;
  vAmbient = max(uSH[0].xyz + uSH[1].xyz * n.y + uSH[2].xyz * n.z + uSH[3].xyz * n.x
    + uSH[4].xyz * (n.x * n.y) + uSH[5].xyz * (n.y * n.z) + uSH[6].xyz * (3.0 * n.z * n.z - 1.0)
    + uSH[7].xyz * (n.x * n.z) + uSH[8].xyz * (n.x * n.x - n.y * n.y), vec3(0.0));
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
  for (int i = 0; i < UV_COUNT; ++i) {
    vec4 u = uUV[2 * i];
    vec3 uv = vec3(u.w > 0.5 ? aUV1 : aUV0, 1.0);
    vUV[i] = vec2(dot(u.xyz, uv), dot(uUV[2 * i + 1].xyz, uv));
  }
#endif
}
