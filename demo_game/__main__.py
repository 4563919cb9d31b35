"""`python -m demo_game`."""

import sys

from .app.command import main

sys.exit(main())
