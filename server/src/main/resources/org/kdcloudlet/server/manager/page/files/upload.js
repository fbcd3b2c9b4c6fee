// Uploads that are gone on with: by the tus protocol (docs/reference/admin-api.md), kept by the server, so that a reload or a restart
// loses nothing. A box [data-uploader] has the file, how far it is, and the buttons.
(function () {
  "use strict";

  const UPLOADS = "/v1/uploads";
  const LONGEST_PAUSE = 30000;

  function csrf() { return document.querySelector("meta[name=csrf-token]").content; }

  function fail(message) {
    const box = document.getElementById("failure");
    box.textContent = message;
    box.hidden = message === "";
    if (message) { box.scrollIntoView({block: "nearest"}); }
  }

  function base64(text) {
    return btoa(String.fromCharCode.apply(null, new TextEncoder().encode(text)));
  }

  function size(bytes) {
    if (bytes < 1048576) { return Math.ceil(bytes / 1024) + " KiB"; }
    const mebibytes = bytes / 1048576;
    return mebibytes >= 1024 ? (mebibytes / 1024).toFixed(1) + " GiB" : mebibytes.toFixed(1) + " MiB";
  }

  function ask(method, address, headers, body) {
    return fetch(address, {
      method: method,
      headers: Object.assign({"Tus-Resumable": "1.0.0", "X-CSRF-Token": csrf()}, headers || {}),
      body: body,
      cache: "no-store"
    });
  }

  async function reason(answer) {
    try { return (await answer.json()).error.message; } catch (notJson) { return "The server answered with status " + answer.status + "."; }
  }

  function Uploader(box) {
    const self = this;
    const input = box.querySelector("input[type=file]");
    const bar = box.querySelector("progress");
    const told = box.querySelector("[data-told]");
    const pauseButton = box.querySelector("[data-pause]");
    const cancelButton = box.querySelector("[data-cancel]");
    const unfinished = box.querySelector("[data-unfinished]");
    let file = null;
    let id = null;
    let request = null;
    let timer = 0;
    let run = 0;
    let whole = null;
    let state = "idle";

    self.input = input;
    self.parameter = box.dataset.parameter;
    self.onState = function () {};
    self.state = function () { return state; };
    self.id = function () { return id; };

    function show(next) {
      state = next;
      const going = next === "sending" || next === "waiting" || next === "paused";
      bar.hidden = !going && next !== "whole";
      pauseButton.hidden = !going;
      cancelButton.hidden = !(going || next === "whole");
      pauseButton.textContent = next === "sending" ? "Pause" : "Resume";
      self.onState(next);
    }

    function progress(done, rate) {
      const percent = Math.floor(100 * done / file.size);
      bar.value = percent;
      told.textContent = percent + " % of " + size(file.size) + (rate ? ", " + size(rate) + "/s" : "");
    }

    // Takes up an unfinished upload of this very file, or begins one.
    self.begin = async function () {
      const turn = ++run;
      fail("");
      file = input.files[0];
      show("sending");
      told.textContent = "Begins…";
      try {
        const known = (await uploads()).find(function (one) { return isOf(one, file); });
        if (turn !== run) { return; }
        id = known ? known.id : await create();
      } catch (refusal) {
        if (turn === run) { show("idle"); told.textContent = ""; fail(refusal.message); }
        return;
      }
      if (turn !== run) { ask("DELETE", UPLOADS + "/" + id); return; }
      unfinished.hidden = true;
      send(turn, 0);
    };

    async function uploads() {
      const answer = await ask("GET", UPLOADS);
      if (!answer.ok) { throw new Error(await reason(answer)); }
      return (await answer.json()).uploads.filter(function (one) {
        return one.kind === box.dataset.uploader && !one.in_use;
      });
    }

    function isOf(upload, candidate) {
      return upload.name === candidate.name && upload.length === candidate.size
        && upload.last_modified === candidate.lastModified;
    }

    async function create() {
      const answer = await ask("POST", UPLOADS, {
        "Upload-Length": String(file.size),
        "Upload-Metadata": "kind " + base64(box.dataset.uploader) + ",filename " + base64(file.name)
          + ",last_modified " + base64(String(file.lastModified))
      });
      if (answer.status !== 201) { throw new Error(await reason(answer)); }
      return (await answer.json()).id;
    }

    // Asks where to go on, and sends the rest; what breaks is tried again, after longer and longer.
    async function send(turn, failures) {
      let offset;
      try {
        const answer = await ask("HEAD", UPLOADS + "/" + id);
        if (turn !== run) { return; }
        if (answer.status === 404) { show("idle"); told.textContent = ""; fail("The upload is not there any more; begin it again."); return; }
        if (answer.status === 401) { sessionEnded(); return; }
        if (!answer.ok) { throw new Error("status " + answer.status); }
        offset = Number(answer.headers.get("Upload-Offset"));
      } catch (broken) {
        if (turn === run) { again(turn, failures); }
        return;
      }
      show("sending");
      progress(offset, 0);
      if (offset === file.size) { done(); return; }
      const began = Date.now();
      request = new XMLHttpRequest();
      request.open("PATCH", UPLOADS + "/" + id);
      request.setRequestHeader("Tus-Resumable", "1.0.0");
      request.setRequestHeader("X-CSRF-Token", csrf());
      request.setRequestHeader("Content-Type", "application/offset+octet-stream");
      request.setRequestHeader("Upload-Offset", String(offset));
      let arrived = 0;
      request.upload.onprogress = function (sent) {
        arrived = sent.loaded;
        progress(offset + arrived, arrived / Math.max(0.001, (Date.now() - began) / 1000));
      };
      request.onload = function () {
        if (turn !== run) { return; }
        if (request.status === 204) { send(turn, 0); return; }
        let message = "";
        try { message = JSON.parse(request.responseText).error.message; } catch (notJson) { message = "The server answered with status " + request.status + "."; }
        if (request.status === 409) { again(turn, failures); return; }
        show("paused");
        fail(message);
      };
      request.onerror = async function () {
        const same = await isReadable();
        if (turn !== run) { return; }
        if (same) { again(turn, arrived > 0 ? 0 : failures); } else { drop("The file was changed or removed since it was chosen; choose it again."); }
      };
      request.send(file.slice(offset));
    }

    // Browsers read nothing of a file that is not as it was when it was chosen; that looks like a broken connection otherwise.
    async function isReadable() {
      try {
        await file.slice(0, 1).arrayBuffer();
        return true;
      } catch (changed) {
        return false;
      }
    }

    function sessionEnded() {
      show("paused");
      told.textContent = "";
      fail("Your session has ended. Log in and choose the same file again; what has arrived is kept.");
    }

    function again(turn, failures) {
      const pause = Math.min(LONGEST_PAUSE, 1000 * Math.pow(2, failures));
      show("waiting");
      told.textContent = "The connection broke; it is tried again in " + Math.ceil(pause / 1000) + " s. What has arrived is kept.";
      clearTimeout(timer);
      timer = setTimeout(function () { if (turn === run) { send(turn, failures + 1); } }, pause);
    }

    function stop() {
      run++;
      clearTimeout(timer);
      if (request) { request.abort(); request = null; }
    }

    function done() {
      request = null;
      told.textContent = "All " + size(file.size) + " have arrived.";
      show("whole");
      pauseButton.hidden = true;
      if (whole) { whole(id); }
    }

    pauseButton.onclick = function () {
      if (state === "sending") {
        stop();
        show("paused");
        told.textContent = "Paused at " + bar.value + " %. What has arrived is kept for a day.";
      } else {
        stop();
        fail("");
        send(run, 0);
      }
    };

    function drop(why) {
      stop();
      if (id) { ask("DELETE", UPLOADS + "/" + id); }
      id = null;
      input.value = "";
      show("idle");
      told.textContent = why;
    }

    cancelButton.onclick = function () { drop("Cancelled; nothing of it is kept."); };

    self.whenWhole = function (then) {
      whole = then;
      if (state === "whole") { then(id); }
    };
    // What a form has already, and need not be chosen again.
    self.held = "";
    self.idle = function () { show("idle"); told.textContent = ""; };

    // What an earlier visit left.
    async function offerUnfinished() {
      try {
        const left = (await uploads()).filter(function (one) { return one.id !== self.held; });
        if (left.length === 0 || state !== "idle") { return; }
        unfinished.textContent = "";
        left.forEach(function (one) {
          const line = document.createElement("div");
          line.className = "d-flex flex-wrap gap-2 align-items-center";
          const text = document.createElement("span");
          text.className = "text-break";
          text.textContent = one.offset === one.length
            ? "Arrived, but nothing was made of it: " + one.name + ", " + size(one.length) + ". Choose the same file again to use it."
            : "Unfinished: " + one.name + ", " + Math.floor(100 * one.offset / one.length) + " % of "
              + size(one.length) + ". Choose the same file again to go on.";
          const discard = document.createElement("button");
          discard.type = "button";
          discard.className = "btn btn-sm btn-outline-secondary";
          discard.textContent = "Discard";
          discard.setAttribute("aria-label", "Discard the unfinished upload of " + one.name);
          discard.onclick = function () {
            ask("DELETE", UPLOADS + "/" + one.id).then(function () {
              line.remove();
              unfinished.hidden = !unfinished.firstChild;
            });
          };
          line.append(text, discard);
          unfinished.append(line);
        });
        unfinished.hidden = false;
      } catch (offline) { unfinished.hidden = true; }
    }
    offerUnfinished();
  }

  // What was uploaded and what else was filled in goes into the address, texts with commas as several.
  function addressOf(form, uploaders) {
    const query = new URLSearchParams();
    uploaders.forEach(function (one) { if (one.state() === "whole") { query.append(one.parameter, one.id()); } });
    form.querySelectorAll("[name]").forEach(function (field) {
      if (field.type === "checkbox" && !field.checked) { return; }
      const values = "split" in field.dataset ? field.value.split(",") : [field.value];
      values.map(function (value) { return value.trim(); }).filter(Boolean)
        .forEach(function (value) { query.append(field.name, value); });
    });
    return form.dataset.upload + "?" + query;
  }

  // A form whose files are uploaded when it is sent, one after the other, and which is for nothing else.
  function uploadForm(form) {
    const uploaders = Array.from(form.querySelectorAll("[data-uploader]"), function (box) { return new Uploader(box); });
    const button = form.querySelector("button:not([type=button])");
    let sent = false;

    function update() {
      button.disabled = sent || uploaders.some(function (one) { return !["idle", "whole"].includes(one.state()); });
    }

    function goOn() {
      if (!form.reportValidity()) { return; }
      const next = uploaders.find(function (one) { return one.state() === "idle" && one.input.files.length > 0; });
      if (next) { next.begin(); } else { use(); }
    }

    async function use() {
      sent = true;
      update();
      try {
        const answer = await ask("POST", addressOf(form, uploaders));
        if (!answer.ok) { throw new Error(await reason(answer)); }
        const made = (await answer.json()).id;
        location.assign(answer.status === 202
          ? "/operations/" + encodeURIComponent(made)
          : form.dataset.then + encodeURIComponent(made) + "?done=saved");
      } catch (refusal) {
        sent = false;
        uploaders.forEach(function (one) { one.idle(); });
        fail(refusal.message);
      }
    }

    uploaders.forEach(function (one) {
      one.onState = update;
      one.whenWhole(goOn);
      one.input.addEventListener("change", function () { if (one.state() === "whole") { one.idle(); } });
    });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (!button.disabled) { goOn(); }
    });
  }

  // A form with more in it: the file is uploaded as soon as it is chosen, and the form is sent once that is whole.
  function formWithUpload(form) {
    const uploader = new Uploader(form.querySelector("[data-uploader]"));
    const button = form.querySelector("button:not([type=button])");
    const field = form.querySelector("input[name=upload]");
    uploader.held = field.value;
    const label = button.textContent;
    let wanted = false;
    uploader.onState = function (state) {
      if (state !== "whole") { field.value = ""; }
      if (state === "idle") { wanted = false; button.textContent = label; }
    };
    uploader.input.addEventListener("change", function () {
      if (uploader.input.files.length > 0) { uploader.begin(); }
    });
    uploader.whenWhole(function (id) {
      field.value = id;
      if (wanted) { form.requestSubmit(); }
    });
    form.addEventListener("submit", function (event) {
      const source = form.querySelector("input[name=image_source]:checked");
      const refused = uploader.state() === "idle" && uploader.input.files.length > 0;
      if (source && source.value === "upload" && (refused || !["idle", "whole"].includes(uploader.state()))) {
        event.preventDefault();
        event.stopPropagation();
        if (refused) { uploader.begin(); }
        wanted = true;
        button.textContent = "Sent once the upload is whole…";
      }
    }, true);
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("form[data-upload]").forEach(uploadForm);
    document.querySelectorAll("form[data-with-upload]").forEach(formWithUpload);
  });
})();
