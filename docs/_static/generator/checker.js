// The checker: what is wrong with a record, and the corrected one.

import { announce, byId } from "./elements.js";
import { findingList, wireTool } from "./tool.js";

const VERDICTS = {
  good: "This record works",
  drawbacks: "This record works, with drawbacks",
  broken: "This record does not work",
  none: "There is no TLS-RPT record",
  other: "This is not a TLS-RPT record",
  unknown: "The lookup failed",
  empty: "Paste a record",
};

const input = byId("tlsrpt-record");
const resultBox = byId("tlsrpt-checked");
const correctionBox = byId("tlsrpt-correction");
const verdictLine = byId("tlsrpt-verdict");

wireTool(byId("tlsrpt-check-form"), {
  question: () => ["check_record", { values: [input.value] }],
  show,
  outdate: () => {
    correctionBox.hidden = true;
    resultBox.classList.add("tlsrpt-outdated");
  },
});

function show({ verdict, value, findings, fixed, correction }) {
  resultBox.classList.remove("tlsrpt-outdated");
  verdictLine.textContent = VERDICTS[verdict];
  verdictLine.className = `tlsrpt-verdict tlsrpt-${verdict}`;
  byId("tlsrpt-published").hidden = value === null;
  byId("tlsrpt-published-value").textContent = value ?? "";
  byId("tlsrpt-findings").replaceChildren(findingList(findings));
  byId("tlsrpt-correction-title").textContent = correction;
  byId("tlsrpt-fixed").textContent = fixed ?? "";
  correctionBox.hidden = fixed === null;
  resultBox.hidden = false;
  const count = findings.length === 1 ? "One finding" : `${findings.length} findings`;
  announce(`${VERDICTS[verdict]}.${findings.length ? ` ${count}.` : ""}`);
}
