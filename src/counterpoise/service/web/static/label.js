"use strict";
// Keys answer at once: the next frames and their pictures are here before they are asked for, and
// a label travels while the next frame is looked at. One that does not arrive comes back.
(() => {
  const place = document.querySelector(".labelling");
  if (!place) return;
  const say = document.getElementById("say");
  const undo = document.getElementById("undo");
  const status = document.getElementById("status");
  const mine = document.getElementById("mine");
  const csrf = say.elements.csrf.value;
  const FEW = 6; // frames ahead, below which more are asked for
  const ahead = []; // frames with their pictures, in order
  const known = new Set([Number(place.dataset.frame)]); // shown or ahead, so none comes twice
  let now = { result: Number(place.dataset.frame), image: place.querySelector("img") };
  let isAsking = false;
  let isOver = false;

  const prepare = (frame) => {
    frame.image = new Image();
    frame.image.className = "frame";
    frame.image.alt = "The frame to be labelled";
    frame.image.src = frame.picture;
    return frame;
  };

  const ask = async () => {
    if (isAsking || isOver || ahead.length >= FEW) return;
    isAsking = true;
    try {
      const answer = await fetch("/label/next.json");
      if (!answer.ok) throw new Error(answer.status === 401 ? "log in again" : `status ${answer.status}`);
      const found = (await answer.json()).filter((frame) => !known.has(frame.result));
      for (const frame of found) { known.add(frame.result); ahead.push(prepare(frame)); }
      isOver = !found.length;
      place.dataset.ahead = ahead.length;
    } catch (error) {
      status.textContent = `The next frames do not come: ${error.message}.`;
    } finally {
      isAsking = false;
    }
    if (!now && ahead.length) show(ahead.shift(), "");
  };

  const show = (frame, said) => {
    now = frame;
    if (!frame) { location.assign("/label"); return; }
    place.dataset.frame = frame.result;
    place.querySelector("img").replaceWith(frame.image);
    const camera = document.getElementById("camera");
    camera.textContent = frame.name;
    camera.href = `/cameras/${frame.camera}`;
    document.getElementById("when").textContent = frame.when;
    document.getElementById("why").textContent = frame.why;
    document.getElementById("shares").textContent = frame.shares.map((pair) => pair.join(" ")).join(", ");
    say.action = `/label/${frame.result}`;
    status.textContent = frame.state === "disputed" ? `${said} Others disagree on this frame: you decide.` : said;
    ask();
  };

  const post = (address, fields) => fetch(address, {
    method: "POST", body: new URLSearchParams({ csrf, ...fields }),
  });

  const label = async (value, words) => {
    const frame = now;
    if (!frame) return;
    const following = ahead.shift() || null;
    const sent = post(`/label/${frame.result}/said.json`, { say: value });
    if (following) show(following, `${words}.`);
    try {
      const answer = await sent;
      if (!answer.ok) {
        const told = await answer.json().catch(() => ({}));
        throw new Error(told.detail || `status ${answer.status}`);
      }
      if (value !== "skipped") mine.textContent = Number(mine.textContent) + 1;
      if (!following) show(null, "");
    } catch (error) {
      if (following) { ahead.unshift(now); show(again(frame), `Not kept: ${error.message}.`); }
      else status.textContent = `Not kept: ${error.message}.`;
    }
  };

  // The frame that the page came with has no words of its own until it is asked for again.
  const again = (frame) => frame.name ? frame : {
    ...frame, picture: frame.image.src, shares: [], why: "", state: "open", when: "", camera: 0, name: "the frame before",
  };

  const takeBack = async () => {
    try {
      const answer = await post("/label/undo.json", {});
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const frame = await answer.json();
      if (!frame) { status.textContent = "There is nothing to take back."; return; }
      if (now) ahead.unshift(now.name ? now : again(now));
      mine.textContent = Math.max(0, Number(mine.textContent) - 1);
      known.add(frame.result);
      show(prepare(frame), "Taken back.");
    } catch (error) {
      status.textContent = `Not taken back: ${error.message}.`;
    }
  };

  const words = (button) => button.textContent.replace(button.dataset.key || "", "").trim();

  say.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter) label(event.submitter.value, words(event.submitter));
  });
  undo.addEventListener("submit", (event) => { event.preventDefault(); takeBack(); });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input:not([type=hidden]), select, textarea")) return;
    const button = [...document.querySelectorAll("button[data-key]")].find((one) => one.dataset.key === event.key.toLowerCase());
    if (!button) return;
    event.preventDefault();
    if (button.dataset.key === "u") takeBack(); else label(button.value, words(button));
  });
  ask();
})();
