"""Lets the official clients of the providers read the answers by which our tests play them.

Usage: provider-clients.py FILE, which the test `the fakes are written down for the providers' clients` has written.
"""
import http.server, json, sys, threading

import anthropic, groq, openai
from google import genai
from google.genai import errors as gemini_errors, types

fakes = json.load(open(sys.argv[1]))


class Provider(http.server.BaseHTTPRequestHandler):
    """Gives the answer whose number stands first in the path."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        fake = fakes[int(self.path.split("/")[1])]
        body = fake["body"].encode()
        self.send_response(fake["status"])
        self.send_header("content-type", "text/event-stream" if fake["status"] == 200 else "application/json")
        for name, value in fake["headers"].items(): self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_): pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"


def read_openai(client, module):
    turns = [{"role": "user", "content": "Hi"}]
    text, reason = "", None
    for chunk in client.chat.completions.create(model="m-1", messages=turns, stream=True):
        if not chunk.choices: continue
        text += chunk.choices[0].delta.content or ""
        reason = chunk.choices[0].finish_reason or reason
    return text, reason


def read(number, fake):
    """What the provider's own client makes of the answer: its text and the reason of its end, or the status of a refusal."""
    base, name = f"{address}/{number}", fake["provider"]
    try:
        if name == "openai":
            return read_openai(openai.OpenAI(base_url=base, api_key="k", max_retries=0), openai)
        if name == "groq":
            return read_openai(groq.Groq(base_url=base, api_key="k", max_retries=0), groq)
        if name == "anthropic":
            client = anthropic.Anthropic(base_url=base, api_key="k", max_retries=0)
            with client.messages.stream(model="m-1", max_tokens=9, messages=[{"role": "user", "content": "Hi"}]) as stream:
                text = "".join(stream.text_stream)
                return text, stream.get_final_message().stop_reason
        client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=base))
        text, reason = "", None
        for chunk in client.models.generate_content_stream(model="m-1", contents="Hi"):
            candidate = chunk.candidates[0] if chunk.candidates else None
            text += "".join(part.text or "" for part in candidate.content.parts) if candidate and candidate.content else ""
            if candidate and candidate.finish_reason: reason = candidate.finish_reason.value
            if chunk.prompt_feedback and chunk.prompt_feedback.block_reason: reason = chunk.prompt_feedback.block_reason.value
        return text, reason
    except (openai.APIStatusError, anthropic.APIStatusError, groq.APIStatusError) as error:
        return error.status_code
    except gemini_errors.APIError as error:
        return error.code


wrong = 0
for number, fake in enumerate(fakes):
    got = read(number, fake)
    if fake["isRefusal"]: right = got == fake["status"]
    elif fake.get("text") is not None: right = isinstance(got, tuple) and got[0] == fake["text"]
    else: right = isinstance(got, tuple) and got[1] is not None  # the reason by which we refuse what their client passes on
    if not right:
        wrong += 1
        print(f"{fake['name']}: the client of {fake['provider']} reads {got}")
if wrong: sys.exit(f"{wrong} of {len(fakes)} fakes are not as their provider's")
print(f"the official clients read {len(fakes)} answers as our tests mean them")
