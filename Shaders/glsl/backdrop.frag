// The environment itself, seen sharp.
in vec3 vDirection;
out vec4 fragment;
uniform sampler2D uPanorama;

void main() {
  vec3 d = normalize(vDirection);
  vec2 at = vec2(atan(d.z, d.x) / (2.0 * PI) + 0.5, 0.5 - asin(clamp(d.y, -1.0, 1.0)) / PI);
  fragment = vec4(display(textureLod(uPanorama, at, 0.0).rgb), 1.0);
}
