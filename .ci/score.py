#!/usr/bin/env python3
"""Compare a build's score on the captures with the figures that are committed.

  score.py OOMTRACE CORPUS SCORER SCORES [--update]

SCORES is JSON: for each folder of CORPUS how many cases are clean, incidents
found, traps held and fields right, and how many extra incidents are confirmed.
A figure below that (above it, for extra) ends with status 1. --update rewrites
SCORES, if nothing fell.
"""
import json
import os
import re
import subprocess
import sys

PATTERNS = {
    "clean": r"clean (\d+)", "found": r"found (\d+)/", "traps": r"traps held (\d+)/",
    "fields": r"fields [\d.]+% \((\d+)/", "extra": r"extra_confirmed (\d+)", "no_report": r"no_report (\d+)",
}
LOWER_IS_BETTER = ("extra", "no_report")


def score(binary, scorer, folder):
    out = subprocess.run([sys.executable, scorer, "cases", binary, folder], capture_output=True, text=True).stdout
    print(os.path.basename(folder), "|", " | ".join(out.strip().splitlines()[-3:]), flush=True)
    return {name: int(re.search(p, out).group(1)) for name, p in PATTERNS.items()}


def main():
    binary, corpus, scorer, path = sys.argv[1:5]
    with open(path) as f:
        want = json.load(f)
    got, fell = {}, []
    for name in sorted(os.listdir(corpus)):
        folder = os.path.join(corpus, name)
        if not os.path.isdir(folder):
            continue
        got[name] = score(binary, scorer, folder)
        for figure, floor in want.get(name, {}).items():
            value = got[name][figure]
            if value > floor if figure in LOWER_IS_BETTER else value < floor:
                fell.append(f"{name}: {figure} is {value}, was {floor}")
    for line in fell:
        print("fell:", line)
    if not fell and "--update" in sys.argv:
        with open(path, "w") as f:
            json.dump(got, f, indent=1, sort_keys=True)
            f.write("\n")
    return 1 if fell else 0


sys.exit(main())
