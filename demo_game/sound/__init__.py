"""What a match sounds like; nothing is read from a file, all of it is computed.

`cues.heard` decides what is heard when (no pygame), `mixer.Mixer` plays it, `synth` and
`tune` compute the samples out of the parts in `waves`. Imports `world` for `Effect`, nothing else of the game.
"""
