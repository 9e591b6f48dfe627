// The report reader: what the reports in some files say, in a frame.

import { announce, byId, element, list } from "./elements.js";
import { wireTool } from "./tool.js";

const form = byId("tlsrpt-reports-form");
const input = byId("tlsrpt-files");
const dropBox = byId("tlsrpt-drop");
const readingLine = byId("tlsrpt-reading");
const summaryBox = byId("tlsrpt-summary");
const notesBox = byId("tlsrpt-notes");
const frameBox = byId("tlsrpt-frame");

let question = null;
let html = "";

wireTool(form, {
  question: () => question,
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

byId("tlsrpt-sample").addEventListener("click", () => {
  question = ["show_sample", { values: [] }];
  ask("Preparing the sample ...");
});

byId("tlsrpt-save").addEventListener("click", () => {
  const url = URL.createObjectURL(new Blob([html], { type: "text/html" }));
  element("a", { href: url, download: "tls-reports.html" }).click();
  URL.revokeObjectURL(url);
});

function read(files) {
  if (files.length === 0) return;
  question = ["summarize_files", { files }];
  // The name of a file may be a stranger's text.
  ask(`Reading ${files.length === 1 ? "the file" : `${files.length} files`} ...`);
  // Otherwise the same file could not be chosen again.
  input.value = "";
}

function ask(progress) {
  form.requestSubmit();
  readingLine.textContent = progress;
  announce(progress);
  form.scrollIntoView({ block: "nearest" });
}

function show(answer) {
  html = answer.html;
  readingLine.textContent = answer.title;
  notesBox.replaceChildren(list(answer.notes, (note) => element("li", {}, note)));
  summaryBox.hidden = false;
  frameBox.replaceChildren(frame(html));
  announce(`${answer.title}. The summary follows.`);
}

// A frame around a document: no script runs in it, but this one may look inside.
function frame(srcdoc) {
  const attributes = { sandbox: "allow-same-origin", title: "What the reports say", srcdoc };
  const node = element("iframe", attributes);
  node.addEventListener("load", () => {
    const { body, links } = node.contentDocument;
    // Its links lead to places in it. Without this, they would lead to this page.
    for (const link of links) {
      link.href = `about:srcdoc${link.hash}`;
    }
    new ResizeObserver(() => fit(node)).observe(body);
    dress(node);
  });
  return node;
}

// As tall as what it shows, whatever its width is and whatever is folded out.
function fit(node) {
  const { height } = node.contentDocument.body.getBoundingClientRect();
  node.style.height = `${Math.ceil(height)}px`;
}

// Light or dark as this page, which may differ from the system.
function dress(node) {
  const { colorScheme } = getComputedStyle(document.body);
  node.contentDocument.documentElement.style.colorScheme = colorScheme;
}

new MutationObserver(() => {
  for (const node of frameBox.children) dress(node);
}).observe(document.body, { attributeFilter: ["data-theme"] });
