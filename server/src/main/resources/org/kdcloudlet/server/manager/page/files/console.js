// The console of a machine: noVNC, connected to the Manager's WebSocket.
import RFB from "./novnc/core/rfb.js";

const LONGEST_WAIT = 10000;
const TRY_AGAIN_LATER = 1013;
const SHIFT = 0xffe1;
const SHIFTED = /[A-Z~!@#$%^&*()_+{}|:"<>?]/;
const place = document.getElementById("console");
const state = document.getElementById("console-state");
const text = document.getElementById("console-text");
const scale = document.getElementById("console-scale");
const types = place.dataset.types === "true";
const what = place.dataset.what;
const runs = place.dataset.runs.split(" ");
let rfb = null;
let again = 0;
let wait = 500;
let refusal = "";

function tell(message) { state.textContent = message; }

function enable(on) {
  ["ctrl-alt-del", "paste", "type"].forEach(function (name) {
    const button = document.getElementById("console-" + name);
    if (button) { button.disabled = !on; }
  });
}

function connect() {
  clearTimeout(again);
  const address = new URL(place.dataset.socket, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  tell("Connecting…");
  const socket = new WebSocket(address.href);
  // noVNC does not tell why a connection was closed. Codes of errors are for programs, sentences for people.
  socket.addEventListener("close", function (event) {
    refusal = event.code === TRY_AGAIN_LATER && event.reason.includes(" ") ? event.reason + "." : "";
  });
  const connection = new RFB(place, socket, {shared: true});
  rfb = connection;
  rfb.viewOnly = !types;
  rfb.scaleViewport = scale.checked;
  rfb.background = "";
  rfb.addEventListener("connect", function () {
    if (rfb !== connection) { return; }
    wait = 500;
    tell("Connected");
    enable(true);
  });
  rfb.addEventListener("disconnect", function () {
    if (rfb !== connection) { return; }
    rfb = null;
    enable(false);
    ask(false);
  });
  rfb.addEventListener("clipboard", function (event) { text.value = event.detail.text; });
}

// Why it ended, and whether to try again: after a while, if the instance runs then.
async function ask(waited) {
  let answer;
  try {
    answer = await fetch(place.dataset.asks);
  } catch (unreachable) {
    later("The cloudlet does not answer.");
    return;
  }
  if (answer.status === 401) { document.dispatchEvent(new Event("session-ended")); return; }
  if (answer.status === 404) { tell("The " + what + " is gone."); return; }
  const known = answer.ok ? (await answer.json()).state : "";
  if (known && !runs.includes(known)) {
    later("The " + what + " is " + known.replace("_", " ") + ".");
  } else if (waited && !rfb) {
    connect();
  } else {
    later(refusal || "Disconnected.");
  }
}

function later(message) {
  if (rfb) { return; }
  tell(message + " Trying again…");
  clearTimeout(again);
  again = setTimeout(function () { ask(true); }, wait);
  wait = Math.min(LONGEST_WAIT, wait * 2);
}

// X11 keysyms: Latin-1 as it is, others by their Unicode number.
function keysym(character) {
  const code = character.codePointAt(0);
  if (character === "\n") { return 0xff0d; }
  if (character === "\t") { return 0xff09; }
  return code < 0x100 ? code : 0x1000000 + code;
}

// QEMU finds the key of a character by the layout of a US keyboard, but does not press Shift for it.
function strike(character) {
  const shifted = SHIFTED.test(character);
  if (shifted) { rfb.sendKey(SHIFT, "ShiftLeft", true); }
  rfb.sendKey(keysym(character), null);
  if (shifted) { rfb.sendKey(SHIFT, "ShiftLeft", false); }
}

function on(name, action) {
  const button = document.getElementById("console-" + name);
  if (button) { button.addEventListener("click", action); }
}

on("reconnect", function () {
  const old = rfb;
  rfb = null;
  enable(false);
  if (old) { old.disconnect(); }
  wait = 500;
  connect();
});
on("ctrl-alt-del", function () { if (rfb) { rfb.sendCtrlAltDel(); rfb.focus(); } });
on("paste", function () { if (rfb) { rfb.clipboardPasteFrom(text.value); } });
on("type", function () {
  if (rfb) { Array.from(text.value).forEach(strike); }
});
scale.addEventListener("change", function () { if (rfb) { rfb.scaleViewport = scale.checked; } });
window.addEventListener("pagehide", function () {
  const old = rfb;
  rfb = null;
  if (old) { old.disconnect(); }
});
connect();
