"use strict";
// The part that changes is asked for when something happened; without events, every second.
(() => {
  const place = document.getElementById("live");
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
    for (const kind of ["result", "health", "gap"]) source.addEventListener(kind, happened);
  };
  const leave = () => { source.close(); source = null; isFollowing = false; };

  place.addEventListener("htmx:beforeRequest", (event) => {
    if (isFollowing && !isFresh && Date.now() - asked < QUIET) { event.preventDefault(); return; }
    isFresh = false;
    asked = Date.now();
  });
  // A browser has few connections to a server: a page that nobody sees gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && source) leave();
    if (!document.hidden && !source) { isFresh = true; follow(); }
  });
  addEventListener("pagehide", () => { if (source) leave(); });
  if (!document.hidden) follow();
})();
