"""What the three scripts are told on their command line."""

import argparse
from pathlib import Path


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=["mlp", "cnn", "lstm", "transformer"])
    parser.add_argument("folder", type=Path, help="where the run is kept")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--record", default="light", help="off, light or full; none for a loop that is not recorded at all"
    )
    parser.add_argument("--own-order", action="store_true", help="a sampler of one's own instead of shuffle=True")
    parser.add_argument("--plant", help="which mistake to make")
    parser.add_argument("--at", type=int, default=25, help="at which step to make it")
    return parser.parse_args()
