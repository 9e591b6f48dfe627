"""What `nox -s interoperability` runs needs name servers and other packages."""

collect_ignore_glob = ["*.py"]
