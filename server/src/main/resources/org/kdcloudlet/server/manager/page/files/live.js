// Pages follow what happens by a connection each, and a browser opens six to a server and no more. So a page that nobody looks at gives
// its own back, and catches up when it is looked at again: its address says since when.
(function () {
  "use strict";
  // A page that is left, and a server that is restarted quickly, are nothing to be told of.
  const PATIENCE = 1500;
  const all = new Set();

  function offline(on) { document.getElementById("offline").hidden = !on; }

  // Instead of an EventSource, with what the extension of htmx uses of one.
  function Live(address) {
    const self = this;
    const heard = [];
    let source = null;
    let silent = 0;

    function back() {
      clearTimeout(silent);
      silent = 0;
      offline(false);
    }

    self.look = function () {
      if (source || document.hidden) { return; }
      source = new EventSource(address);
      heard.forEach(function (one) { source.addEventListener(one.name, one.listener); });
      source.onopen = function (event) {
        back();
        if (self.onopen) { self.onopen(event); }
      };
      source.onerror = function (event) {
        silent = silent || setTimeout(function () { offline(true); }, PATIENCE);
        // Else the browser itself tries again.
        if (source.readyState === EventSource.CLOSED) {
          all.delete(self);
          self.onerror(event);
          checkSession();
        }
      };
    };
    self.rest = function () {
      clearTimeout(silent);
      silent = 0;
      if (source) { source.close(); }
      source = null;
    };
    self.close = function () {
      self.rest();
      all.delete(self);
    };
    self.addEventListener = function (name, listener) {
      heard.push({name: name, listener: listener});
      if (source) { source.addEventListener(name, listener); }
    };
    self.removeEventListener = function (name, listener) {
      const at = heard.findIndex(function (one) { return one.name === name && one.listener === listener; });
      if (at >= 0) { heard.splice(at, 1); }
      if (source) { source.removeEventListener(name, listener); }
    };
    Object.defineProperty(self, "readyState", {
      get: function () { return source ? source.readyState : EventSource.CONNECTING; }
    });
    all.add(self);
    self.look();
  }

  // An EventSource does not tell why it was refused.
  async function checkSession() {
    try {
      if ((await fetch("/v1/status")).status === 401) { document.dispatchEvent(new Event("session-ended")); }
    } catch (unreachable) {
      // that is told already, and the connection is tried again
    }
  }

  // Whoever finds that the session has ended says so here: the page as a whole goes to the log-in, and comes back from there.
  document.addEventListener("session-ended", function () {
    location.assign("/log-in?next=" + encodeURIComponent(location.pathname + location.search));
  });
  document.addEventListener("visibilitychange", function () {
    all.forEach(function (one) { if (document.hidden) { one.rest(); } else { one.look(); } });
  });
  htmx.createEventSource = function (address) { return new Live(address); };
})();
