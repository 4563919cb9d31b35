"""Sans-IO peers: who they are, whether they fit, when a frame is due. Time comes in as an argument, in microseconds
or nanoseconds as the name says; nothing here reads a clock or a socket.

events (what a session reports), channel (a handshake, by two tables), compatible (whether two records fit), agreement (who
plays, and the seed), commitments (commit and reveal), silence (who was not heard for how long), pacing (deadlines), time_sync
(who runs ahead), budget (what datagrams may cost), inquest (where the states of two frozen peers part).
May import wire and below; never rollback. The names that matter: `Channel`, `Agreement`, `Pacer`, `TimeSync`.
"""
