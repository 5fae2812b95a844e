"""`python -m benchmarks`: measure, and print the ratios."""

import argparse

from benchmarks import load

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--documents", type=int, default=load.DOCUMENTS, help="ticks to load")
    load.run(parser.parse_args().documents)
