// The load of the last hour: three charts, each with its figures in words for who does not see it.
(function () {
  "use strict";
  const PERIOD = 10000;
  const HEIGHT = 120;
  const SHARES = {
    cpu: function (sample) { return sample.cpu_percent; },
    memory: function (sample) { return share(sample.memory_used, sample.memory_total); },
    disk: function (sample) { return share(sample.disk_used, sample.disk_total); }
  };
  const charts = new Map();

  function share(part, whole) { return whole > 0 ? 100 * part / whole : null; }

  function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

  function axis(more) {
    return Object.assign({
      stroke: function () { return colour("--bs-body-color"); },
      grid: {stroke: function () { return colour("--bs-border-color"); }, width: 1},
      ticks: {show: false},
      font: "12px system-ui, sans-serif"
    }, more);
  }

  function clock(seconds) {
    return new Date(seconds * 1000).toLocaleTimeString([], {hour: "2-digit", minute: "2-digit"});
  }

  function make(place) {
    return new uPlot({
      width: place.clientWidth,
      height: HEIGHT,
      legend: {show: false},
      cursor: {show: false},
      scales: {y: {range: [0, 100]}, x: {range: hour}},
      axes: [
        axis({values: function (self, ticks) { return ticks.map(clock); }, space: 60, size: 26}),
        axis({values: function (self, ticks) { return ticks.map(function (tick) { return tick + " %"; }); }, incrs: [50], size: 46})
      ],
      series: [{}, {
        stroke: function () { return colour("--bs-link-color"); },
        fill: function () { return "rgba(" + colour("--bs-link-color-rgb") + ", .15)"; },
        width: 2,
        points: {show: function (self) { return self.data[0].length < 3; }}
      }]
    }, [[], []], place);
  }

  // The last hour, whether there are samples of all of it or not.
  function hour(self, least, most) { return [most - 3600, most]; }

  function words(values) {
    const known = values.filter(function (value) { return value !== null; });
    if (known.length === 0) { return "No figures yet."; }
    const sum = known.reduce(function (all, value) { return all + value; }, 0);
    return "Now " + Math.round(known[known.length - 1]) + " %, on average " + Math.round(sum / known.length)
      + " %, at most " + Math.round(Math.max.apply(null, known)) + " %.";
  }

  function show(samples) {
    const times = samples.map(function (sample) { return Date.parse(sample.time) / 1000; });
    document.querySelectorAll("[data-chart]").forEach(function (place) {
      const values = samples.map(SHARES[place.dataset.chart]);
      document.getElementById(place.getAttribute("aria-describedby")).textContent = words(values);
      if (samples.length === 0) { return; }
      if (!charts.has(place)) { charts.set(place, make(place)); }
      charts.get(place).setData([times, values]);
    });
  }

  async function ask() {
    if (!document.hidden) {
      try {
        const answer = await fetch("/v1/load");
        if (answer.status === 401) { document.dispatchEvent(new Event("session-ended")); return; }
        if (answer.ok) { show((await answer.json()).samples); }
      } catch (unreachable) {
        // what is shown stays, and is old: the time axis says how old
      }
    }
    setTimeout(ask, PERIOD);
  }

  new MutationObserver(function () { charts.forEach(function (chart) { chart.redraw(); }); })
    .observe(document.documentElement, {attributes: true, attributeFilter: ["data-bs-theme"]});
  window.addEventListener("resize", function () {
    charts.forEach(function (chart, place) { chart.setSize({width: place.clientWidth, height: HEIGHT}); });
  });
  ask();
})();
