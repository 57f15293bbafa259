// One actor: its state under the names that KVM and the SDM have for it; all of its fields behind a disclosure.

import { count, instant, span } from "./format.js";
import { facts, h, liveTable, say } from "./dom.js";

export function actorPage(name) {
  const groups = h("div", { class: "columns" });
  const drawn = new Map();
  const fields = liveTable({
    name: `Fields of ${name}`,
    key: ([path]) => path,
    sort: { column: 0, descending: false },
    columns: [
      { title: "field", text: ([path]) => path },
      { title: "value", text: ([, value]) => value },
    ],
  });
  const at = h("p", { class: "dim" });
  const more = h("p", { class: "dim" });
  const empty = h("p", { class: "dim" }, `There is no ${name} to be seen.`);

  function sectionOf(group) {
    let section = drawn.get(group.title);
    if (!section) {
      section = group.columns.length > 0 ? tableOf(group) : factsOf(group);
      drawn.set(group.title, section);
      groups.append(section.element);
    }
    return section;
  }

  return {
    view: "actor",
    subject: name,
    element: [
      h("h1", {}, name),
      empty,
      at,
      groups,
      h("section", {}, h("details", {}, h("summary", {}, "All fields, as the program keeps them"), more, fields.element)),
    ],
    table: fields,
    update({ content, coverage }) {
      empty.hidden = content !== null;
      if (content === null) return;
      say(at, `Everything is of one instant, the barrier at ${instant(coverage.at_ns)}.`);
      say(more, content.omitted ? `${content.omitted} more are not shown.` : "");
      for (const group of content.state) sectionOf(group).update(group);
      for (const [title, section] of drawn) section.element.hidden = !content.state.some((group) => group.title === title);
      fields.update(content.fields);
    },
  };
}

function factsOf(group) {
  const list = h("dl", { class: "facts" });
  return {
    element: h("section", {}, h("h2", {}, group.title), list),
    update: ({ facts: values }) => facts(list, values.map((value) => [value.name, shown(value)])),
  };
}

function tableOf(group) {
  const table = liveTable({
    name: group.title,
    filter: false,
    key: (row) => row[0].text,
    columns: group.columns.map((title, index) => ({
      title: title || "no.",
      number: group.rows[0]?.[index].kind === "count" || group.rows[0]?.[index].kind === "span" || group.rows[0]?.[index].kind === "instant",
      text: (row) => shown(row[index]),
      value: (row) => row[index].ns ?? (row[index].kind === "count" ? Number(row[index].text) : row[index].text),
      draw: (cell, row) => put(cell, row[index]),
    })),
  });
  return {
    element: h("section", { class: "wide" }, h("h2", {}, group.title), table.element),
    update: ({ rows }) => table.update(rows),
  };
}

/** Another actor is a link to it. */
function put(cell, value) {
  if (value.kind !== "actor" || !value.text.includes("/")) {
    say(cell, shown(value));
    return;
  }
  if (!cell.firstElementChild) cell.replaceChildren(h("a"));
  say(cell.firstChild, value.text);
  cell.firstChild.setAttribute("href", `#/actor/${value.text}`);
}

function shown({ kind, text, ns }) {
  if (ns !== null) return kind === "instant" ? instant(ns) : span(ns);
  if (kind === "count" && /^\d+$/.test(text)) return count(Number(text));
  return text.replace(/^(\d+)khz$/, (_, khz) => `${Number(khz) / 1e6} GHz`).replace(/^\d+(?= cycles$)/, (cycles) => cycles.replace(/\B(?=(\d{3})+$)/g, "\u2009"));
}
