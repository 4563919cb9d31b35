"""`python -m rollstep_tools` is the `rollstep` command."""

import sys

from .cli import main

sys.exit(main())
