"""`echogls measure`: GLS, segments and flags of clips on the terminal, overlay and curve beside."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from echogls.study import StudyError

OUT = Path("measured")
UNSURE = {"unknown_view", "implausible_view", "mirrored_view", "other_view"}


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("clips", type=Path, nargs="+", help="files or folders of any source format")
    parser.add_argument("--method", help="method of the config (its first: best)")
    parser.add_argument("--view", help="a4c, a2c or alax, instead of the stated or recognised view")
    parser.add_argument(
        "--fps", type=float, help="frames per second, instead of what the file states"
    )
    parser.add_argument(
        "--spacing", type=float, metavar="MM", help="mm per pixel, instead of what the file states"
    )
    parser.add_argument("--format", help="source format; guessed if not given")
    parser.add_argument(
        "--config", type=Path, action="append", default=[], help="your config; several may be given"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=OUT,
        metavar="DIR",
        help=f"folder for pictures and tables ({OUT})",
    )


def run(arguments: Namespace) -> int:
    """Print what was measured of each clip; 1 if one could not be read at all, or none measured."""
    from echogls.measuring import measure_file

    measured, failed, names = 0, 0, {}
    for path in arguments.clips:
        try:
            for measurement in measure_file(
                path,
                source=arguments.format,
                view=arguments.view,
                fps=arguments.fps,
                spacing_mm=arguments.spacing,
                method=arguments.method,
                config=arguments.config,
            ):
                print("\n".join(measurement.lines()))
                if (
                    measurement.status != "ok"
                    and set(measurement.reason.split()) & UNSURE
                    and not arguments.view
                ):
                    print("  if you know its view, say it: --view a4c")
                measured += measurement.status == "ok"
                name = _free(names, measurement.title, path)
                files = measurement.save(arguments.out, name)
                pictures = ", ".join(files[key].name for key in ("movie", "still", "plot"))
                print(f"  {arguments.out}: {pictures}", flush=True)
        except StudyError as error:
            failed += 1
            print(f"{path}: {error}", file=sys.stderr)
    return 0 if measured and not failed else 1


def _free(names: dict[str, Path], title: str, path: Path) -> str:
    """How the files of a clip begin: two clips of one name in several folders stay apart."""
    name, number = title, 2
    while names.setdefault(name, path) != path:
        name, number = f"{title}-{number}", number + 1
    return name
