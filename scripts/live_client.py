"""What scripts/test-live and scripts/measure-live share: a server of their own, headless Chromium, and a bare client."""

import asyncio
import json
import os
import re
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
        """User and system time of the server and its children."""
        total = 0.0
        ticks = os.sysconf("SC_CLK_TCK")
        for pid in [self.process.pid] + children(self.process.pid):
            try:
                fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
                total += (int(fields[11]) + int(fields[12])) / ticks
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


def chromium(playwright, **options):
    return playwright.chromium.launch(
        executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), headless=True,
        args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream",
              "--use-fake-device-for-media-stream", "--disable-dev-shm-usage"], **options)


CONNECT = """async ({token, options}) => {
  const { connect } = await import("/avatarium.js");
  document.querySelector("#empty").hidden = true;
  globalThis.errors = [];
  globalThis.live = await connect({ container: "#stage", token, ...options });
  live.on("error", (error) => errors.push(error.toJSON()));
  return live.session;
}"""
