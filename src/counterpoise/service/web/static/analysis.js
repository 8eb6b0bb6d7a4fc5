"use strict";
// The table over time as a chart.
(() => {
  const place = document.getElementById("chart");
  if (!place) return;
  const measure = document.getElementById("measure");
  const table = document.querySelector("#steps table");
  const zone = place.dataset.zone;
  const colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#7f7f7f",
    "#a6761d",
  ];
  const ink = getComputedStyle(document.body).color;
  const labels = [...table.querySelectorAll("th[data-label]")].map((cell) => cell.textContent);
  const rows = [...table.querySelectorAll("tbody tr")].reverse().map((row) => ({
    at: Number(row.dataset.at),
    numbers: [...row.querySelectorAll("td.number")].map((cell) => Number(cell.textContent)),
  }));
  place.hidden = false;
  document.getElementById("measures").hidden = false;
  let chart = null;

  const data = (isShare) => [
    rows.map((row) => row.at),
    ...labels.map((_, k) => rows.map(({ numbers }) => {
      const sum = numbers[labels.length];
      if (!isShare) return numbers[k];
      return sum ? 100 * numbers[k] / sum : null;
    })),
  ];

  const draw = () => {
    const isShare = measure.value === "share";
    if (chart) chart.destroy();
    const axis = { stroke: ink, grid: { stroke: "#8884" } };
    const series = labels.map((label, k) => ({
      label, stroke: colours[k % colours.length], width: 2, points: { show: rows.length < 40 },
      value: (_, number) => number === null ? "" : isShare ? `${number.toFixed(1)} %` : String(number),
    }));
    chart = new uPlot({
      width: place.clientWidth, height: 280,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
      axes: [axis, { ...axis, label: isShare ? "% of the frames" : "frames", size: 64 }],
      series: [{ value: "{YYYY}-{MM}-{DD} {HH}:{mm}" }, ...series],
    }, data(isShare), place);
  };
  measure.addEventListener("change", draw);
  addEventListener("resize", () => chart && chart.setSize({ width: place.clientWidth, height: 280 }));
  draw();
})();
