"""The sessions that hold the project to its word; `.ci/run` runs those that are tagged `ci`."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.tags = ["ci"]
nox.options.reuse_existing_virtualenvs = True

PYPROJECT = nox.project.load_toml("pyproject.toml")
# The session `pyodide` has Python 3.14.
PYTHONS = [python for python in nox.project.python_versions(PYPROJECT) if python != "3.14"]
# What comes with Debian 12: Python 3.11.2
DEBIAN = "/usr/bin/python3"
# The programs that the session `dns` needs, each with its Debian package.
SERVERS = {
    "knotd": "knot",
    "kzonecheck": "knot-dnssecutils",
    "unbound": "unbound",
    "dig": "bind9-dnsutils",
    "host": "bind9-host",
    "kdig": "knot-dnsutils",
}
SITE = Path("docs/_build/html").resolve()
GENERATOR = Path("docs/generator").resolve()
LEAST_KILLED = 0.95
FETCHED = re.compile(r'<(?:script|link|img)\b[^>]*\b(?:src|href)="(?:https?:)?//[^>]*')
# Links to other pages, and to anchors, in the manual page.
DEAD = re.compile("<>|<#[^>]*>")


def install(session: nox.Session, *groups: str) -> None:
    """Install the package as it is in this tree, with dependency groups."""
    session.install("--upgrade", "pip")
    options = [word for group in groups for word in ("--group", group)]
    session.install("-e", ".", *options)


def install_programs(session: nox.Session, programs: dict[str, str]) -> None:
    """Install what is missing of some programs, each given with its Debian package."""
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin"])
    if all(shutil.which(program, path=path) for program in programs):
        return
    packages = " ".join(programs.values())
    if not shutil.which("apt-get"):
        session.error(f"there is no apt-get; install what Debian calls {packages}")
    try:
        session.run("apt-get", "update", external=True, silent=True)
        install_packages = ("apt-get", "install", "--yes", "--no-install-recommends")
        session.run(*install_packages, *programs.values(), external=True, silent=True)
    except nox.command.CommandFailed:
        session.error(f"apt-get failed; as root, install {packages}")


def install_modules(session: nox.Session) -> Path:
    """Install Node and, from npm, Pyodide and axe in the versions that the lock file names."""
    session.install("--group", "node")
    folder = Path(session.create_tmp())
    for name in ("package.json", "package-lock.json"):
        shutil.copy(GENERATOR / name, folder)
    with session.chdir(folder):
        session.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", silent=True)
    return folder.resolve() / "node_modules"


def run_pages(session: nox.Session, *pages: str) -> None:
    """Run all examples of some pages, none skipped; each by itself, since Spark stays alive."""
    for page in pages:
        # The libraries have warnings of their own.
        output = session.run("pytest", "-W", "default", page, silent=True)
        session.log(output)
        if re.search("[0-9] skipped", str(output)):
            session.error("examples were skipped")


@nox.session(python=[*PYTHONS, DEBIAN], venv_backend="venv", reuse_venv=False, tags=["ci"])
def readme(session: nox.Session) -> None:
    """The two commands of the README, as users run them: in an empty virtual environment.

    Coverage loads modules of its own, and so can hide what is missing. Debian's Python is an early
    release of the oldest, whose regular expressions have a bug (gh-106052).
    """
    text = Path("README.md").read_text(encoding="utf-8")
    block = text.partition("<!-- commands -->\n```sh\n")[2].partition("```\n<!-- end -->")[0]
    commands = block.splitlines()
    if len(commands) != 2:
        session.error("README.md does not have two commands")
    for command in commands:
        session.run("sh", "-c", command, external=True)


# On CPython 3.11, coverage loses what a coroutine does after a cancellation.
@nox.session(python="3.13", tags=["ci"])
def tests(session: nox.Session) -> None:
    """All tests and examples, with every branch covered."""
    install(session, "test")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session(tags=["ci"])
def lint(session: nox.Session) -> None:
    """Style and format, and no import from a floor above."""
    session.install("--upgrade", "pip")
    session.install("--group", "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", "--no-cache")


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
    project = PYPROJECT["project"]
    specs = project["dependencies"] + project["optional-dependencies"]["dns"]
    oldest = [spec.replace(">=", "==") for spec in specs]
    session.install(*oldest)
    session.run("pytest", "tests", *session.posargs)


@nox.session(tags=["ci"])
def dns(session: nox.Session) -> None:
    """Lookups at real servers on loopback: knot, which signs, behind unbound, which validates."""
    install(session, "test")
    install_programs(session, SERVERS)
    session.run("pytest", "tests/dns/real.py", *session.posargs)


@nox.session(tags=["ci"])
def package(session: nox.Session) -> None:
    """What users install: the wheel, built from the source distribution, used away from here."""
    session.install("build")
    built = Path(session.create_tmp())
    session.run("python", "-m", "build", "--outdir", str(built))
    (wheel,) = built.glob("*.whl")
    session.install(str(wheel.resolve()))
    wheel.unlink()
    session.chdir(built)
    session.run("tlsrpt", "generate", "example.com", "mailto:tls@example.com")
    session.run("python", "-m", "tlsrpt", "check", "v=TLSRPTv1; rua=mailto:tls@example.com")
    typed = "from importlib.resources import files; assert (files('tlsrpt') / 'py.typed').is_file()"
    session.run("python", "-c", typed)


@nox.session(tags=["ci"])
def docs(session: nox.Session) -> None:
    """The documentation: no warning, no dead link between pages, nothing fetched from elsewhere.

    `docs/_build/man/tlsrpt.1` is the page about the command line as a manual page. The page has
    links to the files in `docs/_build/html/_static/completion`.

    The generator page runs Python in the browser: Pyodide from npm, and an archive with this
    package and the modules that it needs.
    """
    install(session, "docs")
    options = ("-E", "-W", "-n", "--keep-going")
    session.run("sphinx-build", *options, "-b", "html", "docs", str(SITE))
    manual = SITE.with_name("man")
    session.run("sphinx-build", *options, "-b", "man", "docs", str(manual))
    if dead := DEAD.findall((manual / "tlsrpt.1").read_text(encoding="utf-8")):
        session.error(f"the manual page has links to {dead}")
    session.run("python", "docs/completion.py", str(SITE / "_static" / "completion"))
    for page in SITE.rglob("*.html"):
        fetched = FETCHED.findall(page.read_text(encoding="utf-8"))
        if fetched:
            session.error(f"{page} fetches {fetched}")
    pyodide = install_modules(session) / "pyodide"
    modules = Path(session.create_tmp()) / "modules"
    requirements = ("--require-hashes", "--requirement", str(GENERATOR / "requirements.txt"))
    session.install("--no-deps", "--upgrade", "--target", str(modules), *requirements)
    built = SITE / "_static" / "generator" / "python"
    folders = (str(GENERATOR), str(Path.cwd()), str(modules))
    session.run("node", str(GENERATOR / "build.mjs"), str(pyodide), str(built), *folders)


@nox.session(tags=["ci"])
def completion(session: nox.Session) -> None:
    """Completion of the command line, in bash, zsh and fish."""
    install(session, "test")
    install_programs(session, {shell: shell for shell in ("bash", "zsh", "fish")})
    session.run("pytest", "tests/completion.py", *session.posargs)


@nox.session(tags=["ci"], requires=["docs"])
def page(session: nox.Session) -> None:
    """The generator page in Chromium, and its Python beside this one."""
    install(session, "test", "page")
    session.install("--group", "node")
    session.install("--require-hashes", "--requirement", str(GENERATOR / "requirements.txt"))
    install_programs(session, {"chromium": "chromium"})
    session.run("pytest", "tests/page/real.py", *session.posargs)


@nox.session(requires=["docs"])
def accessibility(session: nox.Session) -> None:
    """What axe says of each page of the documentation, wide and light, narrow and dark."""
    install(session, "test", "page")
    install_programs(session, {"chromium": "chromium"})
    axe = install_modules(session) / "axe-core" / "axe.min.js"
    tests = "tests/page/accessible.py"
    session.run("pytest", tests, *session.posargs, env={"TLSRPT_AXE": str(axe)})


@nox.session(requires=["docs"])
def picture(session: nox.Session) -> None:
    """Draw the pictures of docs/index.md anew, in Chromium: the generator and a page of reports."""
    install(session, "page")
    install_programs(session, {"chromium": "chromium"})
    arguments = (str(SITE), "docs/_static/picture")
    session.run("python", "docs/picture.py", *arguments, env={"PYTHONPATH": str(GENERATOR)})


@nox.session(tags=["ci"])
def pyodide(session: nox.Session) -> None:
    """The tests on Python 3.14, as far as they can run in WebAssembly.

    It has neither processes nor sockets nor threads, and no compiled packages such as pydantic.
    """
    package = install_modules(session) / "pyodide"
    libraries = str(package.parent / "libraries")
    pure = ("--only-binary=:all:", "--platform=any", "--python-version=3.14", "--abi=none")
    session.install("--target", libraries, "--upgrade", *pure, "--group", "pyodide")
    script = ("tests/page/pyodide.mjs", str(package), "tests/page/unit_tests.py")
    session.run("node", "--stack-size=3900", *script, libraries, *session.posargs)


@nox.session(tags=["ci"])
def unicode(session: nox.Session) -> None:
    """The table of scripts comes from Unicode's data, and homographs are refused as ICU does."""
    install(session, "test", "unicode")
    session.run("pytest", "tests/unicode/real.py", *session.posargs)


@nox.session
def engines(session: nox.Session) -> None:
    """The examples of the documentation that need Spark, Dask, DuckDB or pandas."""
    install(session, "test", "engines")
    install_programs(session, {"java": "default-jre-headless"})
    session.env["SPARK_LOCAL_IP"] = "127.0.0.1"
    run_pages(
        session,
        "docs/howto/billion-records.md",
        "docs/howto/history.md",
        "docs/howto/many-domains.md",
        "docs/howto/read-reports.md",
    )


@nox.session
def tools(session: nox.Session) -> None:
    """The examples of the documentation that need octoDNS, an HCL parser, FastAPI or dkimpy.

    Then the recipes for nsupdate, Lexicon and Ansible, at a knot on loopback that takes updates.
    """
    install(session, "test", "tools")
    install_programs(session, {"knotd": "knot", "nsupdate": "bind9-dnsutils"})
    pages = ("dns-apis.md", "pydantic.md", "send-reports.md")
    run_pages(session, *(f"docs/howto/{page}" for page in pages))
    session.run("pytest", "-W", "default", "tests/dns/tools.py")


@nox.session
def release(session: nox.Session) -> None:
    """What a release consists of, checked, in `dist`; `-- VERSION` sets version and date before.

    Nothing is published. The tests run on what the source distribution holds, and the list of
    components (SBOM) is that of an environment with the wheel and what it needs.
    """
    if session.posargs:
        set_version(session, *session.posargs)
    session.install("--upgrade", "pip")
    session.install("--group", "release")
    built = Path("dist").resolve()
    shutil.rmtree(built, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(built))
    (wheel,) = built.glob("*.whl")
    (source,) = built.glob("*.tar.gz")
    session.run("twine", "check", "--strict", str(wheel), str(source))
    session.run("check-wheel-contents", str(wheel))

    place = Path(session.create_tmp()).resolve()
    users = place / "users"
    python = str(users / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    session.run("python", "-m", "venv", "--clear", str(users))
    session.run(python, "-m", "pip", "install", "--quiet", "--upgrade", "pip", external=True)
    session.run(python, "-m", "pip", "install", "--quiet", str(wheel), external=True)
    components = built / f"{wheel.name.removesuffix('.whl')}.cdx.json"
    session.run("cyclonedx-py", "environment", "--output-file", str(components), python)

    shutil.unpack_archive(source, place, filter="data")
    with session.chdir(place / source.name.removesuffix(".tar.gz")):
        session.run(python, "-m", "pip", "install", "-q", "--group", "test", ".", external=True)
        session.run(python, "-m", "pytest", external=True)


def set_version(session: nox.Session, version: str) -> None:
    """Write a version into the package, and with today's date into the changelog."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?", version):
        session.error(f"{version} is not a version; write one such as 1.0.0 or 1.0.0rc1")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    texts: dict[Path, str] = {}
    for name, before, after in (
        ("tlsrpt/__init__.py", '__version__ = ".*"', f'__version__ = "{version}"'),
        ("CHANGELOG.md", r"## \[.*\] - unreleased", f"## [{version}] - {today}"),
    ):
        path = Path(name)
        texts[path], found = re.subn(before, after, path.read_text(encoding="utf-8"), count=1)
        if not found:
            hint = "if it has the version already, run the session without one"
            session.error(f"{name} has nothing like {before}; {hint}")
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


@nox.session
def benchmark(session: nox.Session) -> None:
    """How long the package takes, beside others: a quarter of an hour, with `-- --fast` less."""
    install(session, "benchmark")
    session.run("python", "tests/benchmarks/speed.py", "--quiet", *session.posargs)


@nox.session
def reports(session: nox.Session) -> None:
    """How fast reports are read, and what parsedmarc reads of the same files."""
    install(session, "benchmark")
    session.run("python", "tests/benchmarks/reports.py")


@nox.session
def readers(session: nox.Session) -> None:
    """How others read telling records: the table of docs/conformance.md."""
    install(session, "benchmark")
    session.run("python", "tests/benchmarks/readers.py")


@nox.session
def others(session: nox.Session) -> None:
    """The examples of the documentation that need checkdmarc or parsedmarc."""
    install(session, "test", "benchmark")
    run_pages(session, "docs/howto/from-checkdmarc.md", "docs/howto/from-parsedmarc.md")


@nox.session
def interoperability(session: nox.Session) -> None:
    """Records in knot and bind, reports for parsedmarc, and reports of tlsrpt-reporter."""
    install(session, "test", "interoperability")
    programs = {"knotd": "knot", "named": "bind9", "dig": "bind9-dnsutils"}
    install_programs(session, {**programs, "curl": "curl", "openssl": "openssl"})
    tests = (f"tests/interoperability/{name}.py" for name in ("zones", "reports", "reporter"))
    session.run("pytest", *tests, *session.posargs)


@nox.session
def oracle(session: nox.Session) -> None:
    """Law 3 on 100,000 texts, or as many as the argument says: about a quarter of an hour."""
    install(session, "test")
    examples = session.posargs[0] if session.posargs else "100000"
    session.run("pytest", "-s", "tests/test_oracle.py", env={"TLSRPT_EXAMPLES": examples})


@nox.session
def search(session: nox.Session) -> None:
    """Wrong fixes among those of 300,000 texts, or as many as the argument says: ten minutes."""
    install(session, "test")
    session.run("python", "-m", "tests.search", *session.posargs)


@nox.session(python="3.11")
def fuzz(session: nox.Session) -> None:
    """The laws on what a fuzzer comes up with in 60 seconds, or as many as the argument says."""
    install(session, "fuzz", "test")
    # What is new or fails is kept there, and tried first the next time.
    kept = session.create_tmp()
    seconds = session.posargs[0] if session.posargs else "60"
    session.run(
        *("python", "-m", "tests.fuzz.fuzz_tlsrpt", f"-max_total_time={seconds}"),
        *("-timeout=20", "-dict=tests/fuzz/tlsrpt.dict", f"-artifact_prefix={kept}/"),
        *(kept, "tests/fuzz/corpus"),
    )


@nox.session(python="3.11")
def fuzz_reports(session: nox.Session) -> None:
    """The laws about reports on what a fuzzer comes up with, as `fuzz`."""
    install(session, "fuzz", "test")
    kept = session.create_tmp()
    seconds = session.posargs[0] if session.posargs else "60"
    session.run(
        *("python", "-m", "tests.fuzz.fuzz_report", f"-max_total_time={seconds}"),
        *("-timeout=20", f"-artifact_prefix={kept}/", kept, "tests/report/data"),
    )


@nox.session
def growth(session: nox.Session) -> None:
    """The time of every public entry on hostile text: linear in its length."""
    install(session)
    session.run("python", "tests/benchmarks/growth.py")


@nox.session(python="3.11")
def mutation(session: nox.Session) -> None:
    """The share of mutants that the tests kill: at least 95 %. About half an hour.

    mutmut makes none of decorated functions, such as properties, nor of patterns and tables.
    """
    install(session, "mutation")
    session.run("mutmut", "run", *session.posargs)
    session.run("mutmut", "export-cicd-stats", silent=True)
    stats = json.loads(Path("mutants/mutmut-cicd-stats.json").read_text(encoding="utf-8"))
    killed = stats["killed"] + stats["timeout"]
    share = killed / stats["total"]
    session.log(f"{killed} of {stats['total']} killed: {share:.1%}; {stats}")
    if share < LEAST_KILLED:
        session.error("too many survivors: see `mutmut results`")
