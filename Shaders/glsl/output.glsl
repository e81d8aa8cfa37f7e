// Scene-linear light to encoded sRGB.

// Stephen Hill's fit of the ACES reference and output transforms, brightness as in three.js.
vec3 acesFilmic(vec3 c) {
  c = mat3(0.59719, 0.07600, 0.02840, 0.35458, 0.90834, 0.13383, 0.04823, 0.01566, 0.83777)
    * (c * (1.0 / 0.6));
  c = (c * (c + 0.0245786) - 0.000090537) / (c * (0.983729 * c + 0.4329510) + 0.238081);
  return mat3(1.60475, -0.10208, -0.00327, -0.53108, 1.10813, -0.07276, -0.07367, -0.00605, 1.07602) * c;
}

#ifdef TRANSMISSION
vec3 acesFilmicInverse(vec3 c) {
  c = mat3(0.643038, 0.059269, 0.005962, 0.311187, 0.931436, 0.063929, 0.045775, 0.009295, 0.930118) * c;
  c = clamp(c, 0.0, 0.999);
  // The rational curve solved for its argument.
  vec3 a = 1.0 - c * 0.983729;
  vec3 b = 0.0245786 - c * 0.4329510;
  c = (sqrt(b * b + 4.0 * a * (0.000090537 + c * 0.238081)) - b) / (2.0 * a);
  return mat3(1.764741, -0.147028, -0.036337, -0.675778, 1.160252, -0.162436, -0.088963, -0.013224, 1.198773) * c * 0.6;
}
#endif

// Khronos PBR Neutral.
vec3 neutral(vec3 c) {
  float x = min(c.r, min(c.g, c.b));
  float offset = x < 0.08 ? x - 6.25 * x * x : 0.04;
  c -= offset;
  float peak = max(c.r, max(c.g, c.b));
  if (peak < 0.76) return c;
  float d = 0.24;
  float newPeak = 1.0 - d * d / (peak + d - 0.76);
  c *= newPeak / peak;
  float g = 1.0 - 1.0 / (0.15 * (peak - newPeak) + 1.0);
  return mix(c, vec3(newPeak), g);
}

#ifdef TRANSMISSION
vec3 neutralInverse(vec3 c) {
  const float D = 0.24;
  float peak = max(c.r, max(c.g, c.b));
  if (peak >= 0.76) {
    float wide = D * D / max(1.0 - peak, 0.002) - D + 0.76;
    float g = 1.0 - 1.0 / (0.15 * (wide - peak) + 1.0);
    c = (c - peak * g) / (1.0 - g) * (wide / peak);
  }
  float x = max(min(c.r, min(c.g, c.b)), 0.0);
  return c + (x < 0.04 ? 0.4 * sqrt(x) - x : 0.04);
}
#endif

#ifdef VERTEX_TONE_MAPPED
// What is interpolated is cut off at white where it is shown.
const float BRIGHTEST = 2.25;
#else
const float BRIGHTEST = 1.0;
#endif

vec3 encodeSRGB(vec3 c) {
  c = clamp(c, 0.0, BRIGHTEST);
  // A polynomial of the square root, within 0.2 of 255.
  vec3 s = sqrt(c);
  vec3 curve = (((s * -0.30958518 + 0.84281241) * s - 0.94487091) * s + 1.44790071) * s - 0.0370047;
  return mix(curve, 12.92 * c, vec3(lessThan(c, vec3(0.0031308))));
}

vec3 display(vec3 c) {
  c *= EXPOSURE;
#if TONE_MAP == 1
  c = acesFilmic(c);
#elif TONE_MAP == 2
  c = neutral(c);
#endif
  return encodeSRGB(c);
}

#ifdef TRANSMISSION
// The scene's light that is displayed like this.
vec3 displayInverse(vec3 c) {
  c = mix(pow((c + 0.055) * (1.0 / 1.055), vec3(2.4)), c * (1.0 / 12.92), vec3(lessThan(c, vec3(0.04045))));
#if TONE_MAP == 1
  c = acesFilmicInverse(c);
#elif TONE_MAP == 2
  c = neutralInverse(c);
#endif
  return max(c, vec3(0.0)) * (1.0 / EXPOSURE);
}
#endif
