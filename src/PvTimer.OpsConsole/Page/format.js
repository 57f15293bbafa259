// Numbers as people read them: three digits, and a unit.

const thousands = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** Nanoseconds as a span: "13.1 us". */
export function span(ns) {
  if (ns === null || ns === undefined) {
    return "";
  }
  const size = Math.abs(ns);
  const [unit, per] = size < 1e3 ? ["ns", 1] : size < 1e6 ? ["us", 1e3] : size < 1e9 ? ["ms", 1e6] : ["s", 1e9];
  return `${digits(ns / per)} ${unit}`;
}

/** An instant of virtual time, exactly: "12.345678 ms". */
export function instant(ns) {
  if (ns === null || ns === undefined) {
    return "";
  }
  const [unit, places] = ns < 1e3 ? ["ns", 0] : ns < 1e6 ? ["us", 3] : ns < 1e9 ? ["ms", 6] : ["s", 9];
  const text = (ns / 10 ** places).toFixed(places).replace(/\.?0+$/, "");
  return `${places === 0 ? ns : text} ${unit}`;
}

/** A count or a rate: "138 k". */
export function count(value) {
  if (value === null || value === undefined) {
    return "";
  }
  const size = Math.abs(value);
  if (size >= 1e9) return `${digits(value / 1e9)} G`;
  if (size >= 1e6) return `${digits(value / 1e6)} M`;
  if (size >= 1e5) return `${digits(value / 1e3)} k`;
  return size >= 100 || Number.isInteger(value) ? thousands.format(value).replaceAll(",", "\u2009") : digits(value);
}

/** A share of one: "2.4 %". */
export function share(value) {
  return value === null || value === undefined ? "" : `${digits(value * 100)} %`;
}

/** Milliseconds of wall time as an age: "0.4 s". */
export function age(ms) {
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

export function bytes(value) {
  return value >= 1e9 ? `${digits(value / 1e9)} GB` : value >= 1e6 ? `${digits(value / 1e6)} MB` : `${digits(value / 1e3)} kB`;
}

function digits(value) {
  const size = Math.abs(value);
  return size === 0 ? "0" : size < 0.001 ? value.toExponential(1) : size < 10 ? value.toFixed(2) : size < 100 ? value.toFixed(1) : value.toFixed(0);
}
