// One host as it stands at a barrier: pCPUs with the vCPU threads on them, the shared pages, the kthread, and the
// timers on their way between them.

import { span } from "./format.js";
import { h } from "./dom.js";
import { label, s } from "./svg.js";

const mostPcpus = 32;
const mostThreads = 8;
const mostPages = 32;
const mostFlights = 40;
const gap = 10;
const line = 18;

/** What a thread does, in words and as a class of its colour. */
const threads = {
  InGuest: ["in guest", "guest"],
  Exiting: ["exits", "exiting"],
  Polling: ["polls", "polling"],
  Blocked: ["blocked", "blocked"],
  Runnable: ["waits", "runnable"],
};
const activities = { Idle: "idle", LeavingIdle: "wakes up", Guest: "guest mode", HostWork: "host", Interrupt: "interrupt", Offline: "offline" };
const kthreadDoes = { Asleep: "sleeps", Scanning: "scans", Interrupted: "is interrupted", Retired: "is gone" };
/** Where timers wait, from the guest to the hardware. */
const lanes = [
  ["under_way", "under way"],
  ["page", "shared page"],
  ["timer_cpu", "timer CPU"],
  ["pcpu", "hrtimer of its pCPU"],
  ["processor", "in the processor"],
];
const decades = [1e3, 1e4, 1e5, 1e6, 1e7];
/** On a phone there is no room for more. */
const fewDecades = [1e3, 1e5, 1e7];

export function hostDrawing(name) {
  const picture = s("svg", { class: "host", role: "img" });
  let last = null;

  function draw() {
    if (last === null) return;
    const { content, at } = last;
    const width = picture.clientWidth || 420;
    const places = new Map();
    const parts = [];
    let y = pcpuBoxes(parts, places, content, at, width);
    if (content.kthread) y = pages(parts, places, content, at, width, y + 2 * gap);
    const flights = content.timers.slice(0, mostFlights).map((timer) => flight(timer, places)).filter(Boolean);
    y = axis(parts, content.timers, width, y + 2 * gap);
    picture.setAttribute("viewBox", `0 0 ${width} ${y}`);
    picture.setAttribute("height", y);
    picture.setAttribute("aria-label", words(name, content));
    // Words lie over the ways of timers, and these over the boxes.
    const isText = (part) => part.localName === "text";
    picture.replaceChildren(...parts.filter((part) => !isText(part)), ...flights, ...parts.filter(isText));
  }

  new ResizeObserver(draw).observe(picture);

  return {
    element: h(
      "section",
      { class: "wide" },
      h("h2", {}, "As it stands at this barrier"),
      picture,
      h(
        "p",
        { class: "legend" },
        Object.values(threads).map(([word, tone]) => h("span", {}, h("i", { class: `t-${tone}` }), word)),
        h("span", {}, h("i", { class: "f-page" }), "deadline in its page"),
        h("span", {}, h("i", { class: "f-timer_cpu" }), "armed on the timer CPU"),
        h("span", {}, h("i", { class: "f-late" }), "at risk"),
      ),
    ),
    update(content, at) {
      last = { content, at };
      draw();
    },
  };
}

function short(name) {
  return name.slice(name.indexOf("/") + 1);
}

function pcpuBoxes(parts, places, content, at, width) {
  const columns = Math.max(1, Math.min(content.pcpus.length, Math.floor((width + gap) / (210 + gap))));
  const boxWidth = (width - gap * (columns - 1)) / columns;
  const shown = [...content.pcpus].sort((one, other) => other.timer_cpu - one.timer_cpu).slice(0, mostPcpus);
  shown.sort((one, other) => content.pcpus.indexOf(one) - content.pcpus.indexOf(other));
  let y = 0;
  for (let first = 0; first < shown.length; first += columns) {
    const row = shown.slice(first, first + columns);
    const threadsOf = row.map((pcpu) => content.vcpus.filter((vcpu) => vcpu.pcpu === pcpu.name));
    const height = 44 + line * Math.max(1, ...threadsOf.map((own) => Math.min(own.length, mostThreads) + (own.length > mostThreads ? 1 : 0)));
    row.forEach((pcpu, index) => {
      const x = index * (boxWidth + gap);
      pcpuBox(parts, places, { pcpu, own: threadsOf[index], kthread: content.kthread, at }, { x, y, width: boxWidth, height });
    });
    y += height + gap;
  }
  if (content.pcpus.length > shown.length) {
    parts.push(s("text", { x: 0, y: y + 10, class: "tick" }, `${content.pcpus.length - shown.length} more pCPUs are in the table below`));
    y += line;
  }
  return y - gap;
}

function pcpuBox(parts, places, { pcpu, own, kthread, at }, { x, y, width, height }) {
  const doing = activities[pcpu.doing] ?? pcpu.doing;
  parts.push(
    s("rect", { x: x + 0.5, y: y + 0.5, width: width - 1, height: height - 1, rx: 5, class: `pcpu${pcpu.timer_cpu ? " timer-cpu" : ""}${pcpu.doing === "Offline" ? " offline" : ""}` }, `${pcpu.name}: ${doing}`),
    label(x + 8, y + 17, `${short(pcpu.name)}${pcpu.timer_cpu ? ", timer CPU" : ""}`, width * 0.6, { class: "name" }),
    s("text", { x: x + width - 8, y: y + 17, class: "tick", "text-anchor": "end" }, doing),
    label(x + 8, y + 33, pcpu.hrtimers === 0 ? "no hrtimer" : `${pcpu.hrtimers} ${pcpu.hrtimers === 1 ? "hrtimer" : "hrtimers"}, next in ${span(pcpu.next_expiry_ns - at)}`, width - 16, { class: "tick" }),
  );
  places.set(pcpu.name, { x: x + width / 2, y: y + height });
  if (pcpu.timer_cpu && kthread) {
    parts.push(label(x + 8, y + 51, `kthread ${kthreadDoes[kthread.doing]}, next scan ${until(kthread.next_scan_ns - at)}`, width - 16, { class: "kthread" }));
    places.set(kthread.name, { x: x + 14, y: y + 55 });
  }
  own.slice(0, mostThreads).forEach((vcpu, index) => {
    const top = y + 40 + line * index + (pcpu.timer_cpu && kthread ? line : 0);
    const [word, tone] = threads[vcpu.thread] ?? ["", "blocked"];
    const due = vcpu.deadline_ns === null ? "" : until(vcpu.deadline_ns - at);
    parts.push(
      s("rect", { x: x + 8, y: top + 3, width: 10, height: 10, rx: 2, class: `t-${tone}` }, `${vcpu.name} ${word}${vcpu.halted ? ", its guest has halted" : ""}`),
      label(x + 23, top + 12, `${vcpu.name} ${word}`, width - 98, { class: "vcpu" }),
      s("text", { x: x + width - 8, y: top + 12, class: "tick", "text-anchor": "end" }, due),
    );
    places.set(vcpu.name, { x: x + 13, y: top + 13 });
  });
  if (own.length > mostThreads) {
    parts.push(s("text", { x: x + 23, y: y + 40 + line * mostThreads + 12, class: "tick" }, `${own.length - mostThreads} more`));
  }
}

function pages(parts, places, { kthread }, at, width, top) {
  const shown = kthread.pages.filter((page) => page.enabled);
  const columns = Math.max(1, Math.floor((width - gap) / (210 + gap)));
  const cell = (width - gap * (columns + 1)) / columns;
  const drawn = shown.slice(0, mostPages);
  const rows = Math.ceil(drawn.length / columns);
  const left = shown.length - drawn.length + kthread.omitted_pages;
  const height = 28 + rows * 38 + (left > 0 ? line : 0);
  parts.push(
    s("rect", { x: 0.5, y: top + 0.5, width: width - 1, height: height - 1, rx: 5, class: "pages" }),
    s("text", { x: gap, y: top + 18, class: "name" }, shown.length ? "shared pages" : "shared pages: no guest has enabled pvtimer"),
  );
  drawn.forEach((page, index) => {
    const x = gap + (index % columns) * (cell + gap);
    const y = top + 26 + Math.floor(index / columns) * 38;
    parts.push(
      s("rect", { x, y, width: cell, height: 34, rx: 3, class: page.expire_ns === null ? "page" : "page full" }),
      label(x + 6, y + 14, page.vcpu, cell - 12, { class: "vcpu" }),
      label(x + 6, y + 28, `${page.expire_ns === null ? "expire_tsc 0" : `expires ${until(page.expire_ns - at)}`}; ${page.next_sync_ns === null ? "no promise" : `sync ${until(page.next_sync_ns - at)}`}`, cell - 12, { class: "tick" }),
    );
    places.set(`page ${page.vcpu}`, { x: x + 4, y });
  });
  if (left > 0) parts.push(s("text", { x: gap, y: top + height - 6, class: "tick" }, `${left} more pages`));
  return top + height;
}

/** A timer's way: from its vCPU to where it waits. */
function flight(timer, places) {
  const from = places.get(timer.vcpu);
  const to = timer.place === "page" ? places.get(`page ${timer.vcpu}`) : timer.place === "timer_cpu" ? places.get(timer.holder) : null;
  if (!from || !to) return null;
  const bend = Math.max(16, Math.abs(to.y - from.y) / 2);
  const risk = timer.risk === "none" ? "" : " late";
  return s("path", { class: `flight ${timer.place}${risk}`, d: `M${from.x} ${from.y} C${from.x} ${from.y + bend} ${to.x} ${to.y - bend * (timer.place === "page" ? 1 : -1)} ${to.x} ${to.y}` }, `${timer.vcpu}: due ${until(timer.in_ns)}, ${timer.place.replace("_", " ")}`);
}

/** When timers are due, on a log axis, a lane for each place that has some. */
function axis(parts, timers, width, top) {
  const used = lanes.filter(([place]) => timers.some((timer) => timer.place === place));
  if (used.length === 0) {
    parts.push(s("text", { x: 0, y: top + 12, class: "tick" }, "no timer is pending"));
    return top + line;
  }
  const left = Math.min(128, width * 0.36);
  const low = Math.log(1e2);
  const high = Math.log(1e8);
  const x = (ns) => left + ((Math.log(Math.min(Math.max(ns, 1e2), 1e8)) - low) / (high - low)) * (width - left - 8);
  const bottom = top + 16 + used.length * line;
  parts.push(s("text", { x: 0, y: top + 10, class: "name" }, "due in"));
  for (const ns of width < 500 ? fewDecades : decades) {
    parts.push(s("line", { class: "grid", x1: x(ns), x2: x(ns), y1: top + 14, y2: bottom }), s("text", { x: x(ns), y: top + 10, class: "tick", "text-anchor": "middle" }, span(ns).replace(/\.0+ /, " ")));
  }
  used.forEach(([place, word], index) => {
    const y = top + 16 + index * line + line / 2;
    parts.push(label(0, y + 4, word, left - 6, { class: "tick" }));
    for (const timer of timers) {
      if (timer.place === place) parts.push(s("circle", { cx: x(timer.in_ns), cy: y, r: 4, class: timer.risk === "none" ? `dot ${place}` : "dot late" }, `${timer.vcpu}: due ${until(timer.in_ns)}`));
    }
  });
  return bottom + 4;
}

function until(ns) {
  return ns < 0 ? `${span(-ns)} ago` : `in ${span(ns)}`;
}

function words(name, { pcpus, vcpus, kthread, timers }) {
  const states = Object.entries(threads)
    .map(([state, [word]]) => [vcpus.filter((vcpu) => vcpu.thread === state).length, word])
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`);
  const waiting = lanes.map(([place, word]) => [timers.filter((timer) => timer.place === place).length, word]).filter(([count]) => count > 0);
  return [
    `Host ${name}: ${pcpus.length} pCPUs, ${vcpus.length} vCPUs (${states.join(", ")})`,
    kthread ? `the kthread ${kthreadDoes[kthread.doing]}` : "no timer kthread",
    `pending timers: ${waiting.map(([count, word]) => `${count} ${word}`).join(", ") || "none"}`,
  ].join("; ");
}
