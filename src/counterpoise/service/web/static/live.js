"use strict";
// The part that changes is asked for when something happened; without events, as often as it says.
(() => {
  const place = document.querySelector("[data-events]");
  const QUIET = 10000; // milliseconds after which it is asked for all the same, for its ages
  let source = null;
  let isFollowing = false;
  let isFresh = true;
  let asked = 0;

  const happened = () => { isFresh = true; };

  const follow = () => {
    source = new EventSource(place.dataset.events);
    source.addEventListener("open", () => { isFollowing = true; });
    source.addEventListener("error", () => { isFollowing = false; });
    for (const kind of ["result", "health", "gap", "change"]) source.addEventListener(kind, happened);
  };
  const leave = () => { source.close(); source = null; isFollowing = false; };

  place.addEventListener("htmx:beforeRequest", (event) => {
    const cause = event.detail.requestConfig.triggeringEvent;
    const isAsked = cause && cause.type === "change"; // somebody changed the search
    const isIdle = isFollowing && !isFresh && Date.now() - asked < QUIET;
    if (!isAsked && (document.hidden || isIdle)) { event.preventDefault(); return; }
    isFresh = false;
    asked = Date.now();
  });
  // A browser has few connections to a server: a page that nobody sees gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && source) leave();
    if (!document.hidden && !source) { isFresh = true; follow(); }
  });
  addEventListener("pagehide", () => { if (source) leave(); });
  addEventListener("pageshow", () => { if (!document.hidden && !source) { isFresh = true; follow(); } });
})();
