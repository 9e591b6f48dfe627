// What the tools share: a form, its question to Python, and an answer for this very input.

import { byId, element, link, list } from "./elements.js";
import { ask, load } from "./python.js";

const loading = byId("tlsrpt-loading");

// Wire a form. `question` returns what to ask, `show` shows the answer, and `outdate` is called when
// the input changes, so that nobody takes an old answer for one about the new input.
export function wireTool(form, { question, show, outdate }) {
  const failure = element("p", { class: "tlsrpt-alert", role: "alert" });
  let version = 0;

  // They are disabled until now: without this script, they would do nothing, or load the page again.
  for (const control of form.querySelectorAll(":disabled")) {
    control.disabled = false;
  }
  form.addEventListener("focusin", () => begin(form));
  form.addEventListener("input", () => {
    version += 1;
    outdate();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    begin(form);
    version += 1;
    const asked = version;
    failure.remove();
    outdate();
    try {
      const answer = await ask(...question());
      if (asked === version) show(answer);
    } catch (error) {
      if (asked !== version) return;
      outdate();
      failure.textContent = `This did not work: ${error.message}`;
      form.append(failure);
    }
  });
}

// Load Python, and show the progress beside the form that is in use.
function begin(form) {
  if (!form.contains(loading)) form.querySelector(".tlsrpt-actions").append(loading);
  load();
}

// Findings: what is wrong, its place in the record, what to write, and where it is explained.
export function findingList(findings) {
  return list(findings, ({ code, severity, message, hint, before, marked, after }) =>
    element(
      "li",
      { class: `tlsrpt-finding tlsrpt-${severity}` },
      element(
        "p",
        {},
        element("strong", {}, `${severity === "error" ? "Error" : "Warning"}: `),
        message,
      ),
      before || marked || after
        ? element("pre", {}, before, element("mark", {}, marked), after)
        : null,
      element(
        "p",
        { class: "tlsrpt-hint" },
        element("span", {}, hint),
        link(`findings.html#${code}`, code),
      ),
    ),
  );
}
