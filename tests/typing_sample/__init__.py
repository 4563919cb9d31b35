"""A small game with every annotation that a game can have. `game` must pass type checkers, `mistakes` must not."""
