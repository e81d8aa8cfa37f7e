// Avatarium for React: two components around the custom element. Needs react 18 or newer and avatarium.js beside this file.
//
//   <Avatar server="https://..." getToken={token} avatarId="ada" onReady={(avatar) => avatar.say("Hello!")} onError={show} />
//   <AvatariumEmbed shortId="ada" token={token} onError={(error) => error.recoverable || report(error)} />

import { createElement, forwardRef, useEffect, useImperativeHandle, useRef } from "react";
import { connect, AvatariumError } from "./avatarium.js";

/** A live avatar; the ref is the `LiveAvatar`, null until it is ready. */
export const Avatar = forwardRef(function Avatar(
  { server, token, getToken, avatarId, voice, size, camera, background, muted, onReady, onError, onEvent, ...rest }, ref) {
  const place = useRef(null);
  const live = useRef(null);
  const handlers = useRef({});
  handlers.current = { onReady, onError, onEvent, getToken };
  useImperativeHandle(ref, () => new Proxy({}, { get: (_, name) => {
    const value = live.current?.[name];
    return typeof value === "function" ? value.bind(live.current) : value;
  } }), []);
  useEffect(() => {
    let isGone = false;
    connect({
      container: place.current, server, token, avatar: avatarId, voice, size, camera, background, muted,
      getToken: getToken && (() => handlers.current.getToken()),
    }).then((avatar) => {
      if (isGone) return avatar.close();
      live.current = avatar;
      for (const name of ["state", "started", "finished", "sentence", "word", "phone", "bookmark", "interrupted", "latency"]) {
        avatar.on(name, (value) => handlers.current.onEvent?.(name, value));
      }
      avatar.on("error", (error) => handlers.current.onError?.(error));
      handlers.current.onReady?.(avatar);
    }).catch((error) => { if (!isGone) handlers.current.onError?.(AvatariumError.from(error)); });
    return () => { isGone = true; live.current?.close(); live.current = null; };
  }, [server, token, avatarId, voice, size, camera, background, muted]);
  return createElement("div", { style: { aspectRatio: "16 / 9" }, ...rest, ref: place });
});

/** The embed of the contract: a published avatar by its short id. */
export function AvatariumEmbed({ shortId, ...props }) { return createElement(Avatar, { avatarId: shortId, ...props }); }

export { AvatariumError, AvatariumErrorCode } from "./avatarium.js";
