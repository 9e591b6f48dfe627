// The form: a record from a domain and its endpoints, or what is wrong with them.

import { announce, button, byId, element, link, list } from "./elements.js";
import { findingList, wireTool } from "./tool.js";

const form = byId("tlsrpt-form");
const fields = { domain: byId("tlsrpt-domain"), endpoints: byId("tlsrpt-endpoints") };
const problemBox = byId("tlsrpt-problems");
const resultBox = byId("tlsrpt-result");
const verdictLine = byId("tlsrpt-ready");

wireTool(form, {
  question: () => ["generate_record", { values: [fields.domain.value, fields.endpoints.value] }],
  show: (answer) => {
    showProblems(answer.problems ?? []);
    if (!answer.problems) showRecord(answer);
  },
  outdate: () => {
    resultBox.hidden = true;
    problemBox.classList.add("tlsrpt-outdated");
  },
});

function showProblems(problems) {
  problemBox.replaceChildren();
  problemBox.classList.remove("tlsrpt-outdated");
  for (const [name, field] of Object.entries(fields)) {
    field.setAttribute("aria-invalid", problems.some((problem) => problem.field === name));
  }
  if (problems.length) {
    const title = problems.length === 1 ? "Correct one problem" : `Correct ${problems.length} problems`;
    problemBox.append(
      element("h3", { class: "tlsrpt-verdict tlsrpt-broken" }, title),
      list(problems, problemElement),
    );
    announce(`${title}. ${placeOf(problems[0])}: ${problems[0].message}`);
  }
}

function problemElement(problem) {
  const { code, message, hint, write } = problem;
  return element(
    "li",
    { class: "tlsrpt-finding tlsrpt-error" },
    element("p", {}, element("strong", {}, `${placeOf(problem)}: `), message),
    element(
      "p",
      { class: "tlsrpt-hint" },
      element("span", {}, hint),
      write === null ? null : button("Write it", write, () => correct(problem)),
      link(`findings.html#${code}`, code),
    ),
  );
}

function placeOf({ field, line }) {
  if (field === "domain") return "Domain";
  return line === null ? "Endpoints" : `Line ${line}`;
}

// Write what the hint says and generate again, unless something else has been typed there.
function correct({ field, line, typed, write }) {
  const lines = line === null ? [fields[field].value] : fields[field].value.split("\n");
  const index = (line ?? 1) - 1;
  if (lines[index] === typed) {
    lines[index] = write;
    fields[field].value = lines.join("\n");
  }
  fields[field].focus();
  form.requestSubmit();
}

function showRecord({ host, value, zone, rdata, findings }) {
  const hasDrawbacks = findings.length > 0;
  verdictLine.textContent = hasDrawbacks
    ? "Read the warnings before you publish this TXT record"
    : "Publish this TXT record";
  verdictLine.className = `tlsrpt-verdict tlsrpt-${hasDrawbacks ? "drawbacks" : "good"}`;
  byId("tlsrpt-host").textContent = host;
  byId("tlsrpt-value").textContent = value;
  byId("tlsrpt-zone").textContent = zone;
  byId("tlsrpt-rdata").textContent = rdata;
  byId("tlsrpt-drawbacks").replaceChildren(findingList(findings));
  resultBox.hidden = false;
  announce(`The record is ready. ${verdictLine.textContent}.`);
}
