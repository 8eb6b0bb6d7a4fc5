"use strict";
// How often each class was seen, over the last hour, two days or two months.
(() => {
  const place = document.getElementById("chart");
  const span = document.getElementById("span");
  const colours = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#7f7f7f",
    "#a6761d", "#1b7837",
  ];
  const ink = getComputedStyle(document.body).color;
  let chart = null;
  let shown = "";

  const axes = [{ stroke: ink, grid: { stroke: "#8884" } }, {
    stroke: ink, grid: { stroke: "#8884" }, label: "frames", size: 60,
  }];

  const draw = ({ times, counts }) => {
    const names = Object.keys(counts);
    const data = [times, ...names.map((name) => counts[name])];
    if (chart && shown === names.join("\n")) { chart.setData(data); return; }
    if (chart) chart.destroy();
    shown = names.join("\n");
    const series = names.map((label, i) => ({
      label, stroke: colours[i % colours.length], width: 2,
    }));
    chart = new uPlot(
      { width: place.clientWidth, height: 240, axes, series: [{}, ...series] }, data, place);
  };

  const load = async () => {
    const answer = await fetch(`${place.dataset.url}?period=${span.value}`).catch(() => null);
    if (answer && answer.ok) draw(await answer.json());
  };
  const again = async () => { await load(); setTimeout(again, 10000); };
  span.addEventListener("change", load);
  addEventListener("resize", () => chart && chart.setSize({ width: place.clientWidth, height: 240 }));
  again();
})();
