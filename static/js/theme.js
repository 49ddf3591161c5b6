/* Before the first paint: the theme the person chose here, else the profile's, else the device's. */
(function () {
  "use strict";
  var root = document.documentElement, wish = root.getAttribute("data-theme") || "auto";
  try { wish = localStorage.getItem("theme") || wish; } catch (error) { /* storage is off */ }
  if (wish === "auto") { wish = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"; }
  root.setAttribute("data-bs-theme", wish);
})();
