// How late timers were, along virtual time; and a way back along it.

import { instant, span } from "./format.js";
import { h, say } from "./dom.js";
import { allowsControl, order } from "./orders.js";
import { pulses } from "./memory.js";
import { s } from "./svg.js";

const height = 140;
const left = 58;
const right = 8;
const steps = 1000;

/** The run as far as this tab has seen it: two lines, checkpoints, and an instant that can be dragged. */
export function timeline() {
  const picture = s("svg", { class: "timeline", role: "img", height });
  const said = h("output", { class: "mono", for: "instant" });
  const range = h("input", { id: "instant", type: "range", min: 0, max: steps, value: steps, "aria-label": "Instant of virtual time", oninput: move, onpointerup: go, onkeydown: (event) => event.key === "Enter" && go() });
  const button = h("button", { type: "button", disabled: true, onclick: go }, "Travel there...");
  const hint = h("p", { class: "dim" });
  const checkpoints = new Set();
  let run = null;
  let from = 0;
  let chosen = null;

  function spanOf() {
    return Math.max(1, (run?.reached_ns ?? 0) - from);
  }

  function move() {
    const value = Number(range.value);
    chosen = value >= steps ? null : Math.round(from + (value / steps) * spanOf());
    draw();
  }

  function isOver() {
    return ["done", "broken", "stopped"].includes(run?.phase);
  }

  function mayTravel() {
    return chosen !== null && !isOver() && allowsControl();
  }

  function go() {
    if (mayTravel()) order("travel", null, `${chosen}ns`);
  }

  function draw() {
    const width = picture.clientWidth || 420;
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const seen = pulses().filter((pulse) => pulse.at_ns >= from && pulse.p50_ns !== null);
    const until = from + spanOf();
    const x = (ns) => left + ((ns - from) / (until - from)) * (width - left - right);
    const least = Math.max(1, Math.min(...seen.map((pulse) => pulse.p50_ns)));
    const most = Math.max(2 * least, ...seen.map((pulse) => pulse.p99_ns));
    const y = (ns) => height - 36 - ((Math.log(Math.max(ns, 1)) - Math.log(least)) / (Math.log(most) - Math.log(least))) * (height - 50);
    const line = (key) => seen.map((pulse) => `${x(Math.min(pulse.at_ns, until)).toFixed(1)},${y(pulse[key]).toFixed(1)}`).join(" ");
    const at = chosen ?? until;
    button.disabled = !mayTravel();
    picture.replaceChildren(
      ...(seen.length
        ? [
            s("text", { x: 2, y: y(most) + 4, class: "tick" }, span(most)),
            s("text", { x: 2, y: y(least) + 4, class: "tick" }, span(least)),
            s("polyline", { class: "p99", points: line("p99_ns") }),
            s("polyline", { class: "p50", points: line("p50_ns") }),
          ]
        : [s("text", { x: left, y: height / 2, class: "tick" }, "no timer has fired since this page was opened")]),
      s("line", { class: "axis", x1: left, x2: width - right, y1: height - 28, y2: height - 28 }),
      ...[...checkpoints].filter((ns) => ns >= from && ns <= until).map((ns) => s("path", { class: "checkpoint", d: `M${x(ns)} ${height - 28} l-4 8 h8 z` }, `checkpoint at ${instant(ns)}`)),
      s("line", { class: "at", x1: x(at), x2: x(at), y1: 4, y2: height - 20 }),
      s("text", { x: left, y: height - 4, class: "tick" }, instant(from)),
      s("text", { x: width - right, y: height - 4, class: "tick", "text-anchor": "end" }, instant(until)),
    );
    const near = nearest(seen, at);
    const what = near ? `p50 ${span(near.p50_ns)}, p99 ${span(near.p99_ns)}` : "not seen";
    picture.setAttribute("aria-label", `Lateness along virtual time from ${instant(from)} to ${instant(until)}; at ${instant(at)}: ${what}`);
    say(said, `${chosen === null ? "now" : "back"} ${instant(at)}: ${what}`);
    range.setAttribute("aria-valuetext", said.textContent);
  }

  new ResizeObserver(draw).observe(picture);

  return {
    element: h(
      "section",
      { class: "wide" },
      h("h2", {}, "Lateness along virtual time"),
      h("p", { class: "legend" }, h("span", {}, h("i", { class: "c1" }), "p50"), h("span", {}, h("i", { class: "c2" }), "p99"), h("span", {}, "\u25b2 checkpoint")),
      picture,
      range,
      h("div", { class: "bar" }, said, button),
      hint,
    ),
    /** windows: the run's, with its last checkpoint; undefined where a view has none. */
    update(now, windows) {
      const before = run;
      run = now;
      if (!run) return;
      if (before?.id !== run.id) checkpoints.clear();
      if (windows?.checkpoint_at_ns !== null && windows?.checkpoint_at_ns !== undefined) checkpoints.add(windows.checkpoint_at_ns);
      const seen = pulses();
      // While the viewer has chosen an instant, the scale under it stands still.
      if (chosen === null) from = Math.min(seen[0]?.at_ns ?? run.reached_ns, run.reached_ns);
      if (chosen !== null && chosen >= run.reached_ns) {
        chosen = null;
        range.value = steps;
      }
      say(
        hint,
        isOver() ? "The run is over: this is what was seen of it."
        : allowsControl() ? "Drag back, or use the arrow keys and Enter: the run goes to the last checkpoint before that instant, and forward to it. What would happen is shown first."
        : "Drag back to see how late timers were. This console only shows: it cannot send the run back.",
      );
      draw();
    },
  };
}

function nearest(seen, at) {
  return seen.reduce((best, pulse) => (best === null || Math.abs(pulse.at_ns - at) < Math.abs(best.at_ns - at) ? pulse : best), null);
}
