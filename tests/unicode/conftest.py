"""The scripts here need ICU, which no test needs: `nox -s unicode` runs them, not pytest."""

collect_ignore_glob = ["generate.py", "real.py"]
