"use strict";
// Of a form, only what belongs to the chosen kind is shown and sent.
(() => {
  const kind = document.getElementById("kind");
  const parts = [...kind.form.querySelectorAll("[data-for]")];
  const choose = () => {
    for (const part of parts) {
      part.hidden = !part.dataset.for.split(",").includes(kind.value);
      for (const field of part.querySelectorAll("input, select")) field.disabled = part.hidden;
    }
  };
  kind.addEventListener("change", choose);
  addEventListener("pageshow", choose); // a browser that comes back keeps the choice
  choose();
})();
