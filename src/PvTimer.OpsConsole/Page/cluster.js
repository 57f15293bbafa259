// The cluster: members, who is slow, which cells live where, windows and checkpoints, what has happened.

import { age, bytes, count, instant, span } from "./format.js";
import { facts, h, liveTable, say } from "./dom.js";
import { lines } from "./charts.js";
import { allowsControl, order, orders } from "./orders.js";

export function clusterPage() {
  const members = liveTable({
    name: "Members",
    filter: false,
    key: (member) => member.address,
    columns: [
      { title: "node", text: (m) => m.name ?? "not heard of yet" },
      { title: "address", text: (m) => m.address },
      { title: "status", text: statusOf, tone: (m) => (m.reachable && m.status === "up" ? "good" : "bad") },
      { title: "roles", text: (m) => m.roles.join(", ") },
      { title: "doing", text: doingOf },
      { title: "waited", number: true, text: (m) => age(m.waited_ms), value: (m) => m.waited_ms },
      { title: "cells", number: true, text: (m) => `${m.cells}`, value: (m) => m.cells },
      { title: "events", number: true, text: (m) => count(m.events), value: (m) => m.events },
      { title: "sent", number: true, text: (m) => bytes(m.frame_bytes), value: (m) => m.frame_bytes },
      { title: "memory", number: true, text: (m) => bytes(m.memory_bytes), value: (m) => m.memory_bytes },
      { title: "report", number: true, text: (m) => `${age(m.silence_ms)} ago`, value: (m) => m.silence_ms },
      { title: "orders", draw: drawOrders, text: () => "" },
    ],
  });
  const slow = h("p", { class: "dim" });
  const windows = h("dl", { class: "facts" });
  const rate = lines("windows", "Windows per second of wall time", count);
  const map = h("div", { class: "node-columns" });
  const history = h("ol", { class: "history", tabindex: "0", "aria-label": "What has happened to the run" });
  let nodes = [];

  const element = [
    h("h1", {}, "Cluster"),
    h("section", {}, h("h2", {}, "Members, oldest first"), members.element, slow),
    h("section", {}, h("h2", {}, "Cells"), h("p", { class: "dim" }, "Drag a cell to another node, or press it and choose one. What would happen is shown first."), map),
    h("div", { class: "columns" }, h("section", {}, h("h2", {}, "Windows and checkpoints"), windows, rate.element), h("section", {}, h("h2", {}, "What has happened"), history)),
  ];

  function drawOrders(cell, member) {
    if (cell.firstChild || !member.name) return;
    cell.className = "orders";
    for (const verb of ["drain", "leave", "down", "kill"]) {
      const { title, destroys } = orders[verb];
      cell.append(h("button", { type: "button", class: destroys ? "danger" : null, "aria-label": `${title}: ${member.name}`, onclick: () => order(verb, member.name) }, title), " ");
    }
  }

  function drawMap(content) {
    nodes = content.members.filter((member) => member.name).map((member) => member.name).sort();
    const homes = new Map(nodes.map((node) => [node, []]));
    for (const { shard, node } of content.shards) {
      if (!homes.has(node)) homes.set(node, []);
      homes.get(node).push(shard);
    }
    const drawn = JSON.stringify([...homes]);
    if (map.dataset.drawn === drawn) return;
    map.dataset.drawn = drawn;
    map.replaceChildren(...[...homes].map(([node, cells]) => column(node, cells)));
  }

  function column(node, cells) {
    const target = h(
      "div",
      {
        class: "node-column",
        "data-node": node,
        ondragover: (event) => {
          event.preventDefault();
          target.classList.add("target");
        },
        ondragleave: () => target.classList.remove("target"),
        ondrop: (event) => {
          event.preventDefault();
          target.classList.remove("target");
          order("move", event.dataTransfer.getData("text/plain"), node);
        },
      },
      h("h3", {}, `${node} (${cells.length})`),
      h("ul", { class: "cells" }, cells.map((cell) => h("li", {}, chip(cell, node)))),
    );
    return target;
  }

  function chip(cell, node) {
    return h(
      "button",
      {
        type: "button",
        draggable: "true",
        "data-cell": cell,
        "aria-label": `${cell} on ${node}: move it`,
        ondragstart: (event) => event.dataTransfer.setData("text/plain", cell),
        onclick: (event) => choose(event.currentTarget, cell, node),
      },
      cell,
    );
  }

  /** In the place of a cell's button: where to, by keyboard or pointer. */
  function choose(button, cell, node) {
    let isOpen = true;
    const close = () => {
      // Taking it away takes the focus from it, which would take it away again.
      if (isOpen) {
        isOpen = false;
        list.replaceWith(button);
      }
    };
    const list = h(
      "select",
      {
        "aria-label": `Move ${cell} to`,
        onchange: () => {
          const to = list.value;
          close();
          if (to) order("move", cell, to);
        },
        onblur: close,
      },
      h("option", { value: "" }, `${cell} to...`),
      nodes.filter((other) => other !== node).map((other) => h("option", { value: other }, other)),
    );
    button.replaceWith(list);
    list.focus();
  }

  return {
    view: "cluster",
    element,
    table: members,
    update({ content, rates, taken_at }) {
      members.update(content.members);
      for (const button of members.element.querySelectorAll("button[aria-label]")) {
        button.disabled = !allowsControl();
      }
      say(slow, slowOf(content.members));
      drawMap(content);
      rate.add(Date.parse(taken_at) / 1000, { "windows/s": rates.windows_per_second });
      facts(windows, factsOf(content.windows, rates));
      const last = content.history.join("\n");
      if (history.dataset.drawn !== last) {
        history.dataset.drawn = last;
        history.replaceChildren(...content.history.map((line) => h("li", {}, line)));
        history.scrollTop = history.scrollHeight;
      }
    },
  };
}

function statusOf(member) {
  const words = [member.status];
  if (!member.reachable) words.push("unreachable");
  if (member.coordinator) words.push("coordinator");
  if (member.leader) words.push("leader");
  if (member.draining) words.push("drains");
  return words.join(", ");
}

function doingOf(member) {
  return member.waiting_for ? `${member.doing}, waits for ${member.waiting_for}` : (member.doing ?? "");
}

function slowOf(members) {
  const working = members.filter((member) => member.doing === "running" && member.cells > 0);
  if (working.length < 2) return "";
  const slowest = working.reduce((least, member) => (member.waited_ms < least.waited_ms ? member : least));
  return `The node that waits least for the others is the slowest: ${slowest.name}.`;
}

function factsOf(windows, rates) {
  if (!windows) return [["no run has formed", ""]];
  return [
    ["windows", `${count(rates.windows_per_second)} a second`],
    ["lookahead", `${span(windows.lookahead_ns)}${windows.link ? `, because of ${windows.link}` : ": no link between nodes is shorter"}`],
    ["last checkpoint", windows.checkpoint_at_ns === null ? "none yet" : `at ${instant(windows.checkpoint_at_ns)}, ${age(windows.checkpoint_age_ms)} ago`],
    ["checkpoints", `${windows.checkpoints}; virtual time stood ${span(windows.freezing_ms * 1e6)} for them`],
    ["written meanwhile", span(windows.writing_ms * 1e6)],
  ];
}
