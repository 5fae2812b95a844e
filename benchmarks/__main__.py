"""`python -m benchmarks`: measure, and print the ratios."""

import argparse

from benchmarks import answers, load

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--documents", type=int, default=load.DOCUMENTS, help="ticks to load")
    parser.add_argument(
        "--messages", type=int, default=answers.MESSAGES, help="messages to answer from"
    )
    parser.add_argument("--only", choices=("answers", "load"), help="default: all")
    arguments = parser.parse_args()
    if arguments.only != "answers":
        load.run(arguments.documents)
    if arguments.only != "load":
        answers.run(arguments.messages)
