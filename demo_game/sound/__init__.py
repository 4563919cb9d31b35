"""What a match sounds like; nothing is read from a file, all of it is computed.

`cues.Cues` decides what is heard when (no pygame: rollbacks are its business), `mixer.Mixer` plays it, `synth` and
`tune` compute the samples out of the parts in `waves`. Imports `world` for `Effect`, nothing else of the game.
"""
