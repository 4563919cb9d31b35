"""The program around the fight: `python -m demo_game`.

    command   the command line
    window    the window, and when to draw
    program   what all screens share, and the loop
    menus     the main menu, settings, controls, the join line
    loading   compiling and drawing sprites behind a progress bar
    show      pictures and sounds of a running session
    playing   a match: local, against the bot, host, join
    desync    a bit turned over for developers, and the report of what it does
    theatre   a replay
    viewer    a window for a peer of `rollstep match --view`
    words     what happens in a session, in words for players

May import everything of demo_game; nothing imports it.
"""

import os

# before anything imports pygame: stdout is for join lines and --stats
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
