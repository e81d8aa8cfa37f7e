// One triangle over the whole picture, at the far plane.
in vec3 aPosition;
uniform mat4 uDirections;
out vec3 vDirection;

void main() {
  gl_Position = vec4(aPosition.xy, 1.0, 1.0);
  vDirection = (uDirections * vec4(aPosition.xy, 1.0, 1.0)).xyz;
}
