"""Sans-IO peers: who they are, whether they fit, when a frame is due. Time comes in as an argument, in microseconds
or nanoseconds as the name says; nothing here reads a clock or a socket.

events (what a session reports), handshake (hello, comparison, seed), seats (who is at which address), silence (who was
not heard for how long), pacing (deadlines), time_sync (who runs ahead), budget (what their datagrams may cost), inquest (where
the states of two frozen peers part).
May import wire and below; never rollback. The names that matter: `Handshake`, `Pacer`, `TimeSync`.
"""
