#!/usr/bin/env python3
"""Providers that always answer: OpenAI's, Anthropic's and Gemini's forms in one sentence; ElevenLabs' and Google's voices.

usage: scripts/fake_providers.py     prints the variables that lead a server to it, and serves until it is ended

Other scripts import `serve`, which returns the port, and `environment`.
"""
import base64, http.server, json, sys, threading

SAID = "[happy]Hello there."


def stream(*events):
    return "".join(f"data: {each if isinstance(each, str) else json.dumps(each)}\n\n" for each in events).encode()


OPENAI = stream({"choices": [{"index": 0, "delta": {"content": SAID}, "finish_reason": None}]},
                {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}, "[DONE]")
ANTHROPIC = stream({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": SAID}},
                   {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"})
GEMINI = stream({"candidates": [{"content": {"role": "model", "parts": [{"text": SAID}]}, "finishReason": "STOP"}]})
VOICE = "fake0000000000000000"
VOICES = json.dumps({"voices": [{"voice_id": VOICE, "name": "en-US-Fake-A", "languageCodes": ["en-US"], "labels": {}}]}).encode()


class Provider(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, kind, body):
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n%s" % (kind, len(body), body))

    def do_GET(self):
        self.answer(b"application/json", VOICES)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "text-to-speech" in self.path:
            # Silence, a twentieth of a second for each character.
            text = body["text"]
            times = [n / 20 for n in range(len(text) + 1)]
            sound = base64.b64encode(bytes(2 * 24000 * len(text) // 20)).decode()
            self.answer(b"application/json", json.dumps({"audio_base64": sound, "alignment": {
                "characters": list(text), "character_start_times_seconds": times[:-1],
                "character_end_times_seconds": times[1:]}}).encode())
        else:
            self.answer(b"text/event-stream",
                        ANTHROPIC if "messages" in self.path else GEMINI if "GenerateContent" in self.path else OPENAI)

    def log_message(self, *_): pass


def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def environment(port):
    """What a server's environment needs so that no request leaves this host."""
    names = ["OPENAI", "ANTHROPIC", "GROQ", "GEMINI", "ELEVENLABS", "GOOGLE_TTS"]
    return {f"AVATARIUM_{name}_URL": f"http://127.0.0.1:{port}" for name in names} | {
        f"{name}_API_KEY": "fake" for name in names}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(__doc__)
        sys.exit(0 if sys.argv[1] in ("-h", "--help") else 64)
    print("\n".join(f"{name}={value}" for name, value in environment(serve()).items()), flush=True)
    threading.Event().wait()
