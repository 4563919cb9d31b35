"""The curves of `rollstep bench core --plot`: cost against state size and against rollback depth. Needs matplotlib."""

from __future__ import annotations

from pathlib import Path

from rollstep import UsageError

try:
    from matplotlib.figure import Figure
except ImportError:
    raise UsageError("--plot needs matplotlib: pip install 'rollstep[plot]', or leave --plot out") from None

INK, OURS, THEIRS = "#333333", "#0072b2", "#d55e00"


def draw(path: Path, curves: dict[str, list[tuple[int, float, float]]]) -> None:
    """A PNG of two diagrams; raises UsageError when it cannot be written."""
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    axes = figure.subplots(1, 2)
    labels = {"size": "bytes of state", "depth": "frames rolled back in every frame"}
    for axis, (name, label) in zip(axes, labels.items(), strict=True):
        places = [point[0] for point in curves[name]]
        axis.plot(places, [point[1] / 1000 for point in curves[name]], "o-", color=OURS, label="rollstep")
        axis.plot(places, [point[2] / 1000 for point in curves[name]], "s--", color=THEIRS, label="C")
        axis.set_xlabel(label, color=INK)
        axis.set_ylabel("µs per peer and frame", color=INK)
        axis.legend(frameon=False)
        axis.grid(alpha=0.25)
    axes[0].set_xscale("log", base=2)
    axes[0].set_yscale("log")
    axes[1].set_ylim(bottom=0)
    figure.suptitle("A rollback match of two players, its peers in one compiled loop")
    try:
        figure.savefig(path, dpi=110, format="png")
    except OSError as error:
        raise UsageError(f"--plot {path} cannot be written: {error.strerror}") from None
