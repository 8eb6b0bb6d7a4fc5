"use strict";
// Keys answer at once: the next frames and their pictures are here before they are asked for, and
// a label travels while the next frame is looked at. One that does not arrive comes back. Taking back
// waits for the label before it, and a label for what is taken back: they arrive in their order.
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
  const written = (name) => document.getElementById(name).textContent;
  let now = {
    result: Number(place.dataset.frame), image: place.querySelector("img"), name: written("camera"),
    camera: document.getElementById("camera").pathname.split("/").pop(), when: written("when"),
    why: written("why"), shares: [[written("shares")]], state: "open",
  };
  let onWay = 0; // labels, and what is to be taken back
  let travelling = null; // the newest label on its way: whether it was kept
  let taking = Promise.resolve(); // until all that is to be taken back is
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

  const label = (value, words) => {
    const frame = now;
    if (!frame) return;
    const following = ahead.shift() || null;
    onWay += 1;
    const sent = taking.then(() => post(`/label/${frame.result}/said.json`, { say: value }));
    const outcome = kept(frame, value, sent);
    travelling = outcome;
    outcome.finally(() => { if (travelling === outcome) travelling = null; });
    if (following) show(following, `${words}.`);
    else now = null; // until it is kept, or frames come
  };

  const kept = async (frame, value, sent) => {
    try {
      const answer = await sent;
      if (!answer.ok) {
        const told = await answer.json().catch(() => ({}));
        throw new Error(told.detail || `status ${answer.status}`);
      }
    } catch (error) {
      if (now) ahead.unshift(now);
      show(frame, `Not kept: ${error.message}.`);
      return false;
    } finally {
      onWay -= 1;
    }
    if (value !== "skipped") mine.textContent = Number(mine.textContent) + 1;
    goOn();
    return true;
  };

  // Leaves the page only when nothing is on its way, which leaving would cut off.
  const goOn = () => {
    if (now) return;
    if (ahead.length) show(ahead.shift(), "");
    else if (!onWay) show(null, "");
  };

  const takeBack = () => {
    onWay += 1;
    taking = taking.then(takeOne).finally(() => { onWay -= 1; goOn(); });
  };

  const takeOne = async () => {
    if (travelling && !(await travelling)) return; // it came back by itself
    try {
      const answer = await post("/label/undo.json", {});
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const frame = await answer.json();
      if (!frame) { status.textContent = "There is nothing to take back."; return; }
      if (now) ahead.unshift(now);
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
