// Python, as the page sees it: loaded in a worker when it is first needed.

const SILENCE = 45_000;

let worker = null;
let state = null;
let watchdog;
let lastId = 0;
const open = new Map();

// Tells each change of the state: "loading" with its progress, "ready", or "failed" with the reason.
export const events = new EventTarget();

function enter(newState, detail) {
  state = newState;
  events.dispatchEvent(new CustomEvent(state, { detail }));
}

// Load Python, unless somebody has tried that already.
export function load() {
  if (!worker) start();
}

// Load Python, again if necessary, and repeat the questions that have not been answered.
export function start() {
  worker?.terminate();
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => receive(data));
  worker.addEventListener("error", (event) => fail(event.message));
  showProgress(0);
  for (const { question } of open.values()) {
    worker.postMessage(question);
  }
}

// Ask one of the functions of generator_page.py, once it is there; returns a promise.
export function ask(name, { values, files }) {
  return new Promise((resolve, reject) => {
    lastId += 1;
    const question = { id: lastId, name, values, files };
    open.set(lastId, { question, resolve, reject });
    if (state === null || state === "failed") start();
    else worker.postMessage(question);
  });
}

function receive({ id, answer, error, isOver, progress, ready, failure }) {
  if (failure) {
    worker.terminate();
    fail(failure);
  } else if (ready) {
    clearTimeout(watchdog);
    enter("ready");
  } else if (progress) {
    showProgress(progress);
  } else {
    const { resolve, reject } = open.get(id);
    open.delete(id);
    if (error) reject(new Error(error));
    else resolve(answer);
    if (isOver) start();
  }
}

function showProgress(progress) {
  enter("loading", progress);
  // A browser does not always say that it cannot go on.
  clearTimeout(watchdog);
  watchdog = setTimeout(() => fail(`nothing has arrived for ${SILENCE / 1000} seconds`), SILENCE);
}

function fail(reason) {
  if (state === "ready") return;
  clearTimeout(watchdog);
  enter("failed", reason || "a part of it is missing");
}
