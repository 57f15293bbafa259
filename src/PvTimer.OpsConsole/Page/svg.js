// SVG elements, coloured by classes.

const space = "http://www.w3.org/2000/svg";

/** An SVG element: s("rect", { x: 1, class: "box" }, "tooltip"). A string as child of a shape is its title. */
export function s(name, attributes = {}, ...children) {
  const element = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined) continue;
    if (typeof child === "string" && name !== "text" && name !== "title") element.append(s("title", {}, child));
    else element.append(child);
  }
  return element;
}

/** Text that is cut off where its place ends. */
export function label(x, y, text, room, attributes = {}) {
  const most = Math.max(1, Math.floor(room / (attributes.class === "tick" ? 5.9 : 6.6)));
  const shown = text.length > most ? `${text.slice(0, most - 1)}\u2026` : text;
  return s("text", { x, y, ...attributes }, shown);
}
