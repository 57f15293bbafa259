// Orders: what would happen is shown first; whoever confirms it says why.

import { h } from "./dom.js";

const dialog = document.getElementById("order");
const said = document.getElementById("said");
let allowed = false;

/** What orders are called, and which of them destroy something: their buttons look and read like it. */
export const orders = {
  move: { title: "Move" },
  drain: { title: "Drain" },
  leave: { title: "Leave" },
  down: { title: "Declare dead", destroys: "The node ends itself, and what it has computed since the last checkpoint is lost." },
  kill: { title: "Kill", destroys: "The process ends at once (SIGKILL), and what it has computed since the last checkpoint is lost." },
  checkpoint: { title: "Checkpoint" },
  inject: { title: "Inject" },
  pause: { title: "Hold" },
  resume: { title: "Resume" },
  step: { title: "Step" },
  travel: { title: "Travel" },
  pace: { title: "Pace" },
  stop: { title: "Stop the run" },
  start: { title: "Start" },
  resume_from: { title: "Finish" },
};

/** The control token, as long as this tab lives; empty: none was given. */
export function token() {
  return sessionStorage.getItem("token") ?? "";
}

export function setToken(text) {
  sessionStorage.setItem("token", text.trim());
}

/** The headers of every request. */
export function headers() {
  return token() ? { authorization: `Bearer ${token()}` } : {};
}

/** Whether this console may change anything. */
export function allowsControl() {
  return allowed;
}

/** Asks the console whether it may. */
export async function learnMode() {
  const answer = await fetch("/api/control", { headers: headers() });
  allowed = answer.ok && (await answer.json()).allows_control;
  return allowed;
}

/** Plans an order, shows what would happen, and gives it once it is confirmed. */
export async function order(verb, subject = null, to = null) {
  const wanted = { verb, subject, to };
  const plan = await post("/api/plans", wanted);
  if (plan.status !== 200 || !plan.body.possible) {
    tell(plan.body.error ?? plan.body.lines[0], false);
    return;
  }
  show(wanted, plan.body);
}

/** Says in one line what became of something. */
export function tell(line, done) {
  said.textContent = line;
  said.classList.toggle("refused", !done);
  said.hidden = false;
}

async function post(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { ...headers(), "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  } catch {
    return { status: 0, body: { error: "the console does not answer", what: "the console does not answer" } };
  }
}

function show(wanted, plan) {
  const by = h("input", { name: "by", required: true, maxlength: "80", value: localStorage.getItem("by") ?? "" });
  const reason = h("input", { name: "reason", required: true, maxlength: "300", value: sessionStorage.getItem("reason") ?? "" });
  const key = h("input", { name: "token", type: "password", autocomplete: "off", value: token() });
  const { title, destroys } = orders[wanted.verb];
  const closed = allowed ? null : h("p", { class: "bad" }, "This console only shows. One that was started with --allow-control could do this.");
  const form = h(
    "form",
    { onsubmit: (event) => confirm(event) },
    h("h2", { id: "order-title" }, [title, wanted.subject, wanted.to].filter(Boolean).join(" ")),
    destroys ? h("p", { class: "warning" }, destroys) : null,
    h("ul", {}, plan.lines.map((line) => h("li", {}, line))),
    closed,
    h("label", {}, "Who", by),
    h("label", {}, "Why", reason),
    h("label", {}, "Control token (pvtimer/token in your folder for configuration)", key),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", onclick: () => dialog.close() }, "Do nothing"),
      h("button", { type: "submit", class: destroys ? "danger" : null, disabled: !allowed }, destroys ? title : "Do it"),
    ),
  );
  dialog.replaceChildren(form);
  dialog.showModal();
  (by.value === "" ? by : reason.value === "" ? reason : key.value === "" ? key : form.querySelector("[type=submit]")).focus();

  async function confirm(event) {
    event.preventDefault();
    localStorage.setItem("by", by.value);
    sessionStorage.setItem("reason", reason.value);
    setToken(key.value);
    dialog.close();
    const answer = await post("/api/orders", { ...wanted, by: by.value, reason: reason.value, confirm: plan.confirm });
    tell(answer.body.what ?? answer.body.error, answer.status === 200);
  }
}
