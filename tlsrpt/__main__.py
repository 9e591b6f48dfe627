"""Lets `python -m tlsrpt` run the command line."""

import sys

from tlsrpt.cli import main

if __name__ == "__main__":
    sys.exit(main())
