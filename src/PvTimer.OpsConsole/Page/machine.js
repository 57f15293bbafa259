// The machine: all hosts, one host, one actor, and the timers that are pending.

import { count, instant, share, span } from "./format.js";
import { facts, h, liveTable, say } from "./dom.js";
import { heatMap, histogram, lines, useBar, useLegend } from "./charts.js";
import { hostDrawing } from "./drawing.js";
import { timeline } from "./timeline.js";

const nothing = "There is no run to be seen.";

function hostColumns() {
  return [
    { title: "host", text: (host) => host.name, href: (host) => `#/host/${host.name}` },
    { title: "vCPUs", number: true, text: (host) => count(host.vcpus), value: (host) => host.vcpus },
    { title: "exits/s", number: true, text: (host) => count(exitsOf(host)), value: exitsOf },
    { title: "timers/s", number: true, text: (host) => count(host.fired_per_second), value: (host) => host.fired_per_second },
    { title: "p50", number: true, text: (host) => span(host.p50_ns), value: (host) => host.p50_ns },
    { title: "p99", number: true, text: (host) => span(host.p99_ns), value: (host) => host.p99_ns },
    { title: "timer CPU", number: true, text: (host) => share(host.timer_cpu), value: (host) => host.timer_cpu },
    { title: "scan", number: true, text: (host) => span(host.scan_ns), value: (host) => host.scan_ns },
    { title: "every", number: true, text: (host) => span(host.scan_interval_ns), value: (host) => host.scan_interval_ns },
    { title: "busy", number: true, text: (host) => share(host.busy), value: (host) => host.busy },
    { title: "in queues", number: true, text: (host) => count(host.runnable), value: (host) => host.runnable },
    { title: "pending", number: true, text: (host) => count(host.pending), value: (host) => host.pending },
    { title: "overdue", number: true, text: (host) => count(host.overdue), value: (host) => host.overdue, tone: (host) => (host.overdue > 0 ? "warn" : "") },
  ];
}

function exitsOf(host) {
  return host.exits_per_second && Object.values(host.exits_per_second).reduce((sum, rate) => sum + rate, 0);
}

function factsOf(host) {
  const detail = host.detail;
  return [
    ["pCPUs, vCPUs", `${count(host.pcpus)}, ${count(host.vcpus)}`],
    ["deadlines armed, fired", `${count(host.armed)}, ${count(host.fired)}`],
    ["pending, overdue", `${count(host.pending)}, ${count(host.overdue)}`],
    ["lateness now, p50, p99", host.p50_ns === null ? "no timer fired" : `${span(host.p50_ns)}, ${span(host.p99_ns)}`],
    ["timer CPU", host.timer_cpu === null ? "none" : `${share(host.timer_cpu)} busy`],
    ["a scan takes", host.scan_ns === null ? "no scan" : host.name === "all" ? span(host.scan_ns) : `${span(host.scan_ns)} of each ${span(host.scan_interval_ns)}`],
    ["scans, IPIs", `${count(detail.scans)}, ${count(detail.ipis)}`],
    ["posted interrupts", count(detail.posted_interrupts)],
    ["timers that moved with a vCPU", count(detail.timer_migrations)],
    ["threads", Object.entries(detail.threads).map(([state, n]) => `${n} ${state.replace("_", " ")}`).join(", ")],
  ];
}

/** Rates, lateness and where time goes: for all hosts together, or for one. */
function summary(name) {
  const rates = lines(`exits of ${name}`, "VM-exits per second of virtual time, by reason", count);
  const map = heatMap(`lateness of ${name}`, "Lateness of timers, over time");
  const bars = histogram("Lateness of all timers so far");
  const list = h("dl", { class: "facts" });
  const cpu = useBar();
  const timerCpu = useBar();
  return {
    element: h(
      "div",
      { class: "columns" },
      h("section", {}, h("h2", {}, "VM-exits per second of virtual time"), rates.element),
      h("section", {}, h("h2", {}, "Lateness, deadline to interrupt entry"), map.element),
      h("section", {}, h("h2", {}, "Now"), list, h("p", {}, "All pCPUs ", cpu.element), h("p", {}, "Timer CPU ", timerCpu.element), useLegend()),
      h("section", {}, h("h2", {}, "Lateness of all timers so far"), bars.element),
    ),
    update(host, time) {
      rates.add(time, host.exits_per_second ?? {});
      map.add(host.detail.lateness_since);
      bars.update(host.detail.lateness);
      facts(list, factsOf(host));
      cpu.update(host.detail.cpu);
      timerCpu.update(host.detail.timer_cpu);
    },
  };
}

export function machinePage() {
  const hosts = liveTable({ name: "Hosts", key: (host) => host.name, columns: hostColumns() });
  const all = summary("all hosts");
  const past = timeline();
  const empty = h("p", { class: "dim" }, nothing);
  return {
    view: "machine",
    element: [h("h1", {}, "Machine"), empty, past.element, all.element, h("section", {}, h("h2", {}, "Hosts"), hosts.element)],
    table: hosts,
    update({ content, taken_at, run }) {
      empty.hidden = content !== null;
      past.update(run);
      if (content === null) return;
      all.update(content.all, Date.parse(taken_at) / 1000);
      hosts.update(content.hosts);
    },
  };
}

export function hostPage(name) {
  const pcpus = liveTable({
    name: "pCPUs",
    filter: false,
    key: (pcpu) => pcpu.name,
    columns: [
      { title: "pCPU", text: (p) => p.name, href: (p) => `#/actor/${p.name}` },
      { title: "kind", text: (p) => (p.timer_cpu ? "timer CPU" : "") },
      { title: "doing", text: (p) => p.doing, tone: (p) => (p.doing === "Offline" ? "bad" : "") },
      { title: "vCPU", text: (p) => p.current ?? "" },
      { title: "in queue", number: true, text: (p) => count(p.waiting), value: (p) => p.waiting },
      { title: "hrtimers", number: true, text: (p) => count(p.hrtimers), value: (p) => p.hrtimers },
      { title: "next expiry", number: true, text: (p) => instant(p.next_expiry_ns), value: (p) => p.next_expiry_ns },
      { title: "IPIs", number: true, text: (p) => count(p.ipis), value: (p) => p.ipis },
      { title: "time", text: () => "", draw: drawUse, sortable: false },
    ],
  });
  const vcpus = liveTable({
    name: "vCPUs",
    key: (vcpu) => vcpu.name,
    columns: [
      { title: "vCPU", text: (v) => v.name, href: (v) => `#/actor/${v.name}` },
      { title: "pCPU", text: (v) => v.pcpu ?? "" },
      { title: "thread", text: (v) => v.thread ?? "" },
      { title: "halted", text: (v) => (v.halted ? "halted" : "") },
      { title: "armed", number: true, text: (v) => count(v.armed), value: (v) => v.armed },
      { title: "fired", number: true, text: (v) => count(v.fired), value: (v) => v.fired },
      { title: "exits", number: true, text: (v) => count(v.exits), value: (v) => v.exits },
      { title: "deadline", number: true, text: (v) => instant(v.deadline_ns), value: (v) => v.deadline_ns },
    ],
  });
  const all = summary(name);
  const drawing = hostDrawing(name);
  const where = h("p", { class: "dim" });
  const empty = h("p", { class: "dim" }, `There is no ${name} to be seen.`);
  const kthread = h("p", {}, h("a", { href: `#/actor/${name}/timer-kthread` }, "its timer kthread"));

  function drawUse(cell, pcpu) {
    cell.bar ??= useBar();
    if (!cell.firstChild) cell.append(cell.bar.element);
    cell.bar.update(pcpu.cpu);
  }

  return {
    view: "host",
    subject: name,
    element: [h("h1", {}, `Host ${name}`), empty, where, drawing.element, all.element, h("section", {}, h("h2", {}, "pCPUs"), pcpus.element, useLegend(), kthread), h("section", {}, h("h2", {}, "vCPUs"), vcpus.element)],
    table: vcpus,
    update({ content, taken_at, coverage }) {
      empty.hidden = content !== null;
      if (content === null) return;
      drawing.update(content, coverage.at_ns);
      say(where, `It lives on ${content.node.map(({ shard, node }) => (shard === name ? node : `${node} (${shard})`)).join(", ")}.`);
      all.update(content.host, Date.parse(taken_at) / 1000);
      kthread.hidden = content.host.detail.scans === 0;
      pcpus.update(content.pcpus);
      vcpus.update(content.vcpus);
    },
  };
}

const places = { under_way: "under way", page: "shared page", timer_cpu: "timer CPU", pcpu: "its pCPU", processor: "the processor" };
const risks = { none: "", looks_too_late: "the next look comes too late", holder_offline: "its holder is offline", overdue: "overdue", unwanted: "its guest wants it no more" };

export function timersPage() {
  const timers = liveTable({
    name: "Pending timers",
    key: (timer) => `${timer.vcpu} ${timer.due_ns}`,
    sort: { column: 1, descending: false },
    columns: [
      { title: "vCPU", text: (t) => t.vcpu, href: (t) => `#/actor/${t.vcpu}` },
      { title: "due at", number: true, text: (t) => instant(t.due_ns), value: (t) => t.due_ns },
      { title: "in", number: true, text: (t) => span(t.in_ns), value: (t) => t.in_ns },
      { title: "waits in", text: (t) => places[t.place] },
      { title: "held by", text: (t) => t.holder, href: (t) => `#/actor/${t.holder}` },
      { title: "acts at", number: true, text: (t) => instant(t.fires_ns), value: (t) => t.fires_ns },
      { title: "risk", text: (t) => risks[t.risk], tone: (t) => (t.risk === "none" ? "" : "warn") },
    ],
  });
  const sums = h("p", {});
  return {
    view: "timers",
    element: [h("h1", {}, "Pending timers"), sums, h("section", {}, h("h2", {}, "The earliest"), timers.element)],
    table: timers,
    update({ content, coverage }) {
      if (content === null) {
        say(sums, nothing);
        return;
      }
      say(sums, `${count(content.pending)} deadlines wait at ${instant(coverage.at_ns)}, ${count(content.overdue)} of them are past.`);
      timers.update(content.timers);
    },
  };
}
