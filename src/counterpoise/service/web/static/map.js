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

  const load = async () => {
    const asked = new URLSearchParams(new FormData(form));
    const answer = await fetch(`/points.json?${asked}`).catch(() => null);
    if (answer && answer.ok) {
      const left = Number(answer.headers.get("X-Left-Out"));
      cut.textContent = left ? `${left} more cameras fit and are not drawn: search for fewer. ` : "";
      draw(await answer.json());
    }
    setTimeout(load, 2000);
  };
  load();
  form.addEventListener("change", () => { isFirst = true; });

  // A click with Alt or a long press puts the middle of the circle there.
  map.on("contextmenu", (event) => {
    form.elements.latitude.value = event.latlng.wrap().lat.toFixed(4);
    form.elements.longitude.value = event.latlng.wrap().lng.toFixed(4);
    if (!form.elements.km.value) form.elements.km.value = "500";
    form.elements.latitude.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
