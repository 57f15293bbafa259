// What this tab has seen of the run, kept from page to page: a chart that is opened again goes on where it was.

/** So many charts are kept; that of the page that was opened longest ago is given up. */
const mostKept = 64;
/** So many samples of lateness are kept: with two a second, five minutes. */
const mostPulses = 600;

const kept = new Map();
let runId = null;

/** What was kept under a name, or what make() makes. */
export function remembered(name, make) {
  const found = kept.get(name) ?? make();
  kept.delete(name);
  kept.set(name, found);
  if (kept.size > mostKept) kept.delete(kept.keys().next().value);
  return found;
}

/** Takes what every sample says, whichever page is open. Another run has another history. */
export function note({ run, pulse }) {
  if (run && run.id !== runId) {
    kept.clear();
    runId = run.id;
  }
  if (!run || !pulse) return;
  const seen = pulses();
  let index = seen.length;
  while (index > 0 && seen[index - 1].at_ns > pulse.at_ns) index--;
  // A run that was sent back goes the same way again: what was seen of it stays true.
  if (index > 0 && seen[index - 1].at_ns === pulse.at_ns) return;
  seen.splice(index, 0, pulse);
  if (seen.length > mostPulses) seen.shift();
}

/** Lateness as it was seen, by virtual time. */
export function pulses() {
  return remembered("pulses", () => []);
}
