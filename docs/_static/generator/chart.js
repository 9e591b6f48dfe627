// A bar chart of sessions by day, failed ones on top; the figures are in the table beside it.

import { element, svgElement } from "./elements.js";

// In units of the drawing, which is stretched to the width of the page.
const HEIGHT = 100;
const WIDTH = 100;
// What is there at all can be seen.
const LEAST_HEIGHT = 1.5;

export function chart(bars) {
  const step = WIDTH / bars.length;
  const first = bars[0].name;
  const last = bars.at(-1).name;
  return element(
    "figure",
    { class: "tlsrpt-chart" },
    svgElement(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": `Sessions by day, ${first} to ${last}. The figures are in the table below.`,
      },
      ...bars.map((bar, index) => barElement(bar, index * step, step)),
    ),
    element(
      "figcaption",
      {},
      element("span", {}, first),
      element("span", {}, last),
      element(
        "span",
        { class: "tlsrpt-keys" },
        element("span", { class: "tlsrpt-key tlsrpt-key-sessions" }, "succeeded"),
        element("span", { class: "tlsrpt-key tlsrpt-key-failed" }, "failed"),
      ),
    ),
  );
}

function barElement({ name, sessions, failed, height, failed_height: failedHeight }, x, step) {
  const drawn = (share) => (share ? Math.max(share * HEIGHT, LEAST_HEIGHT) : 0);
  const all = drawn(height);
  const top = drawn(failedHeight);
  const rectangle = (className, y, tall) =>
    svgElement("rect", { class: className, x: x + step * 0.1, y, width: step * 0.8, height: tall });
  const figures = sessions ? `${sessions} sessions, ${failed} failed` : "no report";
  return svgElement(
    "g",
    {},
    svgElement("title", {}, `${name}: ${figures}`),
    // The whole column shows the figures under the pointer.
    svgElement("rect", { class: "tlsrpt-bar-column", x, y: 0, width: step, height: HEIGHT }),
    rectangle("tlsrpt-bar", HEIGHT - all + top, all - top),
    rectangle("tlsrpt-bar-failed", HEIGHT - all, top),
  );
}
