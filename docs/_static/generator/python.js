// Python, as the page sees it: loaded in a worker when it is first needed.

const SILENCE = 45_000;

let worker = null;
let isReady = false;
let watchdog;
let lastId = 0;
const open = new Map();

// What is going on: "loading" with its progress, "ready", or "failed" with the reason.
export const events = new EventTarget();

function tell(type, detail) {
  events.dispatchEvent(new CustomEvent(type, { detail }));
}

// Start to load Python, unless that has been done.
export function load() {
  if (worker) return;
  isReady = false;
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => receive(data));
  worker.addEventListener("error", (event) => fail(event.message));
  tell("loading", 0);
  watch();
  for (const { question } of open.values()) {
    worker.postMessage(question);
  }
}

// Load again what could not be loaded; what has been asked meanwhile is asked again.
export function retry() {
  worker?.terminate();
  worker = null;
  load();
}

// Ask one of the functions of generator_page.py, once it is there; returns a promise.
export function ask(name, { values, files }) {
  return new Promise((resolve, reject) => {
    lastId += 1;
    const question = { id: lastId, name, values, files };
    open.set(lastId, { question, resolve, reject });
    if (worker) {
      worker.postMessage(question);
    } else {
      load();
    }
  });
}

function receive({ id, answer, error, progress, ready, failure }) {
  if (failure) {
    fail(failure);
  } else if (ready) {
    isReady = true;
    clearTimeout(watchdog);
    tell("ready");
  } else if (progress) {
    tell("loading", progress);
    watch();
  } else {
    const { resolve, reject } = open.get(id);
    open.delete(id);
    if (error) reject(new Error(error));
    else resolve(answer);
  }
}

function fail(reason) {
  clearTimeout(watchdog);
  if (!isReady) tell("failed", reason || "a part of it could not be loaded");
}

// A browser does not always say that it cannot go on.
function watch() {
  clearTimeout(watchdog);
  watchdog = setTimeout(() => fail(`nothing has arrived for ${SILENCE / 1000} seconds`), SILENCE);
}
