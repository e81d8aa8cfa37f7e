"""How far a mouth's opening lags behind its sound: recorded from the page of a live avatar, and from a clip of the same words.

A mouth that says "papa" is closed while the sound is silent. Both become curves, which are laid over one another where they fit
best (cross-correlation). A clip's sound and pictures belong together by its timestamps: the clip's lag is what the voice and the
face have by nature, and what the live one has beyond it is the player's.
"""

import array
import math
import subprocess

TEXT = "Papa, papa, papapapa. Mama, papa, pipe, pop, map. Bob may help Pam. Papa, mama, papapapa. "

# The mouth of the bundled avatar Ada in the framing `face`, as fractions of the picture; its dark pixels are counted.
LEFT, TOP, WIDTH, HEIGHT = 0.455, 0.63, 0.09, 0.12
COLUMNS, ROWS, DARK = 58, 43, 130

# Records [time, level] of what is heard and [time, opening] of what is shown, both in milliseconds of performance.now().
RECORD = """async () => {
  const source = `registerProcessor("tap", class extends AudioWorkletProcessor {
    constructor() { super(); this.levels = []; }
    process([[samples]]) {
      if (samples) this.levels.push([currentFrame, Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length)]);
      if (this.levels.length >= 16) { this.port.postMessage(this.levels); this.levels = []; }
      return true;
    }
  });`;
  const { sound } = live;
  await sound.context.audioWorklet.addModule(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const tap = new AudioWorkletNode(sound.context, "tap", { numberOfOutputs: 0 });
  sound.gain.connect(tap);
  globalThis.heard = [];
  globalThis.seen = [];
  tap.port.onmessage = ({ data }) => { for (const [frame, level] of data) heard.push([sound.heardAt(frame + 64), level]); };
  const canvas = document.querySelector("#stage canvas"), small = document.createElement("canvas");
  [small.width, small.height] = [%d, %d];
  const context = small.getContext("2d", { willReadFrequently: true });
  live.on("shown", () => {
    context.drawImage(canvas, %f * canvas.width, %f * canvas.height, %f * canvas.width, %f * canvas.height, 0, 0, small.width, small.height);
    const { data } = context.getImageData(0, 0, small.width, small.height);
    let dark = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] * 0.3 + data[i + 1] * 0.6 + data[i + 2] * 0.1 < %d) dark++;
    seen.push([performance.now(), dark / (data.length / 4)]);
  });
}""" % (COLUMNS, ROWS, LEFT, TOP, WIDTH, HEIGHT, DARK)


def clip_curves(path):
    """The same two lists of a clip file."""
    def run(*arguments):
        return subprocess.run(["ffmpeg", "-v", "error", "-i", path, *arguments, "-"], stdout=subprocess.PIPE, check=True).stdout

    samples = array.array("f", run("-f", "f32le", "-ac", "1", "-ar", "48000"))
    heard = [[(at + 64) / 48, math.sqrt(sum(x * x for x in samples[at:at + 128]) / 128)] for at in range(0, len(samples) - 128, 128)]
    crop = f"crop=iw*{WIDTH}:ih*{HEIGHT}:iw*{LEFT}:ih*{TOP},scale={COLUMNS}:{ROWS}:flags=bilinear,fps=30"
    pixels = run("-vf", crop, "-f", "rawvideo", "-pix_fmt", "rgb24")
    size = COLUMNS * ROWS * 3
    seen = []
    for index in range(len(pixels) // size):
        picture = pixels[index * size:(index + 1) * size]
        dark = sum(0.3 * picture[i] + 0.6 * picture[i + 1] + 0.1 * picture[i + 2] < DARK for i in range(0, size, 3))
        seen.append([index * 1000 / 30, dark / (size / 3)])
    return heard, seen


STEP = 5.0


def curve(points, begin, end):
    """A list of [milliseconds, value] on a grid, without its slow part, of unit variance."""
    values, at = [], 0
    count = int((end - begin) / STEP)
    for index in range(count):
        time = begin + index * STEP
        while at + 2 < len(points) and points[at + 1][0] < time:
            at += 1
        (t0, a), (t1, b) = points[at], points[min(at + 1, len(points) - 1)]
        values.append(a + (b - a) * min(1, max(0, (time - t0) / (t1 - t0))) if t1 > t0 else a)
    half = int(300 / STEP)
    sums = [0.0]
    for value in values:
        sums.append(sums[-1] + value)
    slow = [(sums[min(count, i + half)] - sums[max(0, i - half)]) / (min(count, i + half) - max(0, i - half)) for i in range(count)]
    values = [value - s for value, s in zip(values, slow)]
    spread = math.sqrt(sum(value * value for value in values) / max(1, count)) or 1
    return [value / spread for value in values]


def lag(heard, seen):
    """Milliseconds by which the mouth is behind the sound, and how well the two fit there (1: perfectly)."""
    heard, seen = sorted(heard), sorted(seen)
    begin, end = max(heard[0][0], seen[0][0]), min(heard[-1][0], seen[-1][0])
    # Loudness is heard by its logarithm; a square root tells quiet from silent and is kinder to noise.
    sound = curve([[time, math.sqrt(level)] for time, level in heard], begin, end)
    mouth = curve(seen, begin, end)
    most = int(250 / STEP)

    def fit(shift):
        pairs = [(sound[i], mouth[i + shift]) for i in range(most, len(sound) - most)]
        return sum(a * b for a, b in pairs) / len(pairs)

    fits = {shift: fit(shift) for shift in range(-most, most + 1)}
    best = max(range(-most + 1, most), key=fits.get)
    left, middle, right = fits[best - 1], fits[best], fits[best + 1]
    bend = left - 2 * middle + right
    return (best + (0.5 * (left - right) / bend if bend else 0)) * STEP, middle
