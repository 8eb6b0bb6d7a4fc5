"use strict";
// Says of each table whether it is wider than the page: it scrolls then.
(function () {
  function mark(box) { box.previousElementSibling.hidden = box.scrollWidth <= box.clientWidth + 1; }

  var sizes = new ResizeObserver(function (changed) {
    changed.forEach(function (one) { mark(one.target.closest(".scroll")); });
  });
  document.querySelectorAll(".scroll").forEach(function (box) {
    var before = box.previousElementSibling;
    if (!before || !before.classList.contains("cut")) {
      before = document.createElement("p");
      before.className = "cut";
      before.textContent = "Scrolls sideways →";
      box.parentNode.insertBefore(before, box);
    }
    mark(box);
    sizes.observe(box);
    sizes.observe(box.firstElementChild);
  });
}());
