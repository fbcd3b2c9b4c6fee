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

  // The page that answers with a new secret is not one to load again: that would make another.
  function shownOnce() {
    const secret = document.querySelector("[data-shown-once]");
    if (secret) { history.replaceState(null, "", secret.dataset.shownOnce); }
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
      button.dataset.label = button.textContent;
      setTimeout(function () { button.disabled = true; }, 0);
      if (form.dataset.busy) { button.textContent = form.dataset.busy; }
    }
  });

  // A browser that goes back may show the page as it was left: its forms can be sent again.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("button[aria-busy]").forEach(function (button) {
      button.removeAttribute("aria-busy");
      button.disabled = false;
      button.textContent = button.dataset.label;
    });
  });

  document.addEventListener("click", function (event) {
    if (event.target.matches("[data-back]") && document.referrer.startsWith(location.origin)) {
      event.preventDefault();
      history.back();
    }
  });
  function say(element, text) {
    if (element && element.textContent !== text) { element.textContent = text; }
  }

  // Where a new row belongs: last, or before the first that is older.
  function place(body, row) {
    if (!("newestFirst" in body.dataset)) { return null; }
    const id = BigInt(row.id.slice("row-".length));
    return Array.from(body.rows).find(function (other) { return BigInt(other.id.slice("row-".length)) < id; }) || null;
  }

  // Rows that changed take the place of those of the same id, and the focus stays where it is.
  function changeRows(body, html) {
    const parsed = document.createElement("template");
    parsed.innerHTML = html;
    const focused = document.activeElement ? document.activeElement.id : "";
    parsed.content.querySelectorAll("input[id]").forEach(function (state) {
      document.getElementById(state.id).value = state.value;
    });
    parsed.content.querySelectorAll("a[id=older]").forEach(function (older) {
      document.getElementById(older.id).href = older.href;
    });
    Array.from(parsed.content.querySelectorAll("tr[id]")).forEach(function (row) {
      const old = document.getElementById(row.id);
      if ("gone" in row.dataset) {
        if (old) { old.remove(); }
      } else if (old) {
        old.replaceWith(row);
      } else {
        body.insertBefore(row, place(body, row));
      }
      localTimes(row);
    });
    const again = focused && document.getElementById(focused);
    if (again && again !== document.activeElement) { again.focus({preventScroll: true}); }
  }

  // A click is lost when what was pressed is taken away before the pointer is let go. So that stays, and is asked for anew afterwards.
  let pressed = null;
  const held = new Set();

  function following(element) { return element.matches("[hx-trigger^='sse:']"); }

  function letGo() {
    pressed = null;
    held.forEach(function (element) { htmx.trigger(element, element.getAttribute("hx-trigger").split(",")[0]); });
    held.clear();
  }

  document.addEventListener("pointerdown", function (event) { if (event.button === 0) { pressed = event.target; } }, true);
  // The click comes after the release. One that is not told, as when a menu of the browser is in the way, shows by the next move.
  ["pointerup", "pointercancel", "pointermove"].forEach(function (name) {
    document.addEventListener(name, function (event) { if (pressed && event.buttons === 0) { setTimeout(letGo, 0); } }, true);
  });

  function isPressed(event, place) {
    const asks = [event.detail.elt, event.detail.target].find(following);
    if (!pressed || !asks || !place.contains(pressed)) { return false; }
    held.add(asks);
    return true;
  }

  // What has not changed is not put there again: what was opened, marked or pointed at stays as it is.
  const shown = new WeakMap();

  function isShown(event) {
    const part = event.detail.target;
    if (part !== event.detail.elt || !following(part) || event.detail.xhr.status !== 200) { return false; }
    // What asks again by itself a moment after it was put there would not be put there any more.
    if (part.querySelector("[hx-trigger^='load']")) { return false; }
    const same = shown.get(part) === event.detail.xhr.responseText;
    shown.set(part, event.detail.xhr.responseText);
    return same;
  }

  // The rows of long tables have nothing of htmx in them, which would look through each of them.
  document.addEventListener("htmx:beforeSwap", function (event) {
    const body = document.getElementById(event.detail.elt.dataset.rows || "");
    const rows = body && event.detail.xhr.status === 200 && !event.detail.xhr.getResponseHeader("HX-Retarget");
    if (isPressed(event, rows ? body : event.detail.target)) {
      event.detail.shouldSwap = false;
    } else if (rows) {
      event.detail.shouldSwap = false;
      changeRows(body, event.detail.xhr.responseText);
    } else if (isShown(event)) {
      event.detail.shouldSwap = false;
    }
  });

  // Figures of machines come by themselves, so that no row is made anew for them.
  document.addEventListener("htmx:afterRequest", function (event) {
    if (!event.detail.elt.matches("[data-figures]") || !event.detail.successful) { return; }
    Object.entries(JSON.parse(event.detail.xhr.responseText)).forEach(function ([id, texts]) {
      say(document.querySelector("[data-cpu='" + id + "']"), texts[0]);
      say(document.querySelector("[data-memory='" + id + "']"), texts[1]);
    });
  });

  // As Format.age of the server.
  function age(since) {
    const seconds = Math.max(0, Math.floor((Date.now() - since) / 1000));
    if (seconds >= 2 * 86400) { return Math.floor(seconds / 86400) + " d"; }
    if (seconds >= 2 * 3600) { return Math.floor(seconds / 3600) + " h"; }
    return seconds >= 120 ? Math.floor(seconds / 60) + " min" : seconds + " s";
  }

  setInterval(function () {
    document.querySelectorAll("[data-since]").forEach(function (one) {
      const since = Date.parse(one.dataset.since);
      if (!isNaN(since)) { say(one, age(since)); }
    });
  }, 2000);

  document.addEventListener("htmx:afterSwap", function (event) { localTimes(event.target); });
  // What the server says of a field shows at the field.
  document.addEventListener("htmx:afterSettle", function () {
    document.querySelectorAll("[data-problem]").forEach(function (problem) {
      const field = document.getElementById(problem.dataset.problem);
      const wrong = problem.textContent.trim() !== "";
      if (!field) { return; }
      field.classList.toggle("is-invalid", wrong);
      const folded = field.closest("details");
      if (wrong && folded) { folded.open = true; }
      if (wrong) { field.setAttribute("aria-invalid", "true"); } else { field.removeAttribute("aria-invalid"); }
    });
  });
  document.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status === 401) { document.dispatchEvent(new Event("session-ended")); }
  });
  document.addEventListener("DOMContentLoaded", function () { localTimes(document); setupCode(); shownOnce(); });
})();
