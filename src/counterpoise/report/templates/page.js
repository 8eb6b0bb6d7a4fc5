"use strict";
// Everything is readable without this: it sorts, filters, hides columns and opens what a link leads to.
(function () {
  var table = document.querySelector("table.results");
  var body = table.tBodies[0];
  var heads = Array.from(table.tHead.rows[0].cells);

  function key(row, column) {
    var cell = row.cells[column];
    if (!cell || cell.colSpan > 1) return null;
    var value = cell.dataset.value;
    if (value === undefined) return cell.textContent.trim();
    return value === "" ? null : Number(value);
  }

  heads.forEach(function (head, column) {
    var button = document.createElement("button");
    while (head.firstChild) button.appendChild(head.firstChild);
    head.appendChild(button);
    button.addEventListener("click", function () {
      var up = head.getAttribute("aria-sort") !== "ascending";
      Array.from(body.rows).map(function (row) { return [key(row, column), row]; }).sort(function (a, b) {
        if (a[0] === null || b[0] === null) return (a[0] === null) - (b[0] === null);
        return (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0) * (up ? 1 : -1);
      }).forEach(function (pair) { body.appendChild(pair[1]); });
      heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
    });
  });

  function show(metric, yes) {
    heads.forEach(function (head, column) {
      if (head.dataset.metric !== metric) return;
      Array.from(table.rows).forEach(function (row) {
        if (row.cells[column]) row.cells[column].hidden = !yes;
      });
    });
  }

  document.querySelectorAll("#columns input").forEach(function (input) {
    input.addEventListener("change", function () { show(input.value, input.checked); });
    show(input.value, input.checked);
  });
  document.getElementById("filter").addEventListener("input", function (event) {
    var words = event.target.value.toLowerCase().split(/\s+/);
    Array.from(body.rows).forEach(function (row) {
      var name = row.cells[1].textContent.toLowerCase();
      row.hidden = !words.every(function (word) { return name.indexOf(word) >= 0; });
    });
  });
  document.getElementById("tools").hidden = false;

  function open() {
    var found = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    var around = found && found.closest("details");
    if (around) { around.open = true; around.scrollIntoView(); }
  }
  window.addEventListener("hashchange", open);
  open();
}());

// Two classes: recall, precision and cost at a threshold.
(function () {
  var section = document.getElementById("thresholds");
  if (!section) return;
  var data = JSON.parse(section.dataset.curves);
  var method = document.getElementById("slide-method");
  var level = document.getElementById("slide-level");
  var cost = document.getElementById("slide-cost");

  function text(value) { return value.toFixed(3).replace(/^0/, ""); }

  function price(found, alarms, ratio) {
    var total = data.positives + data.negatives;
    return (ratio * (1 - found) * data.positives + alarms * data.negatives) / total;
  }

  function say() {
    var one = data.methods[method.selectedIndex];
    var ratio = Math.pow(10, Number(cost.value) / 20);
    var i = Number(level.value);
    var hits = one.found[i] * data.positives, false_ = one.alarms[i] * data.negatives;
    var said = "Threshold " + text(data.levels[i]) + ": recall " + text(one.found[i]) + " (" + Math.round(hits) + " of " +
      data.positives + " found), precision " + (hits + false_ > 0 ? text(hits / (hits + false_)) : "–") + ", " +
      Math.round(false_) + " false alarms. With a miss at " + ratio.toFixed(ratio < 10 ? 1 : 0) + " false alarms, a sample costs " +
      text(price(one.found[i], one.alarms[i], ratio)) + ".";
    if (one.validationFound) {
      var best = 0, least = Infinity;
      data.levels.forEach(function (_, n) {
        var value = price(one.validationFound[n], one.validationAlarms[n], ratio);
        if (value < least) { least = value; best = n; }
      });
      said += " Lowest on validation: threshold " + text(data.levels[best]) + ", which costs " +
        text(price(one.found[best], one.alarms[best], ratio)) + " on test.";
    }
    document.getElementById("slide-said").textContent = said;
  }

  [method, level, cost].forEach(function (input) { input.addEventListener("input", say); });
  section.querySelector(".slider").hidden = false;
  say();
}());
