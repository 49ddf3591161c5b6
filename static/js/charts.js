/* Draws each canvas of a report from the numbers beside it. The same numbers stand in a table below. */
(function () {
  "use strict";
  var doc = document;
  // they come open, for those without scripts
  Array.prototype.forEach.call(doc.querySelectorAll("details[data-numbers=shut]"), function (one) {
    one.open = !window.Chart;
    one.setAttribute("data-numbers", "");
  });
  if (!window.Chart) {
    return;
  }
  var root = doc.documentElement;
  var drawn = [];

  function colour(name) {
    return getComputedStyle(root).getPropertyValue(name).trim();
  }

  // never by colour alone: other points and dashes too
  var LOOKS = {
    line: { colour: "--brand", point: "circle", dash: [] },
    dash: { colour: "--ch-phone", point: "rect", dash: [5, 4] },
    dots: { colour: "--ch-linkedin", point: "triangle", dash: [2, 3] },
    step: { colour: "--ch-doc", point: "rectRot", dash: [9, 3, 2, 3] },
    bar: { colour: "--brand", point: "rect", dash: [] },
    soft: { colour: "--brand-line", point: "rect", dash: [] }
  };

  function series(one, kind) {
    var look = LOOKS[one.look] || LOOKS.line;
    var tint = colour(look.colour);
    var made = { label: one.name, data: one.values, borderColor: tint, backgroundColor: tint, pointStyle: look.point };
    if (kind === "bar") {
      made.borderRadius = 4;
      made.maxBarThickness = 44;
      return made;
    }
    made.borderDash = look.dash;
    made.borderWidth = 2.25;
    made.pointRadius = one.values.length > 40 ? 1.5 : 3;
    made.tension = 0.2;
    made.cubicInterpolationMode = "monotone";
    return made;
  }

  function number(value, unit) {
    var text = Number(value).toLocaleString("en", { maximumFractionDigits: 2 });
    return unit === "%" ? text + "%" : unit ? text + " " + unit : text;
  }

  function options(data) {
    var ink = colour("--ink-2");
    var quiet = colour("--ink-3");
    var line = colour("--line");
    return {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      plugins: {
        legend: { display: data.series.length > 1, position: "top", align: "end", labels: { boxWidth: 8, boxHeight: 8, usePointStyle: true, color: ink } },
        tooltip: { callbacks: { label: function (item) { return item.dataset.label + ": " + number(item.raw, data.unit); } } }
      },
      scales: {
        x: { stacked: data.stacked, grid: { display: false }, border: { color: colour("--line-2") }, ticks: { color: quiet, maxRotation: 0, autoSkipPadding: 14 } },
        y: {
          stacked: data.stacked, beginAtZero: true, grid: { color: line, drawTicks: false }, border: { display: false },
          ticks: { color: quiet, padding: 6, maxTicksLimit: 5, precision: data.whole ? 0 : undefined, callback: function (value) { return number(value, data.unit); } }
        }
      }
    };
  }

  function draw(canvas) {
    var source = doc.getElementById(canvas.getAttribute("data-chart"));
    var data = source && JSON.parse(source.textContent);
    if (!data) {
      return;
    }
    drawn.push(new Chart(canvas, {
      type: data.kind,
      data: { labels: data.labels, datasets: data.series.map(function (one) { return series(one, data.kind); }) },
      options: options(data)
    }));
  }

  function all() {
    drawn.forEach(function (chart) { chart.destroy(); });
    drawn = [];
    Chart.defaults.font.family = "Inter, system-ui, sans-serif";
    Chart.defaults.font.size = 12;
    Array.prototype.forEach.call(doc.querySelectorAll("canvas[data-chart]"), draw);
  }

  all();
  new MutationObserver(all).observe(root, { attributes: true, attributeFilter: ["data-bs-theme"] });
  // on paper the numbers stand under each chart, and the chart has the paper's width
  window.addEventListener("beforeprint", function () {
    Array.prototype.forEach.call(doc.querySelectorAll("details[data-numbers]"), function (one) { one.open = true; });
    drawn.forEach(function (chart) { chart.resize(); });
  });
  window.addEventListener("afterprint", function () {
    drawn.forEach(function (chart) { chart.resize(); });
  });
})();
