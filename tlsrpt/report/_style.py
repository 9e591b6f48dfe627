"""The style sheet of the page of a summary: light, dark and paper, narrow and wide."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root {
    color-scheme: light dark;
    --text: light-dark(#1b2330, #e7ebf0);
    --quiet: light-dark(#566073, #a3adba);
    --back: light-dark(#fff, #10161d);
    --panel: light-dark(#f4f6fa, #1a212a);
    --line: light-dark(#d9dee6, #303944);
    --link: light-dark(#28589c, #8ab8f5);
    --bar: light-dark(#3b6eb5, #6aa1e8);
    --bad: light-dark(#a8231b, #ff8f85);
    --good: light-dark(#17633a, #7dd6a2);
    --fair: light-dark(#7a4f00, #f0bd68);
}

* { box-sizing: border-box; }

body {
    max-width: 58rem;
    margin: 0 auto;
    padding: 1.5rem 1.25rem 3rem;
    font: 1rem/1.5 system-ui, sans-serif;
    color: var(--text);
    background: var(--back);
    overflow-wrap: anywhere;
}

h1 { margin: 0; font-size: 1.7rem; line-height: 1.25; }
h2 {
    margin: 2.5rem 0 0.5rem;
    padding-top: 1.5rem;
    border-top: 1px solid var(--line);
    font-size: 1.35rem;
}
h3 { margin: 2rem 0 0.25rem; font-size: 1.1rem; }
h4 { margin: 0 0 0.25rem; font-size: 1rem; }
p { margin: 0.4rem 0; }
ul { margin: 0.4rem 0; padding-left: 1.2rem; }
a { color: var(--link); }
time { white-space: nowrap; }

.quiet, caption { color: var(--quiet); }
.bad { color: var(--bad); }
.good { color: var(--good); }
.fair { color: var(--fair); }

/* --- Figures and verdict --- */

.figures { display: flex; flex-wrap: wrap; gap: 0.75rem 2rem; margin: 0.75rem 0 1.25rem; }
.figures div { display: flex; flex-direction: column-reverse; }
.figures dt { font-size: 0.85rem; color: var(--quiet); }
.figures dd { margin: 0; font-size: 1.5rem; line-height: 1.25; font-weight: 650; }

.verdict, .problem {
    margin: 0.75rem 0;
    padding: 0.75rem 1rem;
    border: 1px solid var(--line);
    border-radius: 0.4rem;
}

.verdict { background: var(--panel); }
.verdict h3 { margin: 0 0 0.25rem; }
.problem { border-left: 4px solid var(--bad); }
.problem.over { border-left-color: var(--fair); }

.mark {
    display: inline-block;
    padding: 0 0.6em;
    border: 1px solid currentColor;
    border-radius: 1em;
    font-size: 0.85em;
    font-weight: 650;
    white-space: nowrap;
}

/* --- Charts --- */

figure { margin: 1.5rem 0 0.5rem; }
svg { display: block; width: 100%; height: 8rem; border-bottom: 1px solid var(--quiet); }
svg.failed { height: 4.5rem; }
.bar { fill: var(--bar); }
.bar.failed { fill: var(--bad); }
.axis {
    display: flex;
    justify-content: space-between;
    gap: 1rem;
    margin: 0.6rem 0 0.2rem;
    font-size: 0.85rem;
}
.axis span + span, figure > .axis { color: var(--quiet); }
figure > .axis { margin-top: 0.2rem; }
summary { color: var(--link); cursor: pointer; }

/* --- Tables --- */

table { width: 100%; border-collapse: collapse; font-size: 0.95rem; }
caption { padding: 0.1rem 0 0.4rem; text-align: left; font-size: 0.9rem; }
th, td {
    padding: 0.35rem 0.75rem 0.35rem 0;
    border-bottom: 1px solid var(--line);
    text-align: left;
    vertical-align: baseline;
}
th { font-weight: normal; }
td:not(.number), tbody th { min-width: 4.5rem; }
th p { margin: 0.2rem 0; font-weight: normal; }
thead th { font-size: 0.85rem; color: var(--quiet); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
/* Beside long names, a number must not give way. */
.stack .number { overflow-wrap: normal; }
tr > :last-child { padding-right: 0; }
td.bad { font-weight: 650; }

/* --- Narrow screens: each row of a wide table becomes a block --- */

@media (max-width: 36rem) {
    body { padding: 1rem 0.9rem 2rem; }
    .figures { gap: 0.6rem 1.4rem; }
    .stack thead { position: absolute; clip-path: inset(50%); }
    .stack, .stack :is(caption, tbody) { display: block; }
    .stack tr {
        display: flex;
        flex-wrap: wrap;
        gap: 0 0.9rem;
        padding: 0.5rem 0;
        border-bottom: 1px solid var(--line);
    }
    .stack :is(tbody th, td) { min-width: 0; padding: 0; border: 0; text-align: left; }
    .stack tbody th { flex: 1 0 100%; font-weight: 600; }
    .stack td:empty { display: none; }
    .stack td:has(.mark) { margin-left: auto; }
    .stack td[data-unit]::after { content: " " attr(data-unit); font-weight: normal; }
}

/* --- Paper --- */

@page { margin: 1.6cm; }

@media print {
    :root { color-scheme: light !important; font-size: 10pt; }
    body { max-width: none; padding: 0; }
    h1, h2, h3, h4, caption { break-after: avoid; }
    tbody tr:nth-child(-n + 2), figure ~ p { break-before: avoid; }
    figure, .problem, .verdict, .figures, tr { break-inside: avoid; }
    thead { display: table-header-group; }
    a { color: inherit; text-decoration: none; }
    details:not([open]) { display: none; }
}
"""
