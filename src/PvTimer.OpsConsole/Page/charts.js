// Lines over time (uPlot), a heat map of lateness, and bars. All of them remember what they have seen, no more.

import { count, span } from "./format.js";
import { h } from "./dom.js";
import { remembered } from "./memory.js";

/* global uPlot */

const mostSamples = 240;
const strokes = ["--s1", "--s2", "--s3", "--s4", "--s5", "--s6"];

const dark = matchMedia("(prefers-color-scheme: dark)");

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString("en-GB");
}

/** Lines over wall time, remembered under a name. add(time in s, { name: value }) */
export function lines(name, title, format) {
  const element = h("div", { class: "plot", role: "img", "aria-label": title });
  let { times, series } = { times: [], series: new Map() };
  let plot = null;
  let isDark = dark.matches;

  function build() {
    plot?.destroy();
    isDark = dark.matches;
    const axis = { stroke: colour("--dim"), grid: { stroke: colour("--line") }, ticks: { stroke: colour("--line") } };
    const options = {
      width: element.clientWidth || 420,
      height: 200,
      legend: { live: false },
      cursor: { show: false },
      axes: [{ ...axis, space: 90, values: (_, times) => times.map(clock) }, { ...axis, size: 74, values: (_, values) => values.map(format) }],
      scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(high ?? 0, 1e-9) * 1.05] } },
      series: [{}, ...[...series.keys()].map((label, index) => ({ label, stroke: colour(strokes[index % strokes.length]), width: 1.6, spanGaps: true }))],
    };
    plot = new uPlot(options, data(), element);
  }

  function data() {
    return [times, ...series.values()];
  }

  new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: 200 })).observe(element);

  return {
    element,
    add(time, values) {
      ({ times, series } = remembered(name, () => ({ times: [], series: new Map() })));
      times.push(time);
      let grown = plot === null || isDark !== dark.matches || plot.series.length !== series.size + 1;
      for (const label of Object.keys(values)) {
        if (!series.has(label)) {
          series.set(label, new Array(times.length - 1).fill(null));
          grown = true;
        }
      }
      for (const [label, seen] of series) {
        seen.push(values[label] ?? null);
        if (seen.length > mostSamples) seen.shift();
      }
      if (times.length > mostSamples) times.shift();
      if (grown && series.size > 0) build();
      else plot?.setData(data());
      element.setAttribute("aria-label", `${title}: ${Object.entries(values).map(([label, value]) => `${label} ${format(value ?? 0)}`).join(", ")}`);
    },
  };
}

/** Lateness over time, remembered under a name: a column for each sample, a row for each quarter of an octave, darker for more timers. */
export function heatMap(name, title) {
  const canvas = h("canvas", { class: "map", role: "img", "aria-label": title });
  let columns = [];
  const width = 120;

  function draw() {
    const scale = devicePixelRatio || 1;
    const [w, hgt] = [canvas.clientWidth || 420, canvas.clientHeight || 220];
    canvas.width = w * scale;
    canvas.height = hgt * scale;
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    context.clearRect(0, 0, w, hgt);
    const all = columns.flat();
    if (all.length === 0) return;
    const low = Math.floor(Math.log2(Math.max(1, Math.min(...all.map(([ns]) => ns)))) * 4);
    const high = Math.ceil(Math.log2(Math.max(2, ...all.map(([ns]) => ns))) * 4) + 1;
    const most = Math.max(...all.map(([, n]) => n));
    const left = 62;
    const rowHeight = (hgt - 8) / (high - low);
    const columnWidth = (w - left) / width;
    context.fillStyle = colour("--accent");
    columns.forEach((column, index) => {
      const x = left + index * columnWidth;
      for (const [ns, n] of column) {
        const row = Math.round(Math.log2(Math.max(1, ns)) * 4) - low;
        context.globalAlpha = 0.12 + 0.88 * Math.sqrt(n / most);
        context.fillRect(x, hgt - 4 - (row + 1) * rowHeight, columnWidth + 0.4, rowHeight + 0.4);
      }
    });
    context.globalAlpha = 1;
    context.fillStyle = colour("--dim");
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (let row = Math.ceil(low / 4) * 4; row < high; row += Math.max(4, Math.ceil((high - low) / 24) * 4)) {
      context.fillText(span(2 ** (row / 4)), 2, hgt - 4 - (row - low + 0.5) * rowHeight);
    }
  }

  new ResizeObserver(draw).observe(canvas);

  return {
    element: canvas,
    add(buckets) {
      columns = remembered(name, () => []);
      columns.push(buckets);
      if (columns.length > width) columns.shift();
      draw();
      const timers = buckets.reduce((sum, [, n]) => sum + n, 0);
      canvas.setAttribute("aria-label", `${title}: ${count(timers)} timers since the sample before`);
    },
  };
}

/** Counts by size as bars, a line each. */
export function histogram(title) {
  const element = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title });
  const table = h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "from"), h("th", { scope: "col", class: "number" }, "timers"), h("th", { scope: "col" }, "share"))), h("tbody"));
  element.append(table);
  return {
    element,
    update(buckets) {
      const octaves = new Map();
      for (const [ns, n] of buckets) {
        const octave = 2 ** Math.floor(Math.log2(Math.max(1, ns)));
        octaves.set(octave, (octaves.get(octave) ?? 0) + n);
      }
      const all = [...octaves.values()].reduce((sum, n) => sum + n, 0);
      const rows = [...octaves].sort(([a], [b]) => a - b);
      const body = table.tBodies[0];
      rows.forEach(([ns, n], index) => {
        let row = body.rows[index];
        if (!row) {
          row = h("tr", {}, h("td"), h("td", { class: "number" }), h("td", {}, h("div", { class: "use" }, h("i", { class: "c1" }))));
          body.append(row);
        }
        row.cells[0].textContent = span(ns);
        row.cells[1].textContent = count(n);
        row.querySelector("i").style.width = `${(100 * n) / all}%`;
      });
      while (body.rows.length > rows.length) body.lastElementChild.remove();
    },
  };
}

const uses = [
  ["guest_ns", "guest"],
  ["exit_ns", "exits"],
  ["kthread_ns", "kthread"],
  ["interrupt_ns", "interrupts"],
  ["poll_ns", "polling"],
];

/** Where CPU time went, as one bar; idle is what is left. */
export function useBar() {
  const parts = uses.map((_, index) => h("i", { class: `c${index + 1}` }));
  const element = h("div", { class: "use", role: "img" }, parts);
  return {
    element,
    update(cpu) {
      const all = Object.values(cpu).reduce((sum, ns) => sum + ns, 0) || 1;
      uses.forEach(([name], index) => {
        parts[index].style.width = `${(100 * cpu[name]) / all}%`;
      });
      const words = uses.map(([name, word]) => `${word} ${((100 * cpu[name]) / all).toFixed(1)} %`);
      element.setAttribute("aria-label", words.join(", "));
      element.title = words.join("\n");
    },
  };
}

/** What the colours of use bars mean. */
export function useLegend() {
  return h("p", { class: "legend" }, uses.map(([, word], index) => h("span", {}, h("i", { class: `c${index + 1}` }), word)));
}
