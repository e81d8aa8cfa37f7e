import { AvatariumClient, AvatariumError, VoiceWatch, connect, recognize } from "/avatarium.js";

const by = (id) => document.getElementById(id);
let avatar = null, watch = null, recognition = null, words = [];

// The key comes with the address that the server prints, or from the other page.
const fragment = new URLSearchParams(location.hash.slice(1)).get("key");
if (fragment) history.replaceState(null, "", location.pathname);
by("key").value = fragment || sessionStorage.getItem("avatarium-key") || "";

const client = () => new AvatariumClient({ baseURL: location.origin, apiKey: by("key").value.trim() });

function show(error) {
  const place = by("error");
  place.hidden = !error;
  if (!error) return;
  const failure = AvatariumError.from(error);
  const code = document.createElement("strong");
  code.textContent = `${failure.code} ${failure.codeName}`;
  const words = document.createElement("p");
  words.textContent = failure.message;
  place.replaceChildren(code, words);
}

async function fill() {
  if (!by("key").value) return;
  try {
    const [avatars, voices] = await Promise.all([client().avatars.list(), client().voices.list()]);
    const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
    by("avatar").replaceChildren(...avatars.map((a) => option(a.slug || a.id, a.name || a.slug)));
    by("voice").replaceChildren(option("", "Server's own"), ...voices.slice(0, 400).map((v) => option(v.id, `${v.name} (${v.language})`)));
  } catch (error) { show(error); }
}

function usable(on) { for (const id of ["text", "say", "stop", "mic"]) by(id).disabled = !on; }

/** Says what the stage is empty for. */
function stage(text, isBusy = false) {
  by("note").textContent = text;
  by("empty").hidden = false;
  by("empty").classList.toggle("busy", isBusy);
  by("said").hidden = true;
}

const states = { connecting: "Connecting: the avatar is being loaded.", ready: "Live.", reconnecting: "The connection was lost; trying again.", closed: "Closed." };

by("connect").addEventListener("submit", async (event) => {
  event.preventDefault();
  show(null);
  if (!by("key").value.trim()) {
    by("state").textContent = "Enter an API key first.";
    by("key").focus();
    return;
  }
  avatar?.close();
  usable(false);
  by("go").disabled = true;
  sessionStorage.setItem("avatarium-key", by("key").value.trim());
  stage("Loading …", true);
  try {
    avatar = await connect({
      container: by("stage"), avatar: by("avatar").value, voice: by("voice").value || undefined, size: by("size").value,
      getToken: async () => (await client().live.token(300)).token,
      on: {
        state: (state) => {
          by("state").textContent = states[state] || "";
          if (state === "closed") { usable(false); listen(false); stage("Connect to see the avatar."); }
        },
        error: show, word: ({ text }) => caption(text), started: () => { words = []; show(null); },
        finished: () => setTimeout(() => { by("said").hidden = true; }, 900),
        interrupted: ({ word }) => { if (word) caption("–"); setTimeout(() => { by("said").hidden = true; }, 900); },
      },
    });
    globalThis.avatar = avatar;
    by("empty").hidden = true;
    by("go").textContent = "Connect again";
    usable(true);
    if (by("emotion").value !== "neutral") avatar.setExpression(by("emotion").value);
    by("text").focus();
    by("text").select();
  } catch (error) {
    stage("Connect to see the avatar.");
    by("state").textContent = "";
    show(error);
  } finally { by("go").disabled = false; }
});

function caption(text) {
  words.push(text);
  if (words.join(" ").length > 60) words = words.slice(-1);
  by("said").textContent = words.join(" ");
  by("said").hidden = false;
}

by("talk").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = by("text").value.trim();
  if (text) avatar?.say(text).catch(show);
  by("text").select();
});
by("stop").addEventListener("click", () => avatar?.interrupt());
by("emotion").addEventListener("change", () => avatar?.setExpression(by("emotion").value));
by("key").addEventListener("change", fill);

by("mic").addEventListener("click", () => listen(!watch));

/** Turns the microphone on or off. */
async function listen(on) {
  if (!on) {
    watch?.close();
    recognition?.();
    watch = recognition = null;
    if (avatar?.state === "ready") avatar.setListening(false);
    by("mic").setAttribute("aria-pressed", "false");
    return;
  }
  try {
    watch = await VoiceWatch.open({
      onStart: () => { avatar?.interrupt(); avatar?.setListening(true); },
      onEnd: () => avatar?.setListening(false),
    });
    by("mic").setAttribute("aria-pressed", "true");
    recognition = recognize({ onText: (text) => { by("text").value = text; avatar?.say(text).catch(show); } });
  } catch (error) { show(error); }
}

setInterval(() => {
  if (!avatar) return;
  const stats = avatar.stats();
  [stats.textToLips, stats.drawnToShown, stats.soundToLips, stats.interruptToClosed].forEach((pair, row) => {
    const cells = by("numbers").rows[row].cells;
    cells[1].textContent = pair.p50 ?? "–";
    cells[2].textContent = pair.p95 ?? "–";
  });
}, 500);

await fill();
if (by("key").value) by("state").textContent = "Ready to connect.";
else by("key").focus();
