"use strict";
// The page is a client like any other: it uses the public routes, and no library.

const by = (id) => document.getElementById(id);
const keyField = by("key");

// A key in the address (#key=...) never reaches the server's log; it is taken out at once.
function takeKey() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (key) {
    sessionStorage.setItem("avatarium-key", key);
    history.replaceState(null, "", location.pathname);
  }
  keyField.value = sessionStorage.getItem("avatarium-key") || "";
  return Boolean(key);
}
takeKey();
addEventListener("hashchange", () => { if (takeKey()) load(); });

/// Calls a route; throws { code, message, requestId } for every refusal.
async function call(path, options = {}) {
  const headers = { Authorization: "Bearer " + keyField.value.trim(), ...options.headers };
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw { code: "CONNECTION", message: "the server cannot be reached; check that it is running", requestId: "" };
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw {
    code: body?.error?.code || "HTTP " + response.status, status: response.status,
    message: body?.error?.message || response.statusText,
    field: body?.error?.field, report: body?.error?.report,
    requestId: body?.meta?.requestId || response.headers.get("X-Request-Id") || "",
  };
}

function show(error) {
  const box = by("error");
  box.replaceChildren();
  point(null);
  if (!error || error.name === "AbortError") { box.hidden = true; return; }
  const code = document.createElement("strong");
  code.textContent = error.code || "ERROR";
  const words = document.createElement("p");
  words.textContent = error.message || String(error);
  box.append(code, words);
  // The message quotes the first of them.
  const more = (error.report?.diagnostics || []).filter((each) => !words.textContent.includes(each.message));
  for (const each of more.slice(0, 5)) {
    const line = document.createElement("p");
    line.textContent = `${[each.code, each.pointer].filter(Boolean).join(" ")}: ${each.message}`;
    box.append(line);
  }
  if (error.requestId) {
    const id = document.createElement("small");
    id.textContent = "request " + error.requestId;
    box.append(id);
  }
  box.hidden = false;
  point(error.field);
  // On a telephone the form is between the button and what went wrong.
  box.scrollIntoView({ block: "nearest" });
}

/// The control that a refusal speaks of, by its place in the request.
const controls = {
  "/text": "text", "/voice": "voice", "/emotions": "emotion", "/camera": "camera", "/size": "size", "/background": "background",
  "/background_id": "background-file", "/captions": "captions", "/format": "format", "/music": "music-file",
};

function point(field) {
  for (const marked of document.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
  const place = Object.keys(controls).find((each) => field === each || field?.startsWith(each + "/"));
  if (!place) return;
  by(controls[place]).setAttribute("aria-invalid", "true");
  // Where form and result lie one above the other, the words are shown rather than the control that they name.
  by(controls[place]).focus({ preventScroll: !matchMedia("(min-width: 54rem)").matches });
}

// MARK: the choices

const pictures = new Map();

async function avatars() {
  const list = (await (await call("/v1/avatars?limit=100")).json()).data;
  const chosen = selected();
  const box = by("avatars");
  const faces = [];
  box.replaceChildren();
  for (const [index, avatar] of list.entries()) {
    const label = document.createElement("label");
    label.className = "avatar";
    label.title = avatar.name;
    const radio = document.createElement("input");
    radio.type = "radio";
    radio.name = "avatar";
    radio.value = avatar.bundled ? avatar.slug : avatar.id;
    radio.checked = chosen ? radio.value === chosen : index === 0;
    radio.disabled = avatar.state !== "ready";
    radio.addEventListener("change", describe);
    const face = document.createElement("span");
    face.className = "face";
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = avatar.name;
    label.append(radio, face, name);
    box.append(label);
    faces.push([avatar, face]);
  }
  describe();
  showFaces(faces);
}

/// One after another: the server draws them one after another too, and each has its time.
async function showFaces(faces) {
  for (const [avatar, face] of faces) await picture(avatar, face);
}

/// Asks again where the server is too busy to draw within its time.
async function portrait(avatar, tries = 4) {
  try {
    return await (await call(`/v1/avatars/${encodeURIComponent(avatar.id)}/preview.png`)).blob();
  } catch (error) {
    if (error.status !== 503 || tries === 1) throw error;
    await new Promise((done) => setTimeout(done, 3000));
    return portrait(avatar, tries - 1);
  }
}

async function picture(avatar, face) {
  try {
    if (!pictures.has(avatar.id)) pictures.set(avatar.id, URL.createObjectURL(await portrait(avatar)));
    const image = document.createElement("img");
    image.alt = "";
    image.src = pictures.get(avatar.id);
    face.replaceChildren(image);
  } catch { /* A name is enough. */ }
}

const selected = () => document.querySelector("input[name=avatar]:checked")?.value;

async function voices() {
  const list = (await (await call("/v1/voices")).json()).data;
  const box = by("voice");
  box.length = 1;
  const engines = new Map();
  for (const voice of list) {
    if (!engines.has(voice.engine)) engines.set(voice.engine, []);
    engines.get(voice.engine).push(voice);
  }
  for (const [engine, members] of engines) {
    const group = document.createElement("optgroup");
    group.label = engine;
    members.sort((a, b) => (b.language.startsWith("en") - a.language.startsWith("en")) || a.name.localeCompare(b.name));
    for (const voice of members) group.append(new Option(`${voice.name} (${voice.language})`, voice.id));
    box.append(group);
  }
}

async function load() {
  if (!keyField.value.trim()) { by("key-field").classList.add("missing"); keyField.focus(); return; }
  sessionStorage.setItem("avatarium-key", keyField.value.trim());
  try {
    await Promise.all([avatars(), voices()]);
    show(null);
  } catch (error) { show(error); }
}
keyField.addEventListener("change", load);

// MARK: an avatar of one's own

async function upload(file) {
  const status = by("upload-status");
  status.textContent = `Checking ${file.name} …`;
  try {
    // One line of at most 200 bytes, cut between characters.
    const name = [...file.name.replace(/\.[^.]*$/, "").replace(/[\s\p{Cc}\p{Cs}]+/gu, " ").trim()].slice(0, 50).join("");
    const response = await call("/v1/avatars" + (name && `?name=${encodeURIComponent(name)}`), {
      method: "POST", body: file, headers: { "Content-Type": "model/gltf-binary" },
    });
    const avatar = (await response.json()).data;
    const warnings = (avatar.report?.diagnostics || []).filter((each) => each.severity <= 1).length;
    status.textContent = `${avatar.name} is ready${warnings ? `, with ${warnings} ${warnings === 1 ? "warning" : "warnings"} in its report` : ""}.`;
    await avatars();
    const radio = [...document.querySelectorAll("input[name=avatar]")].find((each) => each.value === avatar.id);
    if (radio) radio.checked = true;
    show(null);
    describe();
  } catch (error) {
    status.textContent = "";
    show(error);
  }
}
const drop = by("drop");
by("file").addEventListener("change", (event) => { if (event.target.files[0]) upload(event.target.files[0]); event.target.value = ""; });
for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => { event.preventDefault(); if (event.dataTransfer.files[0]) upload(event.dataTransfer.files[0]); });

// MARK: files of a clip

/// What was uploaded, by its kind: { id, name }.
const files = {};

async function pick(input) {
  const { kind } = input.dataset;
  const file = input.files[0];
  if (!file) return;
  const words = input.parentElement.querySelector("span");
  input.parentElement.classList.remove("has");
  words.textContent = `Uploading ${file.name} …`;
  delete files[kind];
  try {
    const response = await call(`/v1/uploads?kind=${kind}`, {
      method: "POST", body: file, headers: { "Content-Type": file.type || "application/octet-stream" },
    });
    files[kind] = { id: (await response.json()).data.id, name: file.name };
    words.textContent = input.parentElement.title = file.name;
    input.parentElement.classList.add("has");
    show(null);
  } catch (error) {
    forget(input);
    show(error);
  }
  by("no-music").hidden = !files.music;
  describe();
}

function forget(input) {
  input.value = "";
  delete files[input.dataset.kind];
  input.parentElement.classList.remove("has");
  input.parentElement.title = "";
  input.parentElement.querySelector("span").textContent = "Choose a file";
}

for (const id of ["background-file", "music-file"]) by(id).addEventListener("change", (event) => pick(event.target));
by("no-music").addEventListener("click", () => {
  forget(by("music-file"));
  by("no-music").hidden = true;
  by("music-file").focus();
  describe();
});

// MARK: the request

const isSound = () => ["m4a", "mp3", "wav"].includes(by("format").value);

function look() {
  const body = { avatar_id: selected() || "ada" };
  const emotion = by("emotion").value;
  if (emotion) body.emotions = [emotion];
  body.camera = by("camera").value;
  body.size = by("size").value;
  const background = by("background").value;
  by("color").hidden = background !== "color";
  by("background-pick").hidden = background !== "file";
  if (background !== "file") body.background = background === "color" ? by("color").value : background;
  else if (files.background) body.background_id = files.background.id;
  return body;
}

function order() {
  const body = { text: by("text").value, ...look() };
  if (by("voice").value) body.voice = by("voice").value;
  // MP4 has no transparency.
  if (body.background === "transparent" && by("format").value === "mp4") by("format").value = "webm";
  if (by("format").value !== "mp4") body.format = by("format").value;
  if (isSound()) for (const name of ["camera", "size", "background", "background_id"]) delete body[name];
  else if (by("captions").value) body.captions = by("captions").value;
  if (files.music) body.music = { upload_id: files.music.id };
  return body;
}

function describe() {
  const quoted = JSON.stringify(order(), null, 2).replaceAll("'", "'\\''");
  const sent = order();
  const used = Object.entries(files).filter(([kind, { id }]) => id === (kind === "music" ? sent.music?.upload_id : sent[`${kind}_id`]));
  const uploads = used.map(([kind, { name, id }]) =>
    `curl "${location.origin}/v1/uploads?kind=${kind}" \\\n  -H "Authorization: Bearer $AVATARIUM_KEY" \\\n`
    + `  --data-binary '@${name.replaceAll("'", "'\\''")}'   # ${id}\n`).join("");
  by("curl").textContent =
    `${uploads}curl ${location.origin}/v1/renders \\\n  -H "Authorization: Bearer $AVATARIUM_KEY" \\\n`
    + `  -H 'Content-Type: application/json' -H 'Prefer: wait=60' \\\n  -d '${quoted}'`;
}
by("form").addEventListener("input", describe);
by("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(by("curl").textContent);
    by("copy").textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(by("curl"));
    by("copy").textContent = "Selected";
  }
  setTimeout(() => { by("copy").textContent = "Copy"; }, 1500);
});

// MARK: making

let current = null;

/// On a telephone the result lies below the form.
function toResult() {
  by("stage").scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function busy(isBusy) {
  by("make").disabled = isBusy;
  by("cancel").hidden = !isBusy;
  by("progress").hidden = !isBusy;
}

function progress(render) {
  const state = render.progress;
  by("bar").style.width = state.percent + "%";
  let words = { queued: "Waiting", fetch: "Fetching files", render: "Rendering", store: "Saving" }[state.stage] || state.stage;
  if (render.state === "queued" && state.queue_position) words += `, position ${state.queue_position} in the queue`;
  if (state.frames_done && render.state === "running") words += ` frame ${state.frames_done}${state.frames_total ? " of " + state.frames_total : ""}`;
  if (state.eta_seconds) words += `, about ${Math.ceil(state.eta_seconds)} s left`;
  by("status").textContent = words;
}

/// Reads server-sent events with the key in a header, which EventSource cannot send; comes back where it broke off.
async function* events(id, signal) {
  let last = "";
  while (true) {
    try {
      const response = await call(`/v1/renders/${id}/events`, { signal, headers: last ? { "Last-Event-ID": last } : {} });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      while (true) {
        const { value, done } = await reader.read();
        if (done) break;
        rest += value;
        const blocks = rest.split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) {
          const fields = Object.fromEntries(block.split("\n").filter((line) => !line.startsWith(":")).map((line) => {
            const at = line.indexOf(": ");
            return [line.slice(0, at), line.slice(at + 2)];
          }));
          if (fields.id) last = fields.id;
          if (fields.data) yield JSON.parse(fields.data);
        }
      }
    } catch (error) {
      if (error.name === "AbortError" || (error.code && error.code !== "CONNECTION")) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

const isFinal = (render) => ["succeeded", "failed", "cancelled"].includes(render.state);

by("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  show(null);
  by("links").hidden = true;
  busy(true);
  toResult();
  by("bar").style.width = "0";
  by("status").textContent = "Sending";
  const abort = new AbortController();
  try {
    const response = await call("/v1/renders", {
      method: "POST", headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID?.() || String(Math.random()) },
      body: JSON.stringify(order()),
    });
    const requestId = response.headers.get("X-Request-Id");
    let render = (await response.json()).data;
    current = { id: render.id, abort };
    progress(render);
    for await (const next of events(render.id, abort.signal)) {
      render = next;
      progress(render);
      if (isFinal(render)) break;
    }
    if (render.state === "succeeded") play(render);
    if (render.state === "failed") {
      show({
        code: `${render.error.code} ${render.error.name}`, message: render.error.message, field: render.error.context?.field,
        requestId,
      });
    }
  } catch (error) {
    show(error);
  } finally {
    abort.abort();
    current = null;
    busy(false);
  }
});

by("cancel").addEventListener("click", async () => {
  if (!current) return;
  by("status").textContent = "Cancelling";
  try { await call(`/v1/renders/${current.id}/cancel`, { method: "POST" }); } catch (error) { show(error); }
});

function play(render) {
  const type = render.video.content_type;
  const video = document.createElement(type.startsWith("image/") ? "img" : type.startsWith("audio/") ? "audio" : "video");
  if (video.localName === "img") {
    video.alt = "The clip";
    video.tabIndex = -1;
  } else {
    video.controls = true;
    video.autoplay = true;
    video.playsInline = true;
  }
  video.src = render.video.url;
  by("stage").replaceChildren(video);
  const links = by("links");
  links.replaceChildren();
  const download = document.createElement("a");
  download.href = render.video.url;
  download.download = new URL(render.video.url, location.href).searchParams.get("name") || render.id;
  const { bytes } = render.video;
  download.textContent = `Download (${bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`})`;
  const facts = document.createElement("span");
  const frames = render.video.frames ? `, ${render.video.frames} frames` : "";
  facts.textContent = `${render.video.duration_seconds.toFixed(1)} s${frames}, rendered in ${render.video.seconds.wall.toFixed(1)} s`;
  links.append(download, facts);
  links.hidden = false;
  video.focus({ preventScroll: true });
}

by("look").addEventListener("click", async () => {
  show(null);
  by("look").disabled = true;
  try {
    const response = await call("/v1/renders/preview.png", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(look()),
    });
    const image = document.createElement("img");
    image.alt = "Preview of the avatar";
    image.src = URL.createObjectURL(await response.blob());
    by("stage").replaceChildren(image);
    toResult();
  } catch (error) { show(error); } finally { by("look").disabled = false; }
});

describe();
load();
