/* Two leads side by side: the lead that stays brings its values along. Without it: a link does. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-side]");
  if (!form) {
    return;
  }
  form.addEventListener("change", function (event) {
    var radio = event.target;
    if (radio.name !== "keeper") {
      radio.closest("tr").setAttribute("data-own", "");
      return;
    }
    /* what a person has chosen by hand stays chosen */
    form.querySelectorAll("tr[data-first]:not([data-own])").forEach(function (row) {
      var side = row.getAttribute("data-" + radio.getAttribute("data-keeper"));
      row.querySelector('input[value="' + side + '"]').checked = true;
    });
  });
})();
