// The report reader: what the reports in some files say, as tables and a chart.

import { announce, byId, element, link, list } from "./elements.js";
import { chart } from "./chart.js";
import { wireTool } from "./tool.js";

const form = byId("tlsrpt-reports-form");
const input = byId("tlsrpt-files");
const dropBox = byId("tlsrpt-drop");
const readingLine = byId("tlsrpt-reading");
const summaryBox = byId("tlsrpt-summary");

let files = [];

wireTool(form, {
  question: () => ["summarize_files", { files }],
  show,
  outdate: () => {
    readingLine.textContent = "";
    summaryBox.hidden = true;
  },
});

input.addEventListener("change", () => read([...input.files]));

// Files can be dropped anywhere: the browser would open those that miss the box.
const hasFiles = (event) => event.dataTransfer.types.includes("Files");

document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  dropBox.classList.add("tlsrpt-over");
});

document.addEventListener("dragleave", () => dropBox.classList.remove("tlsrpt-over"));

document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  dropBox.classList.remove("tlsrpt-over");
  read([...event.dataTransfer.files]);
});

function read(chosen) {
  if (chosen.length === 0) return;
  files = chosen;
  form.requestSubmit();
  // The name of a file may be a stranger's text.
  const what = files.length === 1 ? "the file" : `${files.length} files`;
  readingLine.textContent = `Reading ${what} ...`;
  announce(readingLine.textContent);
  form.scrollIntoView({ block: "nearest" });
  // Otherwise the same file could not be chosen again.
  input.value = "";
}

function show({ title, remarks, domains }) {
  readingLine.textContent = "";
  summaryBox.replaceChildren(
    element("h3", {}, title),
    list(remarks, remarkElement),
    ...domains.map(domainElement),
  );
  summaryBox.hidden = false;
  announce(`${title}. The summary follows.`);
}

function remarkElement({ source, message, code }) {
  return element(
    "li",
    { class: "tlsrpt-finding tlsrpt-warning" },
    element(
      "p",
      { class: "tlsrpt-remark" },
      element("span", {}, element("strong", {}, source), `: ${message}`),
      code === null ? null : link(`report-findings.html#${code}`, code),
    ),
  );
}

function domainElement({ name, sessions, failed, days, senders, bars, failures }) {
  const verdict = failed === "0" ? "tlsrpt-good" : "tlsrpt-drawbacks";
  return element(
    "section",
    {},
    element(
      "h3",
      { class: `tlsrpt-verdict ${verdict}` },
      `${name}: ${sessions} sessions, ${failed} failed`,
    ),
    chart(bars),
    table("Day (UTC)", days),
    list(failures, failureElement),
    table("Sender", senders),
  );
}

function failureElement({ type, count, meaning, advice }) {
  return element(
    "li",
    { class: "tlsrpt-finding tlsrpt-error" },
    element("p", {}, element("strong", {}, `${type}: ${count}`)),
    element("p", {}, meaning),
    element("p", {}, advice),
  );
}

function table(heading, rows) {
  const head = [heading, "Sessions", "Failed"].map((text) => element("th", { scope: "col" }, text));
  const body = rows.map(({ name, sessions, failed }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      element("td", {}, sessions),
      element("td", {}, failed),
    ),
  );
  return element(
    "div",
    { class: "tlsrpt-scroll", tabindex: "0", role: "region", "aria-label": `Sessions by ${heading}` },
    element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body)),
  );
}
