"""The sessions that hold the project to its word; `.ci/run` runs those that are tagged `ci`."""

from __future__ import annotations

import nox

nox.needs_version = ">=2025.2.9"
nox.options.tags = ["ci"]
nox.options.reuse_existing_virtualenvs = True

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)


def install(session: nox.Session, *groups: str) -> None:
    """Install the package as it is in this tree, with dependency groups."""
    session.install("--upgrade", "pip")
    options = [word for group in groups for word in ("--group", group)]
    session.install("-e", ".", *options)


@nox.session(python=PYTHONS, tags=["ci"])
def tests(session: nox.Session) -> None:
    """All tests and examples, with every branch covered."""
    install(session, "test")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session(tags=["ci"])
def lint(session: nox.Session) -> None:
    """Style and format."""
    session.install("--upgrade", "pip")
    session.install("--group", "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session(tags=["ci"])
def typing(session: nox.Session) -> None:
    """Types, by two checkers."""
    install(session, "typing")
    session.run("mypy")
    session.run("pyright")


@nox.session(python="3.11", tags=["ci"])
def lowest(session: nox.Session) -> None:
    """The tests with the oldest dependencies that pyproject.toml admits."""
    install(session, "test")
    oldest = [spec.replace(">=", "==") for spec in PYPROJECT["project"]["dependencies"]]
    session.install(*oldest)
    session.run("pytest", "tests", *session.posargs)
