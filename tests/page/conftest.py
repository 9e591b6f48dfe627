"""These run in sessions of their own, which have what they need."""

collect_ignore = ["accessible.py", "real.py", "unit_tests.py"]
