/* The lead list and the score card. Without it: checkboxes, links and forms do the same. */
(function () {
  "use strict";
  var doc = document;

  /* --- choosing rows ---------------------------------------------------------------------- */
  var form = doc.querySelector("form[data-bulk]");

  function boxes() {
    return Array.prototype.slice.call(form.querySelectorAll('input[name="ids"]'));
  }

  function update() {
    var rows = boxes();
    var chosen = rows.filter(function (box) { return box.checked; }).length;
    var everything = form.querySelector("[data-everything]");
    var whole = everything !== null && everything.checked;
    var top = form.querySelector("[data-all]");
    rows.forEach(function (box) { box.closest("tr").classList.toggle("sel", box.checked || whole); });
    top.checked = whole || (chosen > 0 && chosen === rows.length);
    top.indeterminate = !whole && chosen > 0 && chosen < rows.length;
    form.querySelector("[data-chosen]").textContent = whole ? "All in this view" : chosen ? chosen + " chosen" : "None chosen";
    form.classList.toggle("idle", !whole && !chosen);
    form.querySelectorAll("[data-two]").forEach(function (button) { button.hidden = whole || chosen !== 2; });
  }

  if (form) {
    form.addEventListener("change", function (event) {
      if (event.target.matches("[data-all]")) {
        boxes().forEach(function (box) { box.checked = event.target.checked; });
        var everything = form.querySelector("[data-everything]");
        if (everything && !event.target.checked) {
          everything.checked = false;
        }
      }
      update();
    });
    form.addEventListener("submit", function (event) {
      if (form.classList.contains("idle")) {
        event.preventDefault();
        form.querySelector("[data-chosen]").textContent = "Choose at least one lead first";
      }
    });
    window.addEventListener("pageshow", update);
    update();
  }

  /* --- filters: the form comes when it is asked for ---------------------------------------- */
  Array.prototype.forEach.call(doc.querySelectorAll("summary[data-load]"), function (summary) {
    summary.parentNode.addEventListener("toggle", function () {
      var box = summary.parentNode.querySelector("[data-filterbox]");
      if (summary.parentNode.open && !box.dataset.loaded && window.htmx) {
        box.dataset.loaded = "1";
        window.htmx.ajax("GET", summary.getAttribute("data-load"), { target: box, swap: "innerHTML" });
      }
    });
  });

  /* --- only what is filled in goes into the address ------------------------------------------ */
  doc.addEventListener("submit", function (event) {
    var get = event.target;
    if (!get.matches(".filterform, .lsearch")) {
      return;
    }
    Array.prototype.forEach.call(get.elements, function (field) {
      if (field.name && field.value === "") {
        field.disabled = true;
      }
    });
  });
})();
