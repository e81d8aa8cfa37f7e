/** Types of avatarium.js, the browser module. */

export declare const AvatariumErrorCode: Readonly<{
  CONNECTION_FAILED: "E001"; WEBSOCKET_CLOSED: "E002"; WEBSOCKET_ERROR: "E003"; NETWORK_ERROR: "E004"; TIMEOUT: "E005";
  API_KEY_INVALID: "E011"; API_KEY_EXPIRED: "E012"; API_KEY_MISSING: "E013"; BYOK_KEY_INVALID: "E014"; BYOK_KEY_EXPIRED: "E015";
  UNAUTHORIZED: "E016"; AVATAR_LOAD_FAILED: "E021"; AVATAR_NOT_FOUND: "E022"; AVATAR_NOT_INITIALIZED: "E023";
  AVATAR_MODEL_INVALID: "E024"; CONTAINER_NOT_FOUND: "E025"; TTS_FAILED: "E031"; TTS_PROVIDER_ERROR: "E032";
  TTS_AUDIO_DECODE_FAILED: "E033"; TTS_VOICE_NOT_FOUND: "E034"; TTS_QUOTA_EXCEEDED: "E035"; AI_PROVIDER_ERROR: "E041";
  AI_MODEL_NOT_FOUND: "E042"; AI_CONTEXT_LENGTH_EXCEEDED: "E043"; AI_CONTENT_FILTERED: "E044"; AI_QUOTA_EXCEEDED: "E045";
  RATE_LIMITED: "E051"; QUOTA_EXCEEDED: "E052"; CONVERSATION_NOT_FOUND: "E061"; CONVERSATION_ENDED: "E062";
  MESSAGE_SEND_FAILED: "E063"; ALREADY_PROCESSING: "E064"; INVALID_CONFIG: "E071"; MISSING_REQUIRED_FIELD: "E072";
  INVALID_PROVIDER: "E073"; BROWSER_NOT_SUPPORTED: "E081"; WEBGL_NOT_SUPPORTED: "E082"; AUDIO_CONTEXT_FAILED: "E083";
  SPEECH_SYNTHESIS_NOT_SUPPORTED: "E084"; UNKNOWN_ERROR: "E091"; INTERNAL_ERROR: "E092"; VALIDATION_ERROR: "E093";
}>;
export type AvatariumErrorCode = (typeof AvatariumErrorCode)[keyof typeof AvatariumErrorCode];

export interface AvatariumErrorJSON {
  code: AvatariumErrorCode; name: string; message: string; recoverable: boolean; retryAfter?: number;
  context?: Record<string, string>; cause?: string;
}

export declare class AvatariumError extends Error {
  constructor(code: AvatariumErrorCode, message: string, more?: { retryAfter?: number; context?: Record<string, string>; cause?: unknown });
  readonly code: AvatariumErrorCode;
  /** The code's name, such as `RATE_LIMITED`. */
  readonly codeName: string;
  /** Whether the same call may succeed if it is repeated. */
  readonly recoverable: boolean;
  /** Milliseconds to wait before trying again, if known. */
  readonly retryAfter?: number;
  readonly context: Record<string, string>;
  toJSON(): AvatariumErrorJSON;
  static isAvatariumError(value: unknown): value is AvatariumError;
  static from(value: unknown): AvatariumError;
}

export interface RequestOptions { headers?: Record<string, string>; signal?: AbortSignal; idempotencyKey?: string }
export interface Render {
  id: string; state: "queued" | "running" | "succeeded" | "failed" | "cancelled"; error?: { code: string; name: string; message: string };
  video?: { url: string; content_type: string; bytes: number; duration_seconds: number; frames: number }; [more: string]: unknown;
}
export interface RenderRequest {
  /** Required unless there is a cast. */
  avatar_id?: string; text?: string; audio_id?: string; audio_url?: string; voice?: string; size?: string; fps?: number | string;
  format?: "mp4" | "webm" | "mov" | "gif" | "webp" | "hls" | "m4a" | "mp3" | "opus" | "flac" | "wav"; background?: string;
  camera?: "face" | "bust" | "waist" | "body"; webhook_url?: string; [more: string]: unknown;
}

export declare class AvatariumClient {
  constructor(options?: { baseURL?: string; apiKey?: string; attempts?: number; timeout?: number });
  request<T = unknown>(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<T>;
  get<T = unknown>(path: string, query?: Record<string, string>): Promise<T>;
  post<T = unknown>(path: string, body?: unknown, options?: RequestOptions): Promise<T>;
  avatars: { list(query?: Record<string, string>): Promise<unknown[]>; get(id: string): Promise<unknown> };
  voices: { list(): Promise<{ id: string; name: string; language: string }[]> };
  renders: {
    create(order: RenderRequest, options?: RequestOptions): Promise<Render>; list(query?: Record<string, string>): Promise<Render[]>;
    get(id: string): Promise<Render>; cancel(id: string): Promise<Render>;
  };
  conversations: {
    create(fields: { session_id?: string; avatar_id?: string }): Promise<{ id: string }>; list(query?: Record<string, string>): Promise<unknown[]>;
    send(id: string, content: string): Promise<{ id: string; content: string; render: Render }>;
  };
  live: { token(expiresInSeconds?: number): Promise<{ token: string; expires_at: string }> };
}

export interface Face {
  /** Seconds since the start of the session. */
  seconds: number; turn: number;
  /** ARKit's 52 coefficients, 0 to 1. */
  shapes: Record<string, number>; visemes: Record<string, number>; emotions: Record<string, number>;
  /** Radians. */
  head: { pitch: number; yaw: number; roll: number }; gaze: { pitch: number; yaw: number };
}
export interface Timed { turn: number; seconds: number; duration?: number }
export interface LiveEvents {
  state: "new" | "connecting" | "ready" | "reconnecting" | "closed";
  ready: { session: string; resumed: boolean };
  started: Timed; finished: Timed; sentence: Timed & { text: string }; word: Timed & { text: string };
  phone: Timed & { ipa: string }; bookmark: Timed & { name: string };
  interrupted: { epoch: number; frame: number; turn?: number; seconds?: number; word?: string };
  latency: { turn: number; speech_ms?: number; sound_ms?: number; face_ms: number; draw_ms?: number; pictures?: "full" | "rough" | "small" };
  lips: { turn: number; ms: number }; shown: { seconds: number; turn: number }; reply: { content: string };
  face: Face; error: AvatariumError;
}
export interface ConnectOptions {
  /** An element, a selector, a shadow root or a canvas to show the avatar in. */
  container?: string | Element | ShadowRoot;
  /** Base URL of the service (default: the page's origin). */
  server?: string;
  /** A live token (POST /v1/live/tokens), or an API key on a page that only you use. */
  token?: string; getToken?: () => string | Promise<string>;
  avatar?: string; voice?: string; size?: string; fps?: number; camera?: "face" | "bust" | "waist" | "body"; background?: string;
  seed?: number; variant?: string; streams?: ("video" | "audio" | "face")[]; muted?: boolean;
  /** "movie" uses Media Source Extensions even if the browser has WebCodecs; it adds about 0.2 s of delay. */
  player?: "auto" | "movie";
  reconnect?: boolean; reconnectAttempts?: number; connectAttempts?: number;
  /** Required by `send`. */
  client?: AvatariumClient; conversation?: string;
  on?: { [Name in keyof LiveEvents]?: (value: LiveEvents[Name]) => void };
}
export interface Percentiles { p50: number | null; p95: number | null; count: number }

export declare class LiveAvatar {
  readonly state: LiveEvents["state"];
  readonly session: string;
  on<Name extends keyof LiveEvents>(name: Name, handler: (value: LiveEvents[Name]) => void): () => void;
  say(text: string, options?: { voice?: string; rate?: number; pitch?: number; ssml?: boolean }): Promise<{ turn: number; interrupted: boolean; word?: string }>;
  send(content: string): Promise<{ turn: number; interrupted: boolean }>;
  speakAudio(options?: { sampleRate?: number; language?: string; timings?: unknown }): {
    done: Promise<{ turn: number; interrupted: boolean }>; write(samples: Int16Array | Float32Array): void; end(): void;
  };
  interrupt(): void;
  setExpression(emotion?: "neutral" | "happy" | "sad" | "angry" | "surprised" | "disgusted" | "afraid" | "relaxed", strength?: number): void;
  /** Angles in degrees; without an argument the avatar looks at the viewer again. */
  setGaze(gaze?: { pitch?: number; yaw?: number }): void;
  setListening(on: boolean): void;
  stats(): {
    drawnToShown: Percentiles; soundToLips: Percentiles; textToLips: Percentiles; interruptToClosed: Percentiles;
    player: "webcodecs" | "movie"; frames: number; reconnects: number; stalls: number;
  };
  close(): void;
}

export declare function connect(options: ConnectOptions): Promise<LiveAvatar>;

export declare class VoiceWatch {
  static open(handlers?: { onStart?: () => void; onEnd?: () => void; onLevel?: (level: number) => void }): Promise<VoiceWatch>;
  close(): void;
}
export declare function recognize(options: { language?: string; onText: (text: string) => void; onEnd?: () => void }): () => void;

export declare class AvatariumElement extends HTMLElement {
  readonly avatar: LiveAvatar | null;
  getToken?: () => string | Promise<string>;
  onError?: (error: AvatariumError) => void;
  say: LiveAvatar["say"]; send: LiveAvatar["send"]; interrupt: LiveAvatar["interrupt"];
}
export declare function embed(options: {
  container: string | Element; shortId?: string; server?: string; token?: string; getToken?: () => string | Promise<string>;
  voice?: string; onError?: (error: AvatariumError) => void; onReady?: (element: AvatariumElement) => void;
}): AvatariumElement;

declare global { interface HTMLElementTagNameMap { "avatarium-avatar": AvatariumElement } }
