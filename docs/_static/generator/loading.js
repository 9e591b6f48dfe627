// Shows how far the loading of Python is, and says so if it fails.

import { button, byId } from "./elements.js";
import { events, start } from "./python.js";

const box = byId("tlsrpt-loading");
const [status, progress, alert] = box.children;
const again = button("Try again", "Load Python again", start);

function show({ text = "", loaded = null, reason = null }) {
  box.hidden = !text && !reason;
  status.textContent = text;
  progress.hidden = loaded === null;
  progress.value = loaded ?? 0;
  alert.hidden = reason === null;
  alert.textContent = reason ?? "";
  if (reason) alert.append(" ", again);
}

events.addEventListener("loading", ({ detail: loaded }) => {
  // The text must not change with each step, or a screen reader reads it again.
  const text = loaded < 1 ? "Loading Python into your browser ..." : "Starting Python ...";
  show({ text, loaded });
});

events.addEventListener("ready", () => show({}));

events.addEventListener("failed", ({ detail: reason }) => {
  const advice = "Check your connection. If it keeps failing, this browser may be too old.";
  show({ reason: `Python could not be loaded (${reason}). ${advice}` });
});
