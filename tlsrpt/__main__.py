"""`python -m tlsrpt` is the command line, too."""

import sys

from tlsrpt.cli import main

if __name__ == "__main__":
    sys.exit(main())
