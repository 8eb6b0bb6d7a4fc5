"use strict";
// Cameras on an outline of the world; the server answers the same search as the list's.
(() => {
  const place = document.getElementById("map");
  const form = document.getElementById("search");
  const cut = document.getElementById("cut");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const colours = {
    live: "#1a7f37", new: "#9a6700", degraded: "#b35900", "back-off": "#b35900",
    offline: "#c02b22", disabled: "#777",
  };
  const map = L.map(place, { worldCopyJump: true, minZoom: 1, attributionControl: true });
  map.attributionControl.setPrefix(false).addAttribution("Natural Earth");
  map.setView([25, 10], 1);

  // A ring that crosses the date line goes on beyond 180 degrees; one around the pole is closed there.
  const unwrap = (ring) => {
    for (let i = 1; i < ring.length; i++) {
      const step = ring[i][0] - ring[i - 1][0];
      if (Math.abs(step) > 180) ring[i][0] -= 360 * Math.round(step / 360);
    }
    const [first, last] = [ring[0], ring[ring.length - 1]];
    if (Math.abs(last[0] - first[0]) > 180) ring.push([last[0], -90], [first[0], -90], [...first]);
  };

  fetch(place.dataset.world).then((answer) => answer.json()).then((world) => {
    const countries = topojson.feature(world, world.objects.countries);
    for (const { geometry } of countries.features) {
      const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
      polygons.forEach((rings) => rings.forEach(unwrap));
    }
    L.geoJSON(countries, {
      interactive: false,
      style: {
        color: dark ? "#5a6a76" : "#8795a1", weight: 1,
        fillColor: dark ? "#25313a" : "#f4f1ea", fillOpacity: 1,
      },
    }).addTo(map).bringToBack();
  });

  const marks = new Map();
  let isFirst = true;

  const text = (camera) => {
    const whole = document.createElement("div");
    const link = document.createElement("a");
    link.href = `/cameras/${camera.id}`;
    link.textContent = camera.name;
    whole.append(link, document.createElement("br"), `${camera.health}, ${camera.age}`);
    if (camera.label) whole.append(document.createElement("br"), `sees ${camera.label}`);
    return whole;
  };

  const draw = (cameras) => {
    const here = new Set(cameras.map((camera) => camera.id));
    for (const [id, mark] of marks) if (!here.has(id)) { mark.remove(); marks.delete(id); }
    for (const camera of cameras) {
      let mark = marks.get(camera.id);
      if (!mark) {
        mark = L.circleMarker(camera.at, { radius: 8, weight: 2, color: "#fff", fillOpacity: 1 });
        mark.bindPopup("").addTo(map);
        marks.set(camera.id, mark);
      }
      mark.setLatLng(camera.at).setStyle({ fillColor: colours[camera.health] || "#777" });
      mark.setPopupContent(text(camera));
    }
    if (isFirst && cameras.length) {
      map.fitBounds(cameras.map((camera) => camera.at), { padding: [30, 30], maxZoom: 8 });
      isFirst = false;
    }
  };

  // The circle or box that was searched.
  let area = null;
  let shown = "";
  const drawArea = (told) => {
    if (told === shown) return;
    shown = told;
    if (area) area.remove();
    area = null;
    const found = JSON.parse(told);
    if (!found) return;
    const style = { interactive: false, color: dark ? "#7cc0ff" : "#00599c", weight: 2, fillOpacity: 0.06 };
    area = found.circle
      ? L.circle(found.circle, { ...style, radius: 1000 * found.km })
      : L.rectangle(found.box, style);
    area.addTo(map);
    map.fitBounds(found.circle ? L.latLng(found.circle).toBounds(2000 * found.km) : found.box);
    isFirst = false;
  };

  const load = async () => {
    const asked = new URLSearchParams(new FormData(form));
    const answer = await fetch(`/points.json?${asked}`).catch(() => null);
    if (answer && answer.ok) {
      const left = Number(answer.headers.get("X-Left-Out"));
      cut.textContent = left ? `${left} more cameras fit and are not drawn: search for fewer. ` : "";
      drawArea(answer.headers.get("X-Area") || "null");
      draw(await answer.json());
    }
  };
  load();
  // The list below is asked for when something happened; what the map draws, with it.
  document.getElementById("rows").addEventListener("htmx:afterRequest", load);
  form.addEventListener("change", () => { isFirst = true; });

  const set = (values) => {
    for (const name of ["place", "latitude", "longitude", "south", "west", "north", "east"]) {
      form.elements[name].value = values[name] ?? "";
    }
    form.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // A right click or a long press puts the middle of the circle there.
  map.on("contextmenu", (event) => {
    const point = event.latlng.wrap();
    if (!form.elements.km.value) form.elements.km.value = "500";
    set({ latitude: point.lat.toFixed(4), longitude: point.lng.toFixed(4) });
  });

  // A box is drawn by dragging with Shift, or after the button was pressed.
  const button = document.getElementById("draw");
  let begun = null;
  let box = null;
  const arm = (on) => {
    button.setAttribute("aria-pressed", String(on));
    place.classList.toggle("drawing", on);
    if (on) map.dragging.disable(); else map.dragging.enable();
  };
  const armed = () => button.getAttribute("aria-pressed") === "true";
  button.hidden = false;
  button.addEventListener("click", () => arm(!armed()));
  map.boxZoom.disable();
  place.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !(armed() || event.shiftKey) || event.target.closest(".leaflet-control")) return;
    map.dragging.disable();
    place.setPointerCapture(event.pointerId);
    begun = map.mouseEventToLatLng(event);
    event.preventDefault();
  });
  place.addEventListener("pointermove", (event) => {
    if (!begun) return;
    const bounds = L.latLngBounds(begun, map.mouseEventToLatLng(event));
    if (box) box.setBounds(bounds); else box = L.rectangle(bounds, { interactive: false, dashArray: "6" }).addTo(map);
  });
  const turned = (longitude) => ((longitude + 180) % 360 + 360) % 360 - 180;
  const finish = (event) => {
    if (!begun) return;
    const bounds = box && event.type === "pointerup" ? box.getBounds() : null;
    if (box) box.remove();
    begun = box = null;
    arm(false);
    if (!bounds) return;
    const isWhole = bounds.getEast() - bounds.getWest() >= 360;
    form.elements.km.value = "";
    set({
      south: Math.max(-90, bounds.getSouth()).toFixed(4),
      north: Math.min(90, bounds.getNorth()).toFixed(4),
      west: (isWhole ? -180 : turned(bounds.getWest())).toFixed(4),
      east: (isWhole ? 180 : turned(bounds.getEast())).toFixed(4),
    });
  };
  place.addEventListener("pointerup", finish);
  place.addEventListener("pointercancel", finish);
  addEventListener("keydown", (event) => { if (event.key === "Escape" && armed()) arm(false); });

  // Names of places, while one is typed.
  const typed = document.getElementById("place");
  const names = document.getElementById("places");
  let waiting = 0;
  typed.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const asked = new URLSearchParams({ place: typed.value });
      const answer = await fetch(`/places.json?${asked}`).catch(() => null);
      if (!answer || !answer.ok) return;
      names.replaceChildren(...(await answer.json()).map((name) => {
        const option = document.createElement("option");
        option.value = name;
        return option;
      }));
    }, 200);
  });
  typed.addEventListener("change", () => {
    for (const name of ["latitude", "longitude"]) form.elements[name].value = "";
  });
})();
