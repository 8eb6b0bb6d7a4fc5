"use strict";
// The table of numbers over time as a chart, again whenever the table is a new one.
(() => {
  const place = document.getElementById("chart");
  if (!place) return;
  const measure = document.getElementById("measure");
  const measures = document.getElementById("measures");
  const zone = place.dataset.zone;
  const HEIGHT = 280;
  const colours = [ // one for each column that the server shows, and one for all others
    "#005fb8", "#d55e00", "#009e73", "#e878b8", "#e0a100", "#50b8f0", "#7b2fd0", "#808080",
    "#7d451e",
  ];
  const ink = getComputedStyle(document.body).color;
  let chart = null;
  let shown = "";

  const read = () => {
    const table = document.getElementById("numbers");
    const labels = [...table.querySelectorAll("th[data-label]")].map((cell) => cell.textContent);
    const rows = [...table.querySelectorAll("tbody tr[data-at]")].reverse().map((row) => ({
      at: Number(row.dataset.at),
      numbers: [...row.querySelectorAll("td.number")].map((cell) => Number(cell.textContent)),
    }));
    return { labels, rows };
  };
  const data = ({ labels, rows }, isShare) => [
    rows.map((row) => row.at),
    ...labels.map((_, k) => rows.map(({ numbers }) => {
      const sum = numbers[labels.length];
      if (!isShare) return numbers[k];
      return sum ? 100 * numbers[k] / sum : null;
    })),
  ];
  const two = (number) => String(number).padStart(2, "0");
  const time = (_, splits) => splits.map((at) => {
    const then = uPlot.tzDate(new Date(at * 1000), zone);
    const isMidnight = then.getHours() === 0 && then.getMinutes() === 0;
    return isMidnight
      ? `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`
      : `${two(then.getHours())}:${two(then.getMinutes())}`;
  });

  const draw = () => {
    const table = read();
    place.hidden = table.labels.length === 0;
    if (place.hidden) return;
    const isShare = measure !== null && measure.value === "share";
    const look = JSON.stringify([table.labels, isShare, table.rows.length]);
    if (chart && look === shown) { chart.setData(data(table, isShare)); return; }
    if (chart) chart.destroy();
    shown = look;
    const axis = { stroke: ink, grid: { stroke: "#8884" } };
    const series = table.labels.map((label, k) => ({
      label, stroke: colours[k], width: 2, points: { show: table.rows.length < 40 },
      value: (_, number) => {
        if (number === null) return "";
        return isShare ? `${number.toFixed(1)} %` : String(number);
      },
    }));
    chart = new uPlot({
      width: place.clientWidth, height: HEIGHT,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
      axes: [
        { ...axis, values: time, space: 90 },
        { ...axis, label: isShare ? "% of the frames" : "frames", size: 64 },
      ],
      series: [{ value: "{YYYY}-{MM}-{DD} {HH}:{mm}" }, ...series],
    }, data(table, isShare), place);
  };
  place.hidden = read().labels.length === 0;
  if (measure) { measures.hidden = false; measure.addEventListener("change", draw); }
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.contains(document.getElementById("numbers"))) draw();
  });
  addEventListener("resize", () => chart && chart.setSize({ width: place.clientWidth, height: HEIGHT }));
  draw();
})();
