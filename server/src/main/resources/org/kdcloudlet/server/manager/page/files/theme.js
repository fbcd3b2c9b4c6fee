// Light or dark: as the reader chose, else as the system is. Loaded before anything is drawn.
(function () {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  function chosen() {
    try { return localStorage.getItem("theme"); } catch (denied) { return null; }
  }
  function apply() {
    document.documentElement.dataset.bsTheme = chosen() || (dark.matches ? "dark" : "light");
  }
  dark.addEventListener("change", apply);
  apply();
  document.addEventListener("DOMContentLoaded", function () {
    document.getElementById("theme").addEventListener("click", function () {
      const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
      try { localStorage.setItem("theme", next); } catch (denied) { /* it holds for this page only */ }
      document.documentElement.dataset.bsTheme = next;
    });
  });
})();
