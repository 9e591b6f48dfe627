// Of pages that match as well, those for users come before those for contributors.
var Scorer = {
  score: ([page, , , , score]) => {
    if (/^(explanation|howto)\/|^(generator|tutorial)$/.test(page)) return score + 2;
    if (/^(conformance|contributing|design)$|\/(changelog|speed)$/.test(page)) return score - 2;
    return score;
  },
  // As Sphinx has them
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
