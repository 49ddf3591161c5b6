/* Before the first paint: the theme chosen on this device, else the profile's, else the device's.
   A choice made here ends when the profile's setting changes. */
(function () {
  "use strict";
  var root = document.documentElement;
  var profile = root.getAttribute("data-theme") || "auto";
  var device = window.matchMedia("(prefers-color-scheme: dark)");

  function stored() {
    try {
      var parts = (localStorage.getItem("theme") || "").split("|");
      return parts[0] === profile ? parts[1] : "";
    } catch (error) {
      return ""; // storage is off
    }
  }

  function apply() {
    var wish = stored() || profile;
    var dark = wish === "dark" || (wish === "auto" && device.matches);
    root.setAttribute("data-bs-theme", dark ? "dark" : "light");
  }

  window.salesagentTheme = {
    toggle: function () {
      var next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      try {
        localStorage.setItem("theme", profile + "|" + next);
      } catch (error) {
        /* storage is off: it lasts for this page */
      }
      root.setAttribute("data-bs-theme", next);
    },
  };

  root.classList.add("js");
  apply();
  device.addEventListener("change", apply);
})();
