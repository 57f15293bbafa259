// The run: where virtual time goes, and what can be done to it.

import { count, instant } from "./format.js";
import { facts, h, say } from "./dom.js";
import { allowsControl, order, setToken, token } from "./orders.js";
import { resultsSection } from "./results.js";
import { timeline } from "./timeline.js";

export function runPage() {
  const list = h("dl", { class: "facts" });
  const link = h("a", {}, "this very moment");
  const hash = h("p", { class: "mono" });
  const buttons = [];

  function act(label, verb, to = () => null) {
    const button = h("button", { type: "button", onclick: () => order(verb, null, to() || null) }, label);
    buttons.push(button);
    return button;
  }

  function row(label, placeholder, verb, text, asSubject = false) {
    const id = `order-${verb}`;
    const input = h("input", { id, placeholder });
    const button = h("button", { type: "submit" }, text);
    buttons.push(button);
    const send = () => (asSubject ? order(verb, input.value.trim() || null) : order(verb, null, input.value.trim() || null));
    return h("form", { class: "order-form", onsubmit: (event) => (event.preventDefault(), send()) }, h("label", { for: id }, label), input, button);
  }

  const scenario = h("input", { id: "start-scenario", placeholder: "config/scenarios/eight-hosts.conf" });
  const settings = h("input", { id: "start-settings", placeholder: "seed=7 duration=10ms backends=[pvtimer]" });
  const begin = h("button", { type: "submit" }, "Start...");
  buttons.push(begin);
  const start = h(
    "form",
    { onsubmit: (event) => (event.preventDefault(), order("start", scenario.value.trim(), settings.value.trim() || null)) },
    h("div", { class: "order-form" }, h("label", { for: "start-scenario" }, "Scenario"), scenario, h("span")),
    h("div", { class: "order-form" }, h("label", { for: "start-settings" }, "Settings"), settings, begin),
  );
  const key = h("input", { id: "token", type: "password", autocomplete: "off", value: token() });
  const unlock = h(
    "form",
    { class: "order-form", onsubmit: (event) => (event.preventDefault(), setToken(key.value), say(kept, "It is kept as long as this tab lives.")) },
    h("label", { for: "token" }, "Control token"),
    key,
    h("button", { type: "submit" }, "Keep"),
  );
  const kept = h("p", { class: "dim", role: "status" });
  const results = resultsSection();
  const past = timeline();
  const closed = h("p", { class: "dim" }, "This console only shows. Start it with --allow-control to change things.");

  return {
    view: "run",
    element: [
      h("h1", {}, "Run"),
      results.element,
      past.element,
      h("div", { class: "columns" }, h("section", {}, h("h2", {}, "Where it is"), list, hash, h("p", {}, "A link to ", link, ": scenario, seed and virtual time.")), h("section", {}, h("h2", {}, "Who may change things"), closed, unlock, kept)),
      h(
        "div",
        { class: "columns" },
        h(
          "section",
          {},
          h("h2", {}, "Virtual time"),
          h("div", { class: "bar" }, act("Pause", "pause"), act("Step", "step"), act("Resume", "resume"), act("Checkpoint now", "checkpoint"), act("Stop", "stop")),
          row("Stand still at", "12.5ms, or +1ms", "pause", "Hold..."),
          row("Go on for", "10us", "step", "Step..."),
          row("Travel to", "5ms", "travel", "Travel..."),
          row("At most, in a second", "10ms; empty: no limit", "pace", "Pace..."),
        ),
        h(
          "section",
          {},
          h("h2", {}, "What happens in it"),
          row("Event", "{ stall = h0/pcpu-0, for = 1ms }", "inject", "Inject...", true),
          h("h2", {}, "Another run"),
          start,
          row("Finish the run in", "runs/eight-hosts-8", "resume_from", "Resume...", true),
        ),
      ),
    ],
    trouble: results.trouble,
    update({ run, content }) {
      results.update(run);
      past.update(run, content?.windows);
      closed.hidden = allowsControl();
      for (const button of buttons) button.disabled = !allowsControl();
      facts(list, factsOf(run));
      say(hash, run?.trace_hash ? `trace hash so far ${run.trace_hash}` : isOver(run) ? "The trace hash of the whole run is among its results." : "The trace hash so far is known where virtual time stands still.");
      link.href = run ? `#/at?${momentOf(run)}` : "#/run";
    },
  };
}

/** What a link says: which run, and where in it. */
export function momentOf(run) {
  return new URLSearchParams({ scenario: run.scenario ?? "", backend: run.backend ?? "", seed: run.seed ?? "", at_ns: run.reached_ns });
}

/** The page that a link leads to: offers to go there. */
export function momentPage(query) {
  const wanted = Object.fromEntries(query);
  const at = Number(wanted.at_ns);
  const text = h("p", {});
  const go = h("button", { type: "button", onclick: () => order("travel", null, `${at}ns`) }, "Go there...");
  return {
    view: "cluster",
    element: [h("h1", {}, "A moment"), h("section", {}, h("h2", {}, `${wanted.scenario}, ${wanted.backend}, seed ${wanted.seed}, at ${instant(at)}`), text, go)],
    update({ run }) {
      const same = run && run.scenario === wanted.scenario && run.backend === wanted.backend && String(run.seed) === wanted.seed;
      const over = isOver(run);
      go.disabled = !(same && !over && allowsControl());
      say(
        text,
        !same ? `This cluster has another run${run ? `: ${run.scenario}, ${run.backend}, seed ${run.seed}` : ", none"}. Start that scenario with that seed to go there.`
        : over ? "That run is over here. Start it again to go there."
        : `That run is here, at ${instant(run.reached_ns)}. Going there does not change its trace hash.`,
      );
    },
  };
}

function isOver(run) {
  return run !== null && ["done", "broken", "stopped"].includes(run.phase);
}

function factsOf(run) {
  if (!run) return [["run", "none"]];
  return [
    ["scenario", `${run.scenario ?? ""}, seed ${run.seed ?? ""}`],
    ["file", (run.scenario_file ?? "").split("/").slice(-3).join("/")],
    ["back-end", run.backend ?? ""],
    ["phase", run.what ? `${run.phase}: ${run.what}` : run.phase],
    ["virtual time", `${instant(run.reached_ns)} of ${instant(run.duration_ns)}`],
    ["stands still at", run.hold_at_ns === null ? "nowhere" : instant(run.hold_at_ns)],
    ["next event", run.next_ns !== null ? instant(run.next_ns) : isOver(run) ? "none" : run.phase === "held" ? "none is pending" : "not known while it runs"],
    ["in a second", run.pace_ns_per_second === null ? "as much as can" : `at most ${instant(run.pace_ns_per_second)}`],
    ["events", count(run.events)],
    ["formation", `${run.epoch}`],
  ];
}
