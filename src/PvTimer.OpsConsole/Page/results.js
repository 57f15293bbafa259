// How a run ended: its back-ends side by side, the verdict, and where the results are.

import { count, share, span } from "./format.js";
import { h, say } from "./dom.js";
import { headers } from "./orders.js";

const askedEvery = 2000;

const rows = [
  ["timers armed", (b) => count(b.armed)],
  ["timers fired", (b) => count(b.fired)],
  ["timers lost", (b) => count(b.lost)],
  ["VM-exits", (b) => count(b.exits)],
  ["VM-exits of timers, per fired timer", (b) => (b.timer_exits_per_fired === null ? "" : b.timer_exits_per_fired.toFixed(3))],
  ["lateness, p50", (b) => span(b.p50_ns)],
  ["lateness, p99", (b) => span(b.p99_ns)],
  ["lateness, max", (b) => span(b.max_ns)],
  ["CPU time, polling included", (b) => span(b.busy_ns)],
  ["timer CPU busy", (b) => share(b.timer_cpu)],
  ["events", (b) => count(b.events)],
  ["trace hash", (b) => b.trace_hash ?? ""],
];

/** A section that shows itself once the run is over. over(phase of the run; null: the cluster does not answer). */
export function resultsSection() {
  const line = h("p", {});
  const body = h("div", {});
  const element = h("section", { id: "results", hidden: true }, h("h2", {}, "How it ended"), line, body);
  let asked = -askedEvery;
  let isShown = false;

  async function load(phase) {
    if (isShown || performance.now() - asked < askedEvery) return;
    asked = performance.now();
    let results;
    try {
      const answer = await fetch("/api/results", { headers: headers() });
      if (!answer.ok) return;
      results = await answer.json();
    } catch {
      return;
    }
    if (results.finished) {
      isShown = true;
      element.hidden = false;
      show(results);
    } else if (phase !== null) {
      element.hidden = false;
      say(line, waiting(phase, results.directory));
    }
  }

  function show(results) {
    say(line, `${results.scenario}, seed ${results.seed}: ${span(results.duration_ns)} of virtual time on ${results.backends.map((b) => b.name).join(", ")}.`);
    body.replaceChildren(
      ...(results.verdict.length ? [h("h3", {}, "Verdict"), h("ul", { class: "verdict" }, results.verdict.map((text) => h("li", {}, text)))] : []),
      ...(results.thresholds.length ? [h("h3", {}, "Thresholds"), h("ul", {}, results.thresholds.map(threshold))] : []),
      h("h3", {}, "Back-ends side by side"),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Back-ends side by side" }, table(results.backends)),
      h("h3", {}, "Where the results are"),
      h("ul", {}, results.files.map((name) => h("li", { class: "mono" }, `${results.directory}/${name}`))),
    );
  }

  return {
    element,
    update(run) {
      if (run && ["done", "broken", "stopped"].includes(run.phase)) load(run.phase);
      else if (run) {
        isShown = false;
        element.hidden = true;
      }
    },
    /** The cluster does not answer: it may have ended with its run. */
    trouble() {
      load(null);
    },
  };
}

function waiting(phase, directory) {
  const where = directory === null ? "the run directory of the process that started the run" : directory;
  switch (phase) {
    case "done":
      return `This back-end has reached its end. Results are written to ${where} when all back-ends have.`;
    case "stopped":
      return `The run was stopped, with a checkpoint. "pvtimer run --resume" finishes it: ${where}.`;
    default:
      return `The run broke; its checkpoints are kept: ${where}.`;
  }
}

function threshold({ metric, limit, value, holds }) {
  return h("li", {}, h("span", { class: holds ? "good" : "bad" }, holds ? "kept" : "not kept"), ` ${metric} ${limit}: ${value ?? "the run has no such figure"}`);
}

function table(backends) {
  return h(
    "table",
    {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "whole run"), backends.map((backend) => h("th", { scope: "col", class: "number" }, backend.name)))),
    h("tbody", {}, rows.map(([title, text]) => h("tr", {}, h("th", { scope: "row" }, title), backends.map((backend) => h("td", { class: title === "trace hash" ? "number mono" : "number" }, text(backend)))))),
  );
}
