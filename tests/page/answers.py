"""Write what the generator page's Python answers to the questions in a file.

CPython and the archive that the page loads must answer alike.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from generator_page import answer


def write_answers(questions: Path, answers: Path) -> None:
    """Answer all questions, each the name of a function and its arguments, in JSON."""
    asked = json.loads(questions.read_text(encoding="ascii"))
    given = [answer(name, json.dumps(values)) for name, values in asked]
    answers.write_text(json.dumps(given), encoding="ascii")


if __name__ == "__main__":
    write_answers(Path(sys.argv[1]), Path(sys.argv[2]))
