"""`python -m benchmarks`: measure, and print the ratios."""

import argparse

from benchmarks import answers, capture, load, pictures, term

if __name__ == "__main__":
    measured = {
        "load": lambda: load.run(arguments.documents),
        "capture": lambda: capture.run(arguments.seconds),
        "term": lambda: term.run(arguments.messages or term.MESSAGES),
        "pictures": lambda: pictures.run(arguments.messages or pictures.MESSAGES),
        "answers": lambda: answers.run(arguments.messages or answers.MESSAGES, arguments.requests),
    }
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--documents", type=int, default=load.DOCUMENTS, help="ticks to load")
    parser.add_argument("--messages", type=int, help="of the laboratory (default: each its own)")
    parser.add_argument("--seconds", type=int, default=capture.SECONDS, help="how long to capture")
    parser.add_argument(
        "--requests", type=int, default=answers.BUS_REQUESTS, help="of dashboards, over streams"
    )
    parser.add_argument("--only", choices=tuple(measured), help="default: all")
    arguments = parser.parse_args()
    for name, measure in measured.items():
        if arguments.only in {None, name}:
            measure()
