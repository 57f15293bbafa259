// A view as a stream of samples. fetch instead of EventSource: it can show a token.

import { headers } from "./orders.js";

const retryAfter = 1000;

/**
 * Watches a view until it is stopped: sample(document) for each sample, trouble(text) for each failure.
 * Returns a function that stops it.
 */
export function watch(view, subject, sample, trouble) {
  const over = new AbortController();
  const query = new URLSearchParams(subject ? { view, subject } : { view });
  run();
  return () => over.abort();

  async function run() {
    while (!over.signal.aborted) {
      try {
        await read();
        trouble("the console has closed the connection");
      } catch (error) {
        if (over.signal.aborted) return;
        trouble(error instanceof Refused ? error.message : "the console does not answer");
      }
      await new Promise((resolve) => setTimeout(resolve, retryAfter));
    }
  }

  async function read() {
    const answer = await fetch(`/api/stream?${query}`, { signal: over.signal, headers: headers() });
    if (!answer.ok) {
      throw new Refused((await answer.json()).error);
    }
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      buffer += value;
      const end = buffer.lastIndexOf("\n\n");
      if (end < 0) continue;
      // Only the last of several that have piled up is worth drawing.
      take(buffer.slice(0, end).split("\n\n").at(-1));
      buffer = buffer.slice(end + 2);
    }
  }

  function take(event) {
    const lines = event.split("\n");
    const data = lines.find((line) => line.startsWith("data: ")).slice(6);
    if (lines[0] === "event: sample") {
      sample(JSON.parse(data));
    } else {
      trouble(data);
    }
  }
}

class Refused extends Error {}
