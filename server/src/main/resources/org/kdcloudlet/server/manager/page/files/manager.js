// What pages do beyond HTML and htmx. Everything works without it but uploads.
(function () {
  "use strict";

  function fail(message) {
    const box = document.getElementById("failure");
    box.textContent = message;
    box.hidden = false;
    box.scrollIntoView({block: "nearest"});
  }

  // Times in the reader's zone.
  function localTimes(root) {
    root.querySelectorAll("time[datetime]").forEach(function (time) {
      const at = new Date(time.dateTime);
      if (!isNaN(at)) { time.textContent = at.toLocaleString(); time.title = time.dateTime; }
    });
  }

  // The set-up code comes behind the number sign, which no server sees.
  function setupCode() {
    const field = document.querySelector("[data-from-fragment]");
    if (field && location.hash.length > 1) {
      field.value = decodeURIComponent(location.hash.slice(1));
      history.replaceState(null, "", location.pathname);
    }
  }

  // A form that was sent is not sent again while its answer is waited for.
  document.addEventListener("submit", function (event) {
    const form = event.target;
    const again = form.querySelector("[name=again]");
    if (again && again.value !== form.querySelector("[name=password]").value) {
      event.preventDefault();
      fail("The two passwords are not the same.");
      return;
    }
    if (form.dataset.upload || event.defaultPrevented) { return; }
    const button = form.querySelector("button:not([type=button])");
    if (button && form.method === "post") {
      button.setAttribute("aria-busy", "true");
      setTimeout(function () { button.disabled = true; }, 0);
      if (form.dataset.busy) { button.textContent = form.dataset.busy; }
    }
  });

  document.addEventListener("click", function (event) {
    if (event.target.matches("[data-back]") && document.referrer.startsWith(location.origin)) {
      event.preventDefault();
      history.back();
    }
  });
  document.addEventListener("htmx:afterSwap", function (event) { localTimes(event.target); });
  // What the server says of a field shows at the field.
  document.addEventListener("htmx:afterSettle", function () {
    document.querySelectorAll("[data-problem]").forEach(function (problem) {
      const field = document.getElementById(problem.dataset.problem);
      const wrong = problem.textContent.trim() !== "";
      if (!field) { return; }
      field.classList.toggle("is-invalid", wrong);
      if (wrong) { field.setAttribute("aria-invalid", "true"); } else { field.removeAttribute("aria-invalid"); }
    });
  });
  // The session has ended: the page as a whole goes to the log-in.
  document.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status === 401) { location.assign("/log-in"); }
  });
  document.addEventListener("DOMContentLoaded", function () { localTimes(document); setupCode(); });
})();
