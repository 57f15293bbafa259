// The page: which view is shown, what is always shown, and keys.

import { age, count, instant, span } from "./format.js";
import { h, say } from "./dom.js";
import { watch } from "./stream.js";
import { allowsControl, learnMode, order } from "./orders.js";
import { clusterPage } from "./cluster.js";
import { actorPage } from "./actor.js";
import { hostPage, machinePage, timersPage } from "./machine.js";
import { note } from "./memory.js";
import { momentPage, runPage } from "./run.js";

const main = document.getElementById("content");
const troubleLine = document.getElementById("trouble");
const phase = document.getElementById("phase");
const vitals = document.getElementById("vitals");
let page = null;
let stop = () => {};
let sampled = null;
let troubled = false;
let run = null;

const keys = [
  ["1 2 3 4 ?", "Cluster, Machine, Pending timers, Run, Help"],
  ["j k", "mark the next or previous line of the table"],
  ["Enter", "open the marked line"],
  ["/", "filter"],
  ["Escape", "leave the filter, close the dialog, go back"],
  ["p", "pause, or resume"],
  [".", "step to behind the next event"],
];

function helpPage() {
  return {
    view: "cluster",
    element: [
      h("h1", {}, "Help"),
      h("section", {}, h("h2", {}, "Keys"), h("dl", { class: "facts" }, keys.flatMap(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)]))),
      h(
        "section",
        {},
        h("h2", {}, "What is shown"),
        h("p", {}, "Every sample is of one barrier: what lies before has happened everywhere, nothing after it. Rates of the machine are per second of virtual time, and zero when it stands still."),
        h("p", {}, "The cluster is sampled only while a page like this one is open. What a sample costs is said above."),
        h("p", {}, "Other people's tools: ", h("a", { href: "/metrics" }, "/metrics"), " for Prometheus, ", h("a", { href: "/cluster/members" }, "/cluster/members"), " as Akka Management has it, ", h("a", { href: "/api/machine" }, "/api/machine"), " and others as JSON."),
      ),
    ],
    update() {},
  };
}

function pageFor(address) {
  const [path, query] = address.replace(/^#?\/?/, "").split("?");
  const [name, ...rest] = path.split("/").map(decodeURIComponent);
  const subject = rest.join("/");
  switch (name) {
    case "machine":
      return machinePage();
    case "host":
      return hostPage(subject);
    case "actor":
      return actorPage(subject);
    case "timers":
      return timersPage();
    case "run":
      return runPage();
    case "at":
      return momentPage(new URLSearchParams(query));
    case "help":
      return helpPage();
    default:
      return clusterPage();
  }
}

function go() {
  stop();
  page = pageFor(location.hash);
  const name = location.hash.replace(/^#?\/?/, "").split(/[/?]/)[0] || "cluster";
  const parent = { host: "machine", actor: "machine", at: "run" }[name] ?? name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.page === parent) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  main.replaceChildren(...page.element);
  document.title = `${main.querySelector("h1").textContent} - PvTimer console`;
  stop = watch(page.view, page.subject, take, trouble);
}

function take(document_) {
  if (sampled === null) performance.mark("first-sample");
  sampled = document_;
  run = document_.run;
  troubled = false;
  troubleLine.hidden = true;
  header(document_);
  note(document_);
  page.update(document_);
}

function trouble(text) {
  page.trouble?.();
  troubled = true;
  say(troubleLine, sampled ? `${text}; what is shown is ${age(Date.now() - Date.parse(sampled.taken_at))} old` : text);
  troubleLine.hidden = false;
  header(sampled);
}

function header(document_) {
  if (!document_) return;
  const now = document_.run;
  say(document.getElementById("run-name"), now ? `${now.scenario ?? now.id} on ${now.backend ?? "?"}, seed ${now.seed ?? "?"}` : "no run");
  const state = troubled ? "no answer" : (now?.phase ?? "idle");
  say(phase, state);
  phase.className = `phase ${troubled ? "broken" : state}`;
  say(document.getElementById("virtual-time"), now ? `${instant(now.reached_ns)} of ${instant(now.duration_ns)}` : "");
  document.getElementById("progress").value = now?.duration_ns ? now.reached_ns / now.duration_ns : 0;
  const { rates, coverage, cost } = document_;
  const pairs = [
    ["speed", `${rates.speed < 0.0005 ? "0" : rates.speed.toPrecision(2)} x`],
    ["events/s", count(rates.events_per_second)],
    ["seen", coverage ? `${coverage.seen} of ${coverage.regions} regions${coverage.missing.length ? `, not ${coverage.missing.join(", ")}` : ""}` : "cluster"],
    ["age", age((coverage?.age_ms ?? 0) + Math.max(0, Date.now() - Date.parse(document_.taken_at)))],
    ["looking took", `${span(cost.asked_ms * 1e6)}, stood ${span(cost.stood_ms * 1e6)}; ${cost.viewers} ${cost.viewers === 1 ? "viewer" : "viewers"}`],
  ];
  pairs.forEach(([term, value], index) => {
    let row = vitals.children[index];
    if (!row) {
      row = h("div", {}, h("dt"), h("dd"));
      vitals.append(row);
    }
    say(row.firstChild, term);
    say(row.lastChild, value);
  });
}

function onKey(event) {
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "Escape" && typing) typing.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const where = { 1: "#/cluster", 2: "#/machine", 3: "#/timers", 4: "#/run", "?": "#/help" }[event.key];
  if (where) location.hash = where;
  else if (event.key === "j") page.table?.move(1);
  else if (event.key === "k") page.table?.move(-1);
  else if (event.key === "Enter" && event.target === document.body) page.table?.open();
  else if (event.key === "/") page.table?.focusFilter();
  else if (event.key === "Escape") history.back();
  else if (event.key === "p") order(run?.phase === "held" ? "resume" : "pause");
  else if (event.key === ".") order("step");
  else return;
  event.preventDefault();
}

setInterval(() => header(sampled), 1000);
addEventListener("hashchange", go);
addEventListener("keydown", onKey);
go();
learnMode().then(() => say(document.getElementById("mode"), allowsControl() ? "orders need the token" : "shows only"));
