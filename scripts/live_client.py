"""What scripts/test-live and scripts/measure-live share: a server of their own, headless Chromium, and a bare client."""

import asyncio
import base64
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import time

import lifetime


class Server:
    """`avatarium serve` on a free port, in a folder of its own."""

    def __init__(self, program, port=0, folder=None):
        self.program, self.folder = program, folder or tempfile.mkdtemp(prefix="avatarium-live-")
        self.key = None
        self.start(port)

    def start(self, port=0):
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = lifetime.start(
            [self.program, "serve", "--data", self.folder, "--port", str(port), "--rate-limit", "1000000",
             "--anonymous-rate-limit", "1000000"], stdout=subprocess.PIPE, stderr=self.log, text=True)
        for line in self.process.stdout:
            if found := re.search(r"listening on (http://\S+)", line):
                self.url = found.group(1)
                self.port = int(self.url.rsplit(":", 1)[1])
                if self.key:
                    break
            if found := re.search(r"once: (\S+)", line):
                self.key = found.group(1)
            if "try it" in line:
                break

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        lifetime.stop(self.process)

    def cpu_seconds(self):
        """User and system time of the server and its children, of those that have ended too."""
        total = 0.0
        ticks = os.sysconf("SC_CLK_TCK")
        for pid in [self.process.pid] + children(self.process.pid):
            try:
                fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
                total += sum(int(field) for field in fields[11:15 if pid == self.process.pid else 13]) / ticks
            except (FileNotFoundError, ProcessLookupError):
                pass
        return total


def children(pid):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = open(f"/proc/{name}/stat").read().rsplit(")", 1)[1].split()
                if int(fields[1]) == pid:
                    found.append(int(name))
            except (FileNotFoundError, ProcessLookupError, IndexError):
                pass
    return found


class Bare:
    """A client without a browser: counts what comes."""

    def __init__(self, server, **start):
        self.server, self.wanted = server, {"type": "start", "token": server.key, **start}
        self.pictures, self.faces, self.bytes, self.first, self.messages = 0, 0, 0, None, []
        self.times = []

    async def run(self, seconds, text=None, ready=None):
        import websockets

        async with websockets.connect(f"ws://127.0.0.1:{self.server.port}/v1/live", max_size=None) as socket:
            await socket.send(json.dumps(self.wanted))
            while True:
                message = await socket.recv()
                if isinstance(message, str):
                    message = json.loads(message)
                    self.messages.append(message)
                    if message["type"] == "error":
                        raise RuntimeError(message)
                    if message["type"] == "ready":
                        break
            if ready:
                # What comes before the others are there is read, and not counted.
                while not ready.is_set():
                    try:
                        await asyncio.wait_for(socket.recv(), 0.1)
                    except asyncio.TimeoutError:
                        pass
            if text:
                await socket.send(json.dumps({"type": "say", "text": text}))
            end = time.monotonic() + (30 if text else seconds)
            began = not text
            while time.monotonic() < end:
                try:
                    message = await asyncio.wait_for(socket.recv(), end - time.monotonic() + 0.01)
                except asyncio.TimeoutError:
                    break
                if isinstance(message, str):
                    message = json.loads(message)
                    self.messages.append(message)
                    if message["type"] == "started" and not began:
                        # Counted from the first word on: at rest every second picture is drawn.
                        began, end = True, time.monotonic() + seconds
                        self.pictures, self.faces, self.bytes, self.times = 0, 0, 0, []
                    if message["type"] == "finished" and text:
                        await socket.send(json.dumps({"type": "say", "text": text}))
                    continue
                kind, flags, _, _, pts, drawn = struct.unpack(">BBHIqq", message[:24])
                self.bytes += len(message)
                if kind == 1:
                    self.pictures += 1
                    self.times.append(time.time() - drawn / 1e6)
                elif kind == 3:
                    self.faces += 1


class FaceCounter(asyncio.Protocol):
    """A client of faces alone that costs little itself: a hundred of them in one process read 4,000 messages a second."""

    def __init__(self, server, text):
        self.server, self.text = server, text
        self.faces, self.bytes, self.began, self.ended = 0, 0, None, None
        self.ready = asyncio.get_running_loop().create_future()
        self.buffer, self.is_open = b"", False

    async def connect(self):
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self.server.port)
        await self.ready

    def connection_made(self, transport):
        self.transport = transport
        transport.write(f"GET /v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode())

    def send(self, **message):
        data = json.dumps(message).encode()
        head = bytes([0x81, 0x80 | len(data)]) if len(data) < 126 else bytes([0x81, 0xFE]) + struct.pack(">H", len(data))
        # A mask of zeros is a mask.
        self.transport.write(head + bytes(4) + data)

    def say(self):
        self.send(type="say", text=self.text)

    def data_received(self, data):
        buffer = self.buffer + data
        if not self.is_open:
            head, found, buffer = buffer.partition(b"\r\n\r\n")
            if not found:
                self.buffer = head
                return
            self.is_open = True
            self.send(type="start", token=self.server.key, streams=["face"])
        at = 0
        while len(buffer) - at >= 2:
            length, start = buffer[at + 1], at + 2
            if length == 126:
                if len(buffer) - at < 4:
                    break
                length, start = int.from_bytes(buffer[at + 2:at + 4], "big"), at + 4
            if len(buffer) - start < length:
                break
            if buffer[at] == 0x82:
                self.faces += 1
                self.bytes += length
            elif buffer[at] == 0x81:
                self.hear(buffer[start:start + length])
            at = start + length
        self.buffer = buffer[at:]

    def hear(self, message):
        if message.startswith(b'{"type":"phone"') or message.startswith(b'{"type":"word"'):
            self.bytes += len(message)
            return
        kind = json.loads(message)["type"]
        if kind == "ready":
            self.ready.set_result(None)
        elif kind == "started" and self.began is None:
            # Counted from the first word on: at rest every second face is sent.
            self.began, self.faces, self.bytes = time.monotonic(), 0, 0
        elif kind == "finished" and self.ended is None:
            self.ended = time.monotonic()

    def connection_lost(self, error):
        if not self.ready.done():
            self.ready.set_exception(error or ConnectionError("closed"))

    def rate(self):
        return self.faces / ((self.ended or time.monotonic()) - self.began) if self.began else 0.0


def chromium(playwright, **options):
    return playwright.chromium.launch(
        executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), headless=True,
        args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream",
              "--use-fake-device-for-media-stream", "--disable-dev-shm-usage"], **options)


class Firefox:
    """Debian's Firefox without a screen, by WebDriver BiDi (w3.org/TR/webdriver-bidi)."""

    async def open(self, url):
        import websockets

        self.profile = tempfile.mkdtemp(prefix="avatarium-firefox-")
        with open(os.path.join(self.profile, "user.js"), "w") as file:
            file.write('user_pref("media.autoplay.default", 0);\nuser_pref("media.autoplay.blocking_policy", 0);\n')
        self.process = await asyncio.create_subprocess_exec(
            os.environ.get("FIREFOX", "firefox-esr"), "--headless", "--no-remote", "--profile", self.profile,
            "--remote-debugging-port", "0", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
        async for line in self.process.stderr:
            if found := re.search(rb"WebDriver BiDi listening on (ws://\S+)", line):
                break
        asyncio.create_task(self.process.stderr.read())
        self.socket = await websockets.connect(found.group(1).decode() + "/session", max_size=None)
        self.count = 0
        await self.call("session.new", capabilities={})
        self.context = (await self.call("browsingContext.getTree"))["contexts"][0]["context"]
        await self.call("browsingContext.navigate", context=self.context, url=url, wait="complete")

    async def call(self, method, **parameters):
        self.count += 1
        await self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while True:
            answer = json.loads(await self.socket.recv())
            if answer.get("id") == self.count:
                if answer["type"] == "error":
                    raise RuntimeError(answer["message"])
                return answer["result"]

    async def evaluate(self, expression):
        """The value of an expression, which may be a promise, by way of JSON."""
        answer = await self.call("script.evaluate", expression=f"(async () => JSON.stringify(await ({expression})))()",
                                 target={"context": self.context}, awaitPromise=True)
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"].get("value", "null"))

    async def screenshot(self, path):
        data = (await self.call("browsingContext.captureScreenshot", context=self.context))["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    async def close(self):
        await self.socket.close()
        self.process.kill()
        await self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)


CONNECT = """async ({token, options}) => {
  const { connect } = await import("/avatarium.js");
  document.querySelector("#empty").hidden = true;
  globalThis.errors = [];
  globalThis.live = await connect({ container: "#stage", token, ...options });
  live.on("error", (error) => errors.push(error.toJSON()));
  return live.session;
}"""
