// Elements, and tables that change as little as possible from one sample to the next.

/** An element: h("td", { class: "number" }, "12"). Properties that begin with "on" are listeners. */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) {
      element.addEventListener(key.slice(2), value);
    } else if (value === true) {
      element.setAttribute(key, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Sets an element's text if it is another one. */
export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Terms and what they are, as a dl's content. */
export function facts(list, pairs) {
  pairs.forEach(([term, value], index) => {
    let dt = list.children[2 * index];
    if (!dt) {
      dt = h("dt");
      list.append(dt, h("dd"));
    }
    say(dt, term);
    say(list.children[2 * index + 1], value);
  });
  while (list.children.length > 2 * pairs.length) {
    list.lastElementChild.remove();
  }
}

const shownRows = 150;
const collator = new Intl.Collator("en", { numeric: true });

/**
 * A table that is sorted by its headings and filtered by a text, and that keeps its rows from one update to
 * the next.
 * columns: { title, text(row), value?(row), number?, href?(row), tone?(row), draw?(cell, row), sortable? }
 */
export function liveTable({ name, columns, key, filter = true, sort = null, caption }) {
  let order = sort ?? { column: 0, descending: false };
  let wanted = "";
  let latest = [];
  let chosen = null;
  const rows = new Map();
  const body = h("tbody");
  const note = h("span", { class: "dim" });
  const heads = columns.map((column, index) => {
    const button = h("button", { type: "button", onclick: () => sortBy(index) }, column.title);
    return h("th", { scope: "col", class: column.number ? "number" : null }, button);
  });
  const box = h("input", {
    type: "search",
    class: "filter",
    "aria-label": `Filter ${name}`,
    placeholder: "filter, /",
    oninput: () => {
      wanted = box.value.toLowerCase();
      draw();
    },
  });
  const table = h("table", {}, h("caption", { class: "dim" }, caption ?? ""), h("thead", {}, h("tr", {}, heads)), body);
  table.caption.hidden = !caption;
  const element = h("div", {}, filter ? h("div", { class: "bar" }, box, note) : null, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, table));

  function sortBy(index) {
    order = { column: index, descending: order.column === index ? !order.descending : Boolean(columns[index].number) };
    draw();
  }

  function valueOf(column, row) {
    return column.value ? column.value(row) : column.text(row);
  }

  function compare(left, right) {
    const column = columns[order.column];
    const [a, b] = [valueOf(column, left), valueOf(column, right)];
    if (a === b) return 0;
    if (a === null || a === undefined) return 1;
    if (b === null || b === undefined) return -1;
    const result = typeof a === "number" ? a - b : collator.compare(a, b);
    return order.descending ? -result : result;
  }

  function rowFor(id) {
    let row = rows.get(id);
    if (!row) {
      row = h("tr", {}, columns.map((column) => h("td", { class: column.number ? "number" : null })));
      rows.set(id, row);
    }
    return row;
  }

  function fill(element, row) {
    columns.forEach((column, index) => {
      const cell = element.cells[index];
      if (column.draw) {
        column.draw(cell, row);
        return;
      }
      if (column.href) {
        const target = column.href(row);
        if (!cell.firstChild) cell.append(h("a"));
        if (cell.firstChild.getAttribute("href") !== target) cell.firstChild.setAttribute("href", target);
        say(cell.firstChild, column.text(row));
      } else {
        say(cell, column.text(row));
      }
      if (column.tone) {
        const tone = `${column.number ? "number " : ""}${column.tone(row) ?? ""}`.trim();
        if (cell.className !== tone) cell.className = tone;
      }
    });
  }

  function draw() {
    heads.forEach((head, index) => {
      const state = index !== order.column ? "none" : order.descending ? "descending" : "ascending";
      head.setAttribute("aria-sort", state);
    });
    const matching = wanted
      ? latest.filter((row) => columns.some((column) => column.text && column.text(row).toLowerCase().includes(wanted)))
      : latest;
    const shown = [...matching].sort(compare).slice(0, shownRows);
    const here = new Set();
    shown.forEach((row, index) => {
      const id = key(row);
      here.add(id);
      const element = rowFor(id);
      fill(element, row);
      element.classList.toggle("chosen", id === chosen);
      if (body.children[index] !== element) body.insertBefore(element, body.children[index] ?? null);
    });
    for (const [id, element] of rows) {
      if (!here.has(id)) {
        element.remove();
        rows.delete(id);
      }
    }
    say(note, shown.length < latest.length ? `${shown.length} of ${latest.length} shown` : `${latest.length}`);
  }

  return {
    element,
    update(next) {
      latest = next;
      draw();
    },
    /** Moves the mark by so many rows, for the keyboard. */
    move(by) {
      const ids = [...body.children].map((element) => [...rows].find(([, row]) => row === element)[0]);
      const at = ids.indexOf(chosen);
      chosen = ids[Math.max(0, Math.min(ids.length - 1, at + by))] ?? null;
      draw();
      rows.get(chosen)?.scrollIntoView({ block: "nearest" });
    },
    /** Follows the marked row's first link. */
    open() {
      rows.get(chosen)?.querySelector("a")?.click();
    },
    focusFilter() {
      box.focus();
    },
  };
}
