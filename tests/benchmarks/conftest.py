"""The scripts here need packages that no test needs: their nox sessions run them, not pytest."""

collect_ignore_glob = ["*.py"]
