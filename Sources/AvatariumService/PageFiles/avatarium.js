// Avatarium in the browser: a live avatar, a client of the HTTP routes, a custom element. No dependency.
//
//   import { connect } from "https://your.server/avatarium.js";
//   const avatar = await connect({ container: "#stage", getToken: () => fetch("/my-token").then((r) => r.text()) });
//   avatar.on("word", ({ text }) => console.log(text));
//   await avatar.say("Hello!");
//
// Types: avatarium.d.ts. The protocol: docs/LIVE.md.

// ---------------------------------------------------------------------------------------------------------------- Errors

/** The codes of the error contract, by their names. */
export const AvatariumErrorCode = Object.freeze({
  CONNECTION_FAILED: "E001", WEBSOCKET_CLOSED: "E002", WEBSOCKET_ERROR: "E003", NETWORK_ERROR: "E004", TIMEOUT: "E005",
  API_KEY_INVALID: "E011", API_KEY_EXPIRED: "E012", API_KEY_MISSING: "E013", BYOK_KEY_INVALID: "E014", BYOK_KEY_EXPIRED: "E015",
  UNAUTHORIZED: "E016", AVATAR_LOAD_FAILED: "E021", AVATAR_NOT_FOUND: "E022", AVATAR_NOT_INITIALIZED: "E023",
  AVATAR_MODEL_INVALID: "E024", CONTAINER_NOT_FOUND: "E025", TTS_FAILED: "E031", TTS_PROVIDER_ERROR: "E032",
  TTS_AUDIO_DECODE_FAILED: "E033", TTS_VOICE_NOT_FOUND: "E034", TTS_QUOTA_EXCEEDED: "E035", AI_PROVIDER_ERROR: "E041",
  AI_MODEL_NOT_FOUND: "E042", AI_CONTEXT_LENGTH_EXCEEDED: "E043", AI_CONTENT_FILTERED: "E044", AI_QUOTA_EXCEEDED: "E045",
  RATE_LIMITED: "E051", QUOTA_EXCEEDED: "E052", CONVERSATION_NOT_FOUND: "E061", CONVERSATION_ENDED: "E062",
  MESSAGE_SEND_FAILED: "E063", ALREADY_PROCESSING: "E064", INVALID_CONFIG: "E071", MISSING_REQUIRED_FIELD: "E072",
  INVALID_PROVIDER: "E073", BROWSER_NOT_SUPPORTED: "E081", WEBGL_NOT_SUPPORTED: "E082", AUDIO_CONTEXT_FAILED: "E083",
  SPEECH_SYNTHESIS_NOT_SUPPORTED: "E084", UNKNOWN_ERROR: "E091", INTERNAL_ERROR: "E092", VALIDATION_ERROR: "E093",
});

const names = Object.fromEntries(Object.entries(AvatariumErrorCode).map(([name, code]) => [code, name]));
const recoverable = new Set(["E001", "E002", "E003", "E004", "E005", "E021", "E031", "E032", "E033", "E041", "E051", "E063", "E064"]);
const brand = Symbol.for("avatarium.error");

/** The one error that this module throws. */
export class AvatariumError extends Error {
  constructor(code, message, { retryAfter, context, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "AvatariumError";
    this.code = names[code] ? code : "E091";
    this.recoverable = recoverable.has(this.code);
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
    this.context = context || {};
    Object.defineProperty(this, brand, { value: true });
  }

  /** The code's name, such as `RATE_LIMITED`. */
  get codeName() { return names[this.code]; }

  toJSON() {
    const json = { code: this.code, name: this.codeName, message: this.message, recoverable: this.recoverable };
    if (this.retryAfter !== undefined) json.retryAfter = this.retryAfter;
    if (Object.keys(this.context).length) json.context = this.context;
    if (this.cause !== undefined) json.cause = String(this.cause);
    return json;
  }

  /** True for errors of every copy of this module. */
  static isAvatariumError(value) { return Boolean(value && typeof value === "object" && value[brand]); }

  /** Wraps what is none of ours as E091. */
  static from(value) {
    return AvatariumError.isAvatariumError(value) ? value
      : new AvatariumError("E091", value?.message ? String(value.message) : String(value), { cause: value });
  }
}

const fail = (code, message, more) => new AvatariumError(code, message, more);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Exponential, with full jitter. */
const backoff = (attempt, first, most) => Math.min(most, first * 2 ** attempt) * (0.5 + Math.random() / 2);

// ----------------------------------------------------------------------------------------------------------- HTTP client

/** Where the service names no code of the library's as the cause; as in AvatariumClient for Swift. */
const apiCodes = {
  INVALID_REQUEST: "E093", MISSING_PARAMETER: "E072", INVALID_PARAMETER: "E093", INVALID_SLUG: "E093", UNAUTHORIZED: "E016",
  INVALID_API_KEY: "E011", TOKEN_EXPIRED: "E016", TOKEN_INVALID: "E016", FORBIDDEN: "E016", FREE_TIER_LIMIT_EXCEEDED: "E052",
  AVATAR_LIMIT_EXCEEDED: "E052", AVATAR_NOT_FOUND: "E022", CONVERSATION_NOT_FOUND: "E061", SESSION_NOT_FOUND: "E061",
  ACCOUNT_NOT_FOUND: "E016", NOT_FOUND: "E093", RATE_LIMIT_EXCEEDED: "E051", AUTH_RATE_LIMIT: "E051", CONFIG_ERROR: "E071",
  INTERNAL_ERROR: "E092", AI_PROVIDER_ERROR: "E041", TTS_PROVIDER_ERROR: "E032", BYOK_PROVIDER_ERROR: "E014",
};

/** Milliseconds of the longest wait that a server may ask for and that is waited out; a longer one is the caller's to plan. */
const longestWait = 60000;

/** The HTTP routes. Repeats 429 (after Retry-After), 5xx and lost connections; no other refusal. */
export class AvatariumClient {
  constructor({ baseURL = "", apiKey, attempts = 4, timeout = 60000 } = {}) {
    this.baseURL = String(baseURL).replace(/\/$/, "");
    this.apiKey = apiKey;
    this.attempts = attempts;
    this.timeout = timeout;
    const get = (path) => (query) => this.get(path, query);
    this.avatars = { list: get("/v1/avatars"), get: (id) => this.get(`/v1/avatars/${encodeURIComponent(id)}`) };
    this.voices = { list: get("/v1/voices") };
    this.renders = {
      create: (order, options) => this.post("/v1/renders", order, options), list: get("/v1/renders"),
      get: (id) => this.get(`/v1/renders/${encodeURIComponent(id)}`),
      cancel: (id) => this.post(`/v1/renders/${encodeURIComponent(id)}/cancel`),
    };
    this.conversations = {
      create: (fields) => this.post("/v1/conversations", fields), list: get("/v1/conversations"),
      send: (id, content) => this.post(`/v1/conversations/${encodeURIComponent(id)}/messages`, { content }),
    };
    this.live = { token: (expiresIn) => this.post("/v1/live/tokens", expiresIn ? { expires_in: expiresIn } : {}) };
  }

  get(path, query) {
    const search = query ? "?" + new URLSearchParams(query) : "";
    return this.request("GET", path + search);
  }

  post(path, body, options) { return this.request("POST", path, body, options); }

  /** Sends one request; resolves to the envelope's `data`. */
  async request(method, path, body, { headers = {}, signal, idempotencyKey } = {}) {
    const all = { ...headers };
    if (this.apiKey) all.Authorization = `Bearer ${this.apiKey}`;
    if (body !== undefined) all["Content-Type"] = "application/json";
    // The same key at each attempt, so that what was made before a connection broke is not made twice.
    if (method === "POST") all["Idempotency-Key"] = idempotencyKey || crypto.randomUUID?.() || String(Math.random()).slice(2);
    for (let attempt = 0; ; attempt++) {
      const last = attempt + 1 >= this.attempts;
      let failure;
      try {
        const limit = AbortSignal.timeout(this.timeout);
        const response = await fetch(this.baseURL + path, {
          method, headers: all, body: body === undefined ? undefined : JSON.stringify(body),
          signal: signal && AbortSignal.any ? AbortSignal.any([signal, limit]) : signal || limit,
        });
        const json = response.status === 204 ? {} : await response.json().catch(() => null);
        if (response.ok && json) return json.data;
        failure = AvatariumClient.refusal(response, json, Boolean(this.apiKey));
        if (last || !(response.status === 429 || response.status >= 500) || failure.retryAfter > longestWait) throw failure;
      } catch (error) {
        if (AvatariumError.isAvatariumError(error)) throw error;
        if (signal?.aborted) throw fail("E005", "the request was aborted", { cause: error });
        failure = error?.name === "TimeoutError"
          ? fail("E005", `the server did not answer within ${this.timeout / 1000} s; try again`, { cause: error })
          : fail("E004", `the server cannot be reached: ${error?.message || error}`, { cause: error });
        if (last) throw failure;
      }
      await wait(failure.retryAfter ?? backoff(attempt, 500, 8000));
    }
  }

  static refusal(response, json, hasKey) {
    const error = json?.error || {};
    // 503: a component of the server is temporarily unavailable.
    const code = names[error.cause?.code] ? error.cause.code
      : error.code === "UNAUTHORIZED" && !hasKey ? "E013"
      : error.code === "INTERNAL_ERROR" && response.status === 503 ? "E001"
      : apiCodes[error.code] || (response.status === 429 ? "E051" : response.status >= 502 ? "E001" : "E091");
    const seconds = Number(response.headers.get("Retry-After"));
    const context = { status: String(response.status) };
    for (const [key, value] of [["apiCode", error.code], ["field", error.field], ["requestId", json?.meta?.requestId]]) {
      if (value) context[key] = String(value);
    }
    return fail(code,
      error.message || `the server answered ${response.status}`,
      { context, retryAfter: Number.isFinite(seconds) && response.headers.has("Retry-After") ? seconds * 1000 : undefined });
  }
}

// ------------------------------------------------------------------------------------------------------------------ Sound

/** Plays chunks at given frames of the context's clock; `clear` fades out within 5 ms. */
const workletSource = `
registerProcessor("avatarium-sound", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.chunks = []; this.fade = 0;
    this.port.onmessage = ({ data }) => {
      if (data === "clear") { this.chunks = this.chunks.filter((c) => c.start < currentFrame + 240); this.fade = 240; }
      else if (this.fade === 0) this.chunks.push(data);
    };
  }
  process(_, [[out]]) {
    const end = currentFrame + out.length;
    for (const { start, samples } of this.chunks) {
      for (let i = Math.max(start, currentFrame); i < Math.min(start + samples.length, end); i++) out[i - currentFrame] = samples[i - start];
    }
    if (this.fade > 0) {
      for (let i = 0; i < out.length; i++) { out[i] *= this.fade / 240; if (this.fade > 0) this.fade--; }
      if (this.fade === 0) this.chunks = [];
    }
    while (this.chunks.length && this.chunks[0].start + this.chunks[0].samples.length <= end) this.chunks.shift();
    return true;
  }
});`;

class Sound {
  /** Throws E083 if the browser provides no audio. */
  static async open() {
    let context;
    try {
      context = new (globalThis.AudioContext || globalThis.webkitAudioContext)({ sampleRate: 48000, latencyHint: "interactive" });
      const url = URL.createObjectURL(new Blob([workletSource], { type: "text/javascript" }));
      await context.audioWorklet.addModule(url);
      URL.revokeObjectURL(url);
      const node = new AudioWorkletNode(context, "avatarium-sound", { numberOfInputs: 0, outputChannelCount: [1] });
      return new Sound(context, node);
    } catch (error) {
      context?.close?.();
      throw fail("E083", `the browser's audio cannot be used: ${error?.message || error}; check its permissions and output device`, { cause: error });
    }
  }

  constructor(context, node) {
    this.context = context;
    this.node = node;
    this.gain = context.createGain();
    node.connect(this.gain).connect(context.destination);
    this.stretch = null;
    this.times = [];
    /** Which samples of the session are heard at which frames of the context's clock. */
    this.marks = [];
  }

  get isRunning() { return this.context.state === "running"; }

  /** When the frame `frame` of the context's clock is heard, milliseconds of performance.now(). */
  heardAt(frame) {
    const stamp = this.context.getOutputTimestamp?.();
    if (stamp && stamp.performanceTime > 0 && stamp.contextTime > 0) {
      return stamp.performanceTime + (frame / 48000 - stamp.contextTime) * 1000;
    }
    return performance.now() + (frame / 48000 - this.context.currentTime + (this.context.outputLatency || 0)) * 1000;
  }

  frameHeardAt(time) { return Math.round(((time - this.heardAt(0)) / 1000) * 48000); }

  /** Seconds on the session's clock that are heard at a time; null while nothing plays. */
  positionAt(time) {
    if (!this.isRunning) return null;
    const frame = this.frameHeardAt(time);
    const mark = this.marks.findLast((mark) => mark.frame <= frame);
    // Between two packets that are late the sound is silent for a moment, and time goes on.
    if (!mark || frame > mark.frame + mark.length + 4800) return null;
    return mark.seconds + (frame - mark.frame) * mark.rate;
  }

  decode(packet, target) {
    if (packet.isFirst || !this.decoder || this.decoder.state !== "configured") {
      this.decoder?.state === "configured" && this.decoder.close();
      this.times = [];
      const times = this.times;
      this.decoder = new AudioDecoder({
        output: (data) => { this.take(data, times.shift(), target); data.close(); },
        error: () => {},
      });
      this.decoder.configure({ codec: "opus", sampleRate: 48000, numberOfChannels: 1 });
    }
    this.times.push({ seconds: packet.seconds, isFirst: packet.isFirst });
    this.decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: Math.round(packet.seconds * 1e6), data: packet.payload }));
  }

  /** Lays decoded samples where they belong: the first of a stretch by the pictures' clock, the others behind it. */
  take(data, time, target) {
    if (!time) return;
    let samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
    const now = this.context.currentTime * 48000;
    const wanted = this.frameHeardAt(target(time.seconds));
    const seconds = data.numberOfFrames / 48000;
    let stretch = this.stretch;
    if (!stretch || time.isFirst || Math.abs(stretch.end - time.seconds) > 0.1) {
      // What came before is heard to its end.
      stretch = this.stretch = { next: Math.max(wanted, Math.ceil(now) + 256, stretch?.next ?? 0), end: time.seconds };
    }
    if (stretch.next < now) {
      // The sound came too late: go on from now, behind the time that was planned.
      stretch.next = Math.ceil(now) + 480;
      this.onstall?.();
    }
    stretch.end = time.seconds + seconds;
    const error = wanted - stretch.next;
    // Behind by more than 30 ms: what is silent is left out, which nobody hears.
    if (error < -1440 && samples.every((x) => Math.abs(x) < 0.004)) return;
    // Two clocks never agree: this one follows the sender's, within half a percent, and two where it is far behind or ahead.
    let length = samples.length;
    if (Math.abs(error) > 240) {
      const most = Math.abs(error) > 4800 ? 19 : 5;
      length += Math.max(-most, Math.min(most, Math.round(error / 50)));
      samples = Sound.stretched(samples, length);
    }
    this.node.port.postMessage({ start: stretch.next, samples }, [samples.buffer]);
    this.marks.push({ frame: stretch.next, length, seconds: time.seconds, rate: seconds / length });
    if (this.marks.length > 200) this.marks.shift();
    stretch.next += length;
  }

  static stretched(samples, length) {
    const out = new Float32Array(length);
    const step = (samples.length - 1) / (length - 1);
    for (let i = 0; i < length; i++) {
      const x = i * step, at = Math.min(samples.length - 2, Math.floor(x));
      out[i] = samples[at] + (samples[at + 1] - samples[at]) * (x - at);
    }
    return out;
  }

  clear() {
    this.node.port.postMessage("clear");
    if (this.decoder?.state === "configured") this.decoder.close();
    this.decoder = null;
    this.stretch = null;
    this.times = [];
    this.marks = [];
  }

  async close() {
    this.clear();
    this.node.disconnect();
    await this.context.close().catch(() => {});
  }
}

// --------------------------------------------------------------------------------------------------------------- Pictures

/** Decodes and shows pictures at the time that the sound, or else their own arrival, sets. */
class Pictures {
  constructor(canvas, owner) {
    this.canvas = canvas;
    this.owner = owner;
    this.context = canvas.getContext("2d", { alpha: false, desynchronized: true });
    if (!this.context) throw fail("E082", "the browser provides no canvas context; close other pages, or allow hardware acceleration");
    this.waiting = [];
    this.facts = new Map();
    this.needsKey = true;
    this.delays = [];
    this.base = null;
    const draw = () => { this.due(); this.loop = requestAnimationFrame(draw); };
    this.loop = requestAnimationFrame(draw);
  }

  configure(video) {
    this.video = video;
    this.canvas.width = video.width;
    this.canvas.height = video.height;
    this.restart();
  }

  restart() {
    if (this.decoder?.state === "configured") this.decoder.close();
    for (const frame of this.waiting) frame.close();
    this.waiting = [];
    this.facts.clear();
    this.needsKey = true;
    this.decoder = new VideoDecoder({
      output: (frame) => this.decoded(frame),
      // The decoder is gone after an error: another one begins with the next key picture.
      error: () => { if (!this.isClosed) { this.restart(); this.owner.transmit({ type: "keyframe" }); } },
    });
    this.decoder.configure({ codec: this.video.codec, optimizeForLatency: true, hardwareAcceleration: "no-preference" });
  }

  decode(packet) {
    if (!this.decoder || this.decoder.state !== "configured") return;
    if (this.needsKey && !packet.isKey) return;
    if (this.decoder.decodeQueueSize > 15) {
      // This machine cannot keep up: leave out what is late, and begin again.
      this.restart();
      this.owner.transmit({ type: "keyframe" });
      return;
    }
    this.needsKey = false;
    const timestamp = Math.round(packet.seconds * 1e6);
    this.facts.set(timestamp, packet);
    this.decoder.decode(new EncodedVideoChunk({ type: packet.isKey ? "key" : "delta", timestamp, data: packet.payload }));
  }

  decoded(frame) {
    const packet = this.facts.get(frame.timestamp);
    for (const time of this.facts.keys()) if (time <= frame.timestamp) this.facts.delete(time);
    const seconds = frame.timestamp / 1e6;
    this.learn(performance.now() - seconds * 1000);
    frame.packet = packet;
    this.waiting.push(frame);
    this.due();
  }

  /** Follows how late pictures come: shown when nine of ten are there, and moved too slowly to be seen. */
  learn(delay) {
    this.delays.push(delay);
    if (this.delays.length > 90) this.delays.shift();
    const sorted = [...this.delays].sort((a, b) => a - b);
    const wanted = sorted[Math.floor(sorted.length * 0.8)] + 1;
    if (this.base === null || this.delays.length < 8 || Math.abs(wanted - this.base) > 150) this.base = wanted;
    else this.base += Math.max(-0.5, Math.min(0.5, wanted - this.base));
  }

  /** When a moment of the session's clock is to be seen and heard, milliseconds of performance.now(). */
  target(seconds) { return seconds * 1000 + (this.base ?? performance.now() - seconds * 1000 + 60); }

  due() {
    if (!this.waiting.length) return;
    const now = performance.now();
    const position = this.owner.sound?.positionAt(now + 4) ?? (now + 4 - (this.base ?? 0)) / 1000;
    let shown = null;
    while (this.waiting.length && (this.base === null || this.waiting[0].timestamp / 1e6 <= position || this.waiting.length > 24)) {
      shown?.close();
      shown = this.waiting.shift();
    }
    if (!shown) return;
    this.context.drawImage(shown, 0, 0, this.canvas.width, this.canvas.height);
    const { packet, timestamp } = shown;
    shown.close();
    this.owner.showed(timestamp / 1e6, packet, now);
  }

  close() {
    this.isClosed = true;
    cancelAnimationFrame(this.loop);
    if (this.decoder?.state === "configured") this.decoder.close();
    for (const frame of this.waiting) frame.close();
    this.waiting = [];
  }
}

// ----------------------------------------------------------------------------------------------- Without WebCodecs: a movie

const utf8 = new TextEncoder();
const u8 = (...values) => new Uint8Array(values);
const u16 = (value) => u8(value >> 8 & 255, value & 255);
const u32 = (...values) => Uint8Array.from(values.flatMap((value) => [value >>> 24, value >>> 16 & 255, value >>> 8 & 255, value & 255]));
const zeros = (count) => new Uint8Array(count);
const bytes = (...parts) => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { out.set(part, at); at += part.length; }
  return out;
};

/** Fragmented MP4 (ISO/IEC 14496-12, -14, -15) of one track: what Media Source Extensions take. */
const mp4 = {
  box(type, ...parts) {
    const body = bytes(...parts);
    return bytes(u32(body.length + 8), utf8.encode(type), body);
  },

  /** The beginning of a track of one codec. */
  start(timescale, handler, header, entry, [width, height] = [0, 0]) {
    const { box } = mp4;
    const matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
    const table = box("stbl", box("stsd", u32(0, 1), entry), box("stts", u32(0, 0)), box("stsc", u32(0, 0)), box("stsz", u32(0, 0, 0)), box("stco", u32(0, 0)));
    const media = box("mdia",
      box("mdhd", u32(0, 0, 0, timescale, 0), u16(0x55c4), u16(0)),
      box("hdlr", u32(0, 0), utf8.encode(handler), zeros(13)),
      box("minf", header, box("dinf", box("dref", u32(0, 1), box("url ", u32(1)))), table));
    return bytes(
      box("ftyp", utf8.encode("iso5"), u32(1), utf8.encode("iso5iso6mp41")),
      box("moov",
        box("mvhd", u32(0, 0, 0, timescale, 0, 0x10000), u16(0x100), zeros(10), matrix, zeros(24), u32(2)),
        box("trak", box("tkhd", u32(3, 0, 0, 1, 0, 0), zeros(12), u16(0x100), u16(0), matrix, u32(width << 16, height << 16)), media),
        box("mvex", box("trex", u32(0, 1, 1, 0, 0, 0)))));
  },

  /** @param sets The parameter sets of an access unit, by their types. */
  video({ width, height }, sets) {
    const sps = sets.get(7), pps = sets.get(8);
    const configuration = mp4.box("avcC", u8(1, sps[1], sps[2], sps[3], 0xff, 0xe1), u16(sps.length), sps, u8(1), u16(pps.length), pps);
    const entry = mp4.box("avc1", zeros(6), u16(1), zeros(16), u16(width), u16(height), u32(0x480000, 0x480000, 0), u16(1), zeros(32), u16(24), u16(0xffff), configuration);
    return mp4.start(90000, "vide", mp4.box("vmhd", u32(1, 0, 0)), entry, [width, height]);
  },

  opus() {
    const entry = mp4.box("Opus", zeros(6), u16(1), zeros(8), u16(1), u16(16), u32(0, 48000 * 65536), mp4.box("dOps", u8(0, 1), u16(0), u32(48000), u16(0), u8(0)));
    return mp4.start(48000, "soun", mp4.box("smhd", u32(0, 0)), entry);
  },

  /** One sample. @param time Of its beginning, in the track's units. */
  fragment(number, time, duration, isKey, sample) {
    const { box } = mp4;
    const moof = (offset) => box("moof", box("mfhd", u32(0, number)), box("traf",
      box("tfhd", u32(0x20000, 1)), box("tfdt", u32(0x1000000, Math.floor(time / 2 ** 32), time >>> 0)),
      box("trun", u32(0x701, 1, offset, duration, sample.length, isKey ? 0x2000000 : 0x1010000))));
    return bytes(moof(moof(0).length + 8), box("mdat", sample));
  },

  /** The NAL units of an Annex B stream. */
  units(data) {
    const found = [];
    let start = -1;
    for (let i = 0; i + 2 < data.length; i++) {
      if (data[i] || data[i + 1] || data[i + 2] !== 1) continue;
      if (start >= 0) found.push(data.subarray(start, data[i - 1] === 0 ? i - 1 : i));
      start = i + 3;
      i += 2;
    }
    if (start >= 0) found.push(data.subarray(start));
    return found;
  },
};

/**
 * Plays pictures and sound as a movie that is written while it plays, for browsers and pages without WebCodecs: about 0.2 s
 * later than they do. It stands for `Pictures` and `Sound` both.
 */
class Movie {
  static videoType = 'video/mp4; codecs="avc1.640028"';
  static audioType = 'audio/mp4; codecs="opus"';
  static get isPossible() { return Boolean(globalThis.MediaSource?.isTypeSupported(Movie.videoType) && MediaSource.isTypeSupported(Movie.audioType)); }
  /** 20 ms of nothing (RFC 6716: CELT, fullband, mono). */
  static silence = u8(0xf8, 0xff, 0xfe);
  /** A picture is shown until the next one, and players drop what follows a gap of two such lengths: seconds. */
  static pictureSeconds = 0.5;
  /** Seconds that the player keeps behind the last picture, and beyond which it jumps. */
  static behind = 0.12;
  static farthestBehind = 0.6;

  constructor(container, owner, { hasVideo, hasAudio }) {
    this.owner = owner;
    this.has = { hasVideo, hasAudio };
    this.element = document.createElement("video");
    this.element.playsInline = this.element.autoplay = true;
    this.element.style.cssText = "display:block;width:100%;height:100%;object-fit:contain";
    this.element.setAttribute("aria-label", "Avatar");
    container.append(this.element);
    this.element.addEventListener("waiting", () => { if (owner.state === "ready") owner.record.stalls++; });
    this.follow();
  }

  /** Begins a new movie: for every connection. */
  configure(video) {
    this.video = video;
    this.tracks = {};
    this.facts = new Map();
    this.edge = this.quietUntil = null;
    this.number = 0;
    this.sets = "";
    this.element.muted = Boolean(this.isBlocked);
    const source = (this.source = new MediaSource());
    URL.revokeObjectURL(this.element.src);
    this.element.src = URL.createObjectURL(source);
    source.addEventListener("sourceopen", () => {
      if (source !== this.source) return;
      if (this.has.hasVideo) this.tracks.video = this.track(Movie.videoType);
      if (this.has.hasAudio) {
        this.tracks.audio = this.track(Movie.audioType);
        this.tracks.audio.append(mp4.opus());
      }
      this.owner.transmit({ type: "keyframe" });
    }, { once: true });
    this.play();
  }

  /** A buffer that takes one thing after the other. */
  track(type) {
    const buffer = this.source.addSourceBuffer(type);
    const queue = [];
    const next = () => {
      if (buffer.updating || !queue.length || this.source.readyState !== "open") return;
      try { queue.shift()(); } catch (error) { this.fail(error); }
    };
    buffer.addEventListener("updateend", next);
    buffer.addEventListener("error", () => this.fail(new Error("the browser cannot play the stream")));
    const then = (step) => { queue.push(step); next(); };
    return {
      end: null,
      append: (data) => then(() => buffer.appendBuffer(data)),
      forget: (until) => { if (buffer.buffered.length && buffer.buffered.start(0) < until - 10) then(() => buffer.remove(0, until)); },
    };
  }

  /** Another connection begins another movie. */
  fail(error) {
    if (this.isClosed) return;
    this.owner.fatal = fail("E003", `the media stream cannot be built: ${error.message}`, { cause: error });
    this.owner.socket?.close();
  }

  play() {
    this.element.play().catch(() => {
      // Browsers start sound after a gesture of the user only.
      this.element.muted = this.isBlocked = true;
      this.element.play().catch(() => {});
    });
  }

  /** After a gesture of the user. */
  resume() {
    if (this.isBlocked) { this.isBlocked = false; this.element.muted = this.quietUntil !== null; }
    if (this.element.paused && !this.isClosed) this.play();
  }

  /** A picture. */
  decode(packet) {
    const track = this.tracks.video;
    if (!track) return;
    const units = mp4.units(packet.payload);
    if (packet.isKey) {
      const sets = new Map(units.map((unit) => [unit[0] & 31, unit]));
      const name = sets.has(7) && sets.has(8) ? `${sets.get(7)} ${sets.get(8)}` : this.sets;
      if (name !== this.sets) track.append(mp4.video(this.video, sets));
      this.sets = name;
    }
    if (!this.sets) return;
    const sample = bytes(...units.filter((unit) => ![7, 8, 9].includes(unit[0] & 31)).flatMap((unit) => [u32(unit.length), unit]));
    const time = Math.round(packet.seconds * 90000);
    this.facts.set(time, packet);
    track.append(mp4.fragment(++this.number, time, Movie.pictureSeconds * 90000, packet.isKey, sample));
    this.reach(packet.seconds);
  }

  /** Sound. What was filled with silence already is not played twice. */
  hear(packet) {
    const track = this.tracks.audio;
    if (!track) return;
    if (track.end !== null && packet.seconds < track.end - 0.015) return;
    this.fill(packet.seconds);
    this.sound(packet.payload);
    if (this.quietUntil === Infinity) this.quietUntil = packet.seconds;
  }

  /** Everything up to a time has come. */
  reach(seconds) {
    this.edge = Math.max(this.edge ?? seconds, seconds);
    this.fill(seconds);
    this.steer();
  }

  /** Silence up to a time: a movie has no gaps. */
  fill(seconds) {
    const track = this.tracks.audio;
    if (!track) return;
    track.end ??= Math.max(0, seconds);
    if (seconds - track.end > 5) track.end = seconds;
    while (track.end + 0.02 <= seconds) this.sound(Movie.silence);
  }

  sound(sample) {
    const track = this.tracks.audio;
    track.append(mp4.fragment(++this.number, Math.round(track.end * 48000), 960, true, sample));
    track.end += 0.02;
  }

  /** Keeps a little behind the last picture. */
  steer() {
    const { element } = this;
    if (!element.buffered.length) return;
    const late = this.edge - element.currentTime;
    const start = element.buffered.start(element.buffered.length - 1);
    if (late > Movie.farthestBehind || element.currentTime < start || late < 0) {
      element.currentTime = Math.max(start, this.edge - Movie.behind);
    } else element.playbackRate = 1 + Math.max(-0.08, Math.min(0.08, (late - Movie.behind) * 0.4));
    this.tracks.video?.forget(element.currentTime - 5);
    this.tracks.audio?.forget(element.currentTime - 5);
  }

  /** Tells of every picture that is shown. */
  follow() {
    if (this.isClosed) return;
    const { element } = this;
    const tell = (seconds, now) => {
      const time = Math.round(seconds * 90000);
      let shown = null;
      for (const [at, packet] of this.facts || []) if (at <= time + 90) { shown = packet; this.facts.delete(at); }
      if (shown) this.owner.showed(shown.seconds, shown, now);
      if (this.quietUntil !== null && element.currentTime >= this.quietUntil - 0.01) {
        this.quietUntil = null;
        if (!this.isBlocked) element.muted = false;
      }
      this.follow();
    };
    if (element.requestVideoFrameCallback && this.has.hasVideo) element.requestVideoFrameCallback((now, frame) => tell(frame.mediaTime, now));
    else requestAnimationFrame((now) => tell(element.currentTime, now));
  }

  /** Seconds on the session's clock that are heard at a time; null while nothing plays. */
  positionAt(time) {
    if (this.element.paused || this.edge === null) return null;
    return this.element.currentTime + (time - performance.now()) / 1000 * this.element.playbackRate;
  }

  /** What was said is not heard any more; the next sound is. */
  clear() {
    this.element.muted = true;
    this.quietUntil = Infinity;
  }

  close() {
    this.isClosed = true;
    URL.revokeObjectURL(this.element.src);
    this.element.removeAttribute("src");
    this.element.load();
    this.element.remove();
  }
}

// ------------------------------------------------------------------------------------------------------------------- Live

const percentile = (list, p) => {
  if (!list.length) return null;
  const sorted = [...list].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] * 10) / 10;
};

/** An avatar that is there: made by `connect`. */
export class LiveAvatar {
  constructor(options) {
    this.options = options;
    this.state = "new";
    this.handlers = new Map();
    this.turns = new Map();
    this.pending = [];
    this.attempt = 0;
    this.epoch = 0;
    this.lastShown = null;
    this.offset = 0;
    this.record = { drawnToShown: [], sync: [], textToLips: [], interruptToClosed: [], reconnects: 0, stalls: 0, frames: 0 };
    this.nextReference = 1;
  }

  on(name, handler) {
    if (!this.handlers.has(name)) this.handlers.set(name, new Set());
    this.handlers.get(name).add(handler);
    return () => this.handlers.get(name)?.delete(handler);
  }

  emit(name, value) {
    for (const handler of this.handlers.get(name) || []) {
      try { handler(value); } catch (error) { console.error(error); }
    }
  }

  become(state) {
    if (this.state === state) return;
    this.state = state;
    this.emit("state", state);
  }

  // Setting up

  async open() {
    const options = this.options;
    this.streams = options.streams || ["video", "audio"];
    if (!globalThis.WebSocket) throw fail("E081", "this browser does not support WebSocket; use a current one");
    const hasVideo = this.streams.includes("video"), hasAudio = this.streams.includes("audio") && options.muted !== true;
    if (hasVideo || hasAudio) {
      if (options.player !== "movie" && await this.hasWebCodecs(hasVideo)) {
        if (hasVideo) this.pictures = new Pictures(this.makeCanvas(), this);
        if (hasAudio) {
          this.sound = await Sound.open();
          this.sound.onstall = () => { this.record.stalls++; };
          // A context that was closed meanwhile is not needed.
          this.unlock(() => this.sound?.context.resume().catch(() => {}));
        }
      } else {
        if (!Movie.isPossible) throw fail("E081", this.reason);
        this.movie = new Movie(this.findContainer(), this, { hasVideo, hasAudio });
        this.unlock(() => this.movie?.resume());
      }
    }
    await this.join();
    return this;
  }

  /** Whether the browser plays with the least delay; else `reason` says why not. */
  async hasWebCodecs(hasVideo) {
    if (globalThis.isSecureContext === false) {
      this.reason = "browsers decode video and audio only for pages over https or on localhost; serve this page over https";
    } else if (!globalThis.VideoDecoder || !globalThis.AudioDecoder) {
      this.reason = "this browser lacks WebCodecs, and Media Source Extensions with H.264 and Opus; use Chrome 97, Edge 97, Firefox 130 or Safari 26, or newer";
    } else if (hasVideo) {
      const support = await VideoDecoder.isConfigSupported({ codec: "avc1.640028", optimizeForLatency: true }).catch(() => null);
      if (!support?.supported) this.reason = "this browser does not decode H.264; use a build with its codecs, or request streams: [\"audio\", \"face\"]";
    }
    return !this.reason;
  }

  findContainer() {
    const { container } = this.options;
    const found = typeof container === "string" ? document.querySelector(container) : container;
    if (!found || !(found instanceof Element || found instanceof ShadowRoot)) {
      throw fail("E025", `there is no element ${typeof container === "string" ? `'${container}'` : ""} to show the avatar in; give \`container\` an element or a selector of one`);
    }
    return found;
  }

  makeCanvas() {
    const found = this.findContainer();
    if (found instanceof HTMLCanvasElement) return found;
    this.canvas = document.createElement("canvas");
    this.canvas.style.cssText = "display:block;width:100%;height:100%;object-fit:contain";
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "Avatar");
    found.append(this.canvas);
    return this.canvas;
  }

  /** Browsers start sound after a gesture of the user only. */
  unlock(resume) {
    resume();
    this.gestures = new AbortController();
    for (const event of ["pointerdown", "keydown"]) {
      globalThis.addEventListener?.(event, resume, { once: true, signal: this.gestures.signal });
    }
  }

  // The connection

  get url() {
    const base = new URL(this.options.server || globalThis.location?.href || "http://localhost:8080");
    base.protocol = base.protocol === "https:" || base.protocol === "wss:" ? "wss:" : "ws:";
    base.pathname = "/v1/live";
    base.search = base.hash = "";
    return base.href;
  }

  /** Connects once; resolves when the avatar is there. */
  async join() {
    this.become(this.session ? "reconnecting" : "connecting");
    const options = this.options;
    const token = options.getToken ? await options.getToken() : options.token;
    if (!token) throw fail("E013", "no token is given; pass `token` or `getToken` (POST /v1/live/tokens creates one)");
    const start = { type: "start", token, streams: this.streams };
    for (const [name, value] of [
      ["avatar_id", options.avatar], ["voice", options.voice], ["size", options.size], ["fps", options.fps],
      ["camera", options.camera], ["background", options.background], ["seed", options.seed], ["variant", options.variant],
    ]) if (value !== undefined && value !== null) start[name] = value;
    if (this.session) {
      start.resume = this.session;
      if (this.lastShown !== null) start.frame = Math.max(0, Math.round(this.lastShown * this.frameRate));
    }
    await new Promise((resolve, reject) => {
      const socket = new WebSocket(this.url);
      socket.binaryType = "arraybuffer";
      this.socket = socket;
      let isReady = false;
      const late = setTimeout(() => { reject(fail("E005", "the avatar was not ready within 90 s; try again")); socket.close(); }, 90000);
      socket.onopen = () => socket.send(JSON.stringify(start));
      socket.onmessage = ({ data }) => {
        if (socket !== this.socket) return;
        try {
          if (typeof data !== "string") return this.receive(data);
          const message = JSON.parse(data);
          if (message.type === "ready") {
            isReady = true;
            clearTimeout(late);
            this.ready(message);
            resolve();
          } else if (message.type === "error" && message.fatal) {
            this.fatal = this.failure(message);
            if (!isReady) reject(this.fatal);
          } else this.hear(message);
        } catch (error) {
          // What cannot be read breaks the protocol: begin a new connection.
          this.fatal = fail("E003", `the server violated the protocol: ${error?.message || error}`, { cause: error });
          socket.close();
        }
      };
      socket.onclose = (event) => {
        clearTimeout(late);
        if (socket !== this.socket) return;
        const failure = this.fatal || fail(isReady ? "E002" : "E001",
          isReady ? "the connection to the avatar was lost" : "the server cannot be reached", { context: { close: String(event.code) } });
        this.fatal = null;
        if (isReady) this.lost(failure); else reject(failure);
      };
    });
  }

  failure({ error }) {
    return fail(error?.code || "E091", error?.message || "the server reported an error", { retryAfter: error?.retryAfter, context: error?.context });
  }

  ready(message) {
    const wasHere = Boolean(this.session);
    this.session = message.session;
    this.frameRate = message.frame_rate;
    this.epoch = message.epoch;
    this.description = message;
    this.attempt = 0;
    this.sound?.clear();
    this.movie?.configure(message.video);
    if (this.pictures) {
      this.pictures.base = null;
      this.pictures.delays = [];
      if (message.video) this.pictures.configure(message.video);
    }
    if (wasHere) this.record.reconnects++;
    if (wasHere && !message.resumed) {
      this.lastShown = null;
      for (const turn of this.turns.values()) turn.reject?.(fail("E002", "the turn was lost with its connection"));
      this.turns.clear();
    }
    clearInterval(this.beat);
    this.beat = setInterval(() => {
      this.transmit({ type: "ping", time: performance.timeOrigin + performance.now() });
      if (this.lastShown !== null && this.streams.includes("video")) this.transmit({ type: "report", seconds: this.lastShown });
    }, 500);
    this.become("ready");
    for (const queued of this.pending.splice(0)) this.transmit(queued);
    this.emit("ready", { session: message.session, resumed: message.resumed });
  }

  async lost(failure) {
    clearInterval(this.beat);
    this.silence();
    if (this.state === "closed") return;
    if (!failure.recoverable || this.options.reconnect === false) return this.end(failure);
    this.emit("error", failure);
    const most = this.options.reconnectAttempts ?? 10;
    while (this.state !== "closed") {
      if (this.attempt >= most) return this.end(fail("E001", `the connection to the avatar could not be restored in ${most} attempts`, { cause: failure }));
      this.become("reconnecting");
      await wait(failure.retryAfter ?? backoff(this.attempt++, 200, 8000));
      if (this.state === "closed") return;
      try {
        await this.join();
        return;
      } catch (error) {
        failure = AvatariumError.from(error);
        if (!failure.recoverable) return this.end(failure);
      }
    }
  }

  end(failure) {
    this.close();
    this.emit("error", failure);
  }

  transmit(message) {
    if (this.socket?.readyState === 1 && this.state === "ready") this.socket.send(JSON.stringify(message));
    else if (message.type === "say") this.pending.push(message);
  }

  // What comes

  receive(data) {
    const view = new DataView(data);
    if (data.byteLength < 24) throw new Error("a packet has no header");
    const flags = view.getUint8(1);
    const packet = {
      isKey: Boolean(flags & 1), isSpeaking: Boolean(flags & 2), isFirst: Boolean(flags & 4), turn: view.getUint16(2),
      epoch: view.getUint32(4), seconds: Number(view.getBigInt64(8)) / 1e6, drawnAt: Number(view.getBigInt64(16)) / 1000,
      payload: new Uint8Array(data, 24),
    };
    switch (view.getUint8(0)) {
      case 1: return (this.pictures || this.movie)?.decode(packet);
      case 2:
        if (packet.epoch < this.epoch || this.isSilenced) return;
        this.movie?.hear(packet);
        return this.sound?.decode(packet, (s) => this.target(s));
      case 3:
        if (this.movie && !this.movie.has.hasVideo) this.movie.reach(packet.seconds);
        return this.face(packet);
    }
  }

  target(seconds) {
    if (this.pictures) return this.pictures.target(seconds);
    // Without pictures: 60 ms after the sound came first.
    this.soundBase ??= performance.now() - seconds * 1000 + 60;
    return seconds * 1000 + this.soundBase;
  }

  face(packet) {
    if (!this.handlers.get("face")?.size) return;
    const { shapes, visemes, emotions } = this.description.face;
    const view = new DataView(packet.payload.buffer, packet.payload.byteOffset);
    let at = 0;
    const read = (list) => Object.fromEntries(list.map((name) => [name, view.getUint8(at++) / 255]));
    const value = { seconds: packet.seconds, turn: packet.turn, shapes: read(shapes), visemes: read(visemes), emotions: read(emotions) };
    const angles = Array.from({ length: 5 }, (_, i) => view.getInt16(at + 2 * i) / 10000);
    value.head = { pitch: angles[0], yaw: angles[1], roll: angles[2] };
    value.gaze = { pitch: angles[3], yaw: angles[4] };
    this.lastShown = packet.seconds;
    this.emit("face", value);
  }

  hear(message) {
    const turn = message.turn === undefined ? null : this.turns.get(message.turn);
    switch (message.type) {
      case "turn": {
        const waiting = this.turns.get(message.reference);
        if (waiting) { this.turns.delete(message.reference); this.turns.set(message.turn, waiting); waiting.turn = message.turn; }
        return;
      }
      case "pong": {
        const now = performance.timeOrigin + performance.now();
        const trip = now - message.time;
        // The shortest of the last trips tells the difference of the clocks best.
        this.trips = [...(this.trips || []).slice(-9), { trip, offset: message.server_time - (message.time + trip / 2) }];
        this.offset = this.trips.reduce((a, b) => (b.trip < a.trip ? b : a)).offset;
        return;
      }
      case "phone":
        if (turn && turn.firstPhone === undefined) turn.firstPhone = message.seconds;
        break;
      case "finished":
        if (turn) { turn.resolve?.({ turn: message.turn, interrupted: false }); this.turns.delete(message.turn); }
        break;
      case "interrupted":
        this.epoch = message.epoch;
        this.isSilenced = false;
        this.silence();
        if (this.interruption) this.interruption.frame = message.frame;
        for (const other of this.turns.values()) other.resolve?.({ turn: other.turn, interrupted: true, word: message.word });
        this.turns.clear();
        break;
      case "error": {
        const failure = this.failure(message);
        if (turn) { turn.reject?.(failure); this.turns.delete(message.turn); }
        this.emit("error", failure);
        return;
      }
    }
    this.emit(message.type, message);
  }

  /** Called when a picture is on the canvas. */
  showed(seconds, packet, now) {
    this.lastShown = seconds;
    const { record } = this;
    record.frames++;
    const keep = (list, value) => { list.push(value); if (list.length > 5000) list.shift(); };
    if (packet?.drawnAt) {
      keep(record.drawnToShown, performance.timeOrigin + now + this.offset - packet.drawnAt);
    }
    const heard = (this.sound || this.movie)?.positionAt(now);
    if (packet?.isSpeaking && heard != null) {
      // A picture stays until the next: the middle of its time is compared.
      keep(record.sync, (seconds - heard) * 1000);
    }
    const turn = packet?.turn ? this.turns.get(packet.turn) : null;
    if (turn?.asked && turn.firstPhone !== undefined && seconds >= turn.firstPhone - 0.034) {
      keep(record.textToLips, now - turn.asked);
      this.emit("lips", { turn: packet.turn, ms: now - turn.asked });
      turn.asked = null;
    }
    const stop = this.interruption;
    if (stop?.frame !== undefined && !packet?.isSpeaking && seconds * this.frameRate >= stop.frame + 2) {
      keep(record.interruptToClosed, now - stop.at);
      this.interruption = null;
    }
    if (this.handlers.get("shown")?.size) this.emit("shown", { seconds, turn: packet?.turn || 0 });
  }

  /** What plays: WebCodecs, or a movie where they are missing. */
  get player() { return this.movie ? "movie" : "webcodecs"; }

  silence() {
    this.sound?.clear();
    this.movie?.clear();
  }

  // What is said

  /** Speaks a text; resolves when it was said, or interrupted. */
  say(text, options = {}) {
    const reference = `r${this.nextReference++}`;
    return new Promise((resolve, reject) => {
      if (this.state === "closed") return reject(fail("E023", "the avatar is closed; connect again"));
      this.turns.set(reference, { resolve, reject, asked: performance.now() });
      this.transmit({ type: "say", text, reference, ...options });
    });
  }

  /** Sends a message to a conversation and speaks the reply. Needs `client` and `conversation` in the options. */
  async send(content) {
    const { client, conversation } = this.options;
    if (!client || !conversation) throw fail("E072", "send() needs `client` (an AvatariumClient) and `conversation` (its id) in connect()'s options");
    const reply = await client.conversations.send(conversation, content);
    this.emit("reply", reply);
    return this.say(reply.content);
  }

  /** Stops what is being said, at once. */
  interrupt() {
    this.silence();
    this.isSilenced = true;
    this.interruption = { at: performance.now() };
    this.transmit({ type: "interrupt" });
  }

  /** Streams recorded speech: `write(Int16Array | Float32Array)`, then `end()`. */
  speakAudio({ sampleRate = 24000, language, timings } = {}) {
    const reference = `r${this.nextReference++}`;
    const done = new Promise((resolve, reject) => this.turns.set(reference, { resolve, reject, asked: performance.now() }));
    this.transmit({ type: "audio", sample_rate: sampleRate, reference, language, timings });
    return {
      done,
      write: (samples) => {
        const pcm = samples instanceof Int16Array ? samples
          : Int16Array.from(samples, (x) => Math.max(-32767, Math.min(32767, Math.round(x * 32767))));
        for (let at = 0; at < pcm.length; at += 65536) {
          if (this.socket?.readyState === 1) this.socket.send(pcm.slice(at, at + 65536));
        }
      },
      end: () => this.transmit({ type: "audio_end" }),
    };
  }

  setExpression(emotion, strength = 1) { this.transmit({ type: "expression", emotion, strength }); }
  setGaze(gaze) { this.transmit({ type: "gaze", ...(gaze || {}) }); }
  setListening(on) { this.transmit({ type: "listening", on }); }

  /** Medians and 95th percentiles of what was measured here, milliseconds. */
  stats() {
    const r = this.record;
    const pair = (list) => ({ p50: percentile(list, 0.5), p95: percentile(list, 0.95), count: list.length });
    return {
      drawnToShown: pair(r.drawnToShown), soundToLips: pair(r.sync), textToLips: pair(r.textToLips),
      interruptToClosed: pair(r.interruptToClosed), player: this.player, frames: r.frames, reconnects: r.reconnects, stalls: r.stalls,
    };
  }

  close() {
    if (this.state === "closed") return;
    this.become("closed");
    clearInterval(this.beat);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
    this.gestures?.abort();
    this.pictures?.close();
    this.sound?.close();
    this.movie?.close();
    this.canvas?.remove();
    for (const turn of this.turns.values()) turn.reject?.(fail("E023", "the avatar was closed"));
    this.turns.clear();
  }
}

/** Connects to a live avatar. Recoverable failures are tried again; others reject. */
export async function connect(options = {}) {
  const avatar = new LiveAvatar(options);
  for (const [name, handler] of Object.entries(options.on || {})) avatar.on(name, handler);
  const most = options.reconnect === false ? 0 : options.connectAttempts ?? 3;
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        if (attempt === 0) await avatar.open(); else await avatar.join();
        return avatar;
      } catch (error) {
        const failure = AvatariumError.from(error);
        if (!failure.recoverable || attempt >= most || failure.code === "E005") throw failure;
        await wait(failure.retryAfter ?? backoff(attempt, 300, 4000));
      }
    }
  } catch (error) {
    avatar.close();
    throw error;
  }
}

// ------------------------------------------------------------------------------------------------------- The user's voice

/** Notices when the user begins and ends to speak: 12 dB over the room's noise for 60 ms, then 500 ms of rest. */
export class VoiceWatch {
  static async open({ onStart, onEnd, onLevel } = {}) {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
    } catch (error) {
      throw fail("E083", `the microphone cannot be used: ${error?.message || error}; allow it for this page`, { cause: error });
    }
    return new VoiceWatch(stream, { onStart, onEnd, onLevel });
  }

  constructor(stream, handlers) {
    this.stream = stream;
    this.context = new AudioContext();
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 1024;
    this.context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let floor = 0.01, loud = 0, quiet = 0, speaking = false;
    this.timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const level = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
      handlers.onLevel?.(level);
      if (!speaking) floor = Math.min(0.05, Math.max(0.002, level < floor ? level : floor * 1.004));
      const isLoud = level > Math.max(0.012, floor * 4);
      loud = isLoud ? loud + 20 : 0;
      quiet = isLoud ? 0 : quiet + 20;
      if (!speaking && loud >= 60) { speaking = true; handlers.onStart?.(); }
      if (speaking && quiet >= 500) { speaking = false; handlers.onEnd?.(); }
    }, 20);
  }

  close() {
    clearInterval(this.timer);
    for (const track of this.stream.getTracks()) track.stop();
    this.context.close();
  }
}

/** Turns the user's speech into text by the browser's own recogniser. Throws E084 where it has none. */
export function recognize({ language, onText, onEnd }) {
  const Recognition = globalThis.SpeechRecognition || globalThis.webkitSpeechRecognition;
  if (!Recognition) throw fail("E084", "this browser does not support speech recognition; type instead, or use Chrome");
  const recognition = new Recognition();
  recognition.lang = language || navigator.language;
  recognition.continuous = true;
  recognition.onresult = (event) => {
    for (let i = event.resultIndex; i < event.results.length; i++) if (event.results[i].isFinal) onText(event.results[i][0].transcript.trim());
  };
  recognition.onerror = recognition.onend = () => onEnd?.();
  recognition.start();
  return () => recognition.abort();
}

// -------------------------------------------------------------------------------------------------------- Custom element

/**
 * `<avatarium-avatar server="https://..." token="avl_..." short-id="ada" voice="en-us" on-error="handler">`.
 *
 * Dispatches every event of the avatar as `avatarium-NAME`; `on-error` names a global function that gets each error.
 */
const ElementBase = globalThis.HTMLElement || class {};
export class AvatariumElement extends ElementBase {
  static observedAttributes = ["short-id", "server", "token", "voice"];

  constructor() {
    super();
    const style = new CSSStyleSheet();
    style.replaceSync(":host{display:block;position:relative;aspect-ratio:16/9;background:#d9dee4;overflow:hidden}");
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [style];
  }

  connectedCallback() { this.start(); }
  disconnectedCallback() { this.stop(); }
  attributeChangedCallback(_, before, after) {
    if (this.isConnected && before !== null && before !== after) { this.stop(); this.start(); }
  }

  async start() {
    const run = (this.run = Symbol());
    try {
      const size = this.getAttribute("size") || undefined;
      const avatar = await connect({
        container: this.shadowRoot, server: this.getAttribute("server") || undefined, token: this.getAttribute("token"),
        getToken: this.getToken, avatar: this.getAttribute("short-id") || this.getAttribute("avatar") || undefined,
        voice: this.getAttribute("voice") || undefined, size, muted: this.hasAttribute("muted"),
        camera: this.getAttribute("camera") || undefined, background: this.getAttribute("background") || undefined,
      });
      if (run !== this.run) return avatar.close();
      this.avatar = avatar;
      for (const name of ["state", "started", "finished", "sentence", "word", "phone", "bookmark", "interrupted", "latency"]) {
        avatar.on(name, (detail) => this.tell(name, detail));
      }
      avatar.on("error", (error) => this.failed(error));
      this.tell("ready", { session: avatar.session });
    } catch (error) {
      if (run === this.run) this.failed(AvatariumError.from(error));
    }
  }

  stop() {
    this.run = null;
    this.avatar?.close();
    this.avatar = null;
  }

  tell(name, detail) { this.dispatchEvent(new CustomEvent(`avatarium-${name}`, { detail, bubbles: true, composed: true })); }

  failed(error) {
    const handler = this.onError || globalThis[this.getAttribute("on-error")];
    if (typeof handler === "function") handler(error);
    this.tell("error", error);
  }

  need() {
    if (!this.avatar) throw fail("E023", "the avatar is not ready; wait for avatarium-ready");
    return this.avatar;
  }

  say(text, options) { return this.need().say(text, options); }
  send(content) { return this.need().send(content); }
  interrupt() { return this.need().interrupt(); }
}

if (globalThis.customElements && !customElements.get("avatarium-avatar")) customElements.define("avatarium-avatar", AvatariumElement);

/** Puts an avatar into an element: the embed of the contract. Throws E025 where the element is missing. */
export function embed({ container, shortId, server, token, getToken, voice, onError, onReady } = {}) {
  const place = typeof container === "string" ? document.querySelector(container) : container;
  if (!place) throw fail("E025", `there is no element '${container}' to put the avatar in`);
  const element = document.createElement("avatarium-avatar");
  for (const [name, value] of [["short-id", shortId], ["server", server], ["token", token], ["voice", voice]]) if (value) element.setAttribute(name, value);
  if (getToken) element.getToken = getToken;
  if (onError) element.onError = onError;
  if (onReady) element.addEventListener("avatarium-ready", () => onReady(element), { once: true });
  place.append(element);
  return element;
}
