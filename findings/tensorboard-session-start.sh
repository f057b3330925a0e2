#!/bin/bash
# TensorBoard 2.21.0: each of its two loaders has its own rule for the steps that a resumed run repeats.
#
# One would guess: a run resumes at step N, in a new event file that begins with SessionLog START at
# step N + 1. Then TensorBoard drops the points of the old file behind N, whichever loader reads it.
#
# What happens: the fast loader (the default, --load_fast=auto, where it can run) ignores START. It
# drops the later points of a tag when the tag's steps go back: 150 points for 150 steps without any
# START, and as long as the resumed session has no point, all the old ones. The slow loader
# (--load_fast=false) drops points at a START only, and not at the first START of a run: with a START
# in the resumed file alone it shows 200 points for 150 steps. So every session has to begin with a
# START, the first one too. And files are read in the order of their names, which begin with the
# time: if the clock went back, so that the new file comes before the old one, both loaders drop the
# resumed session, though each file has its START, and show the old file: 100 of 150 steps.
#
# Why it matters: a writer that puts a START at the resumption only, such as PyTorch's SummaryWriter
# with purge_step there, looks right under the default, which goes by the steps. Where the fast
# loader does not run, the same files show two curves at the repeated steps.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Every package is pinned. They need Python 3.11 or later.
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install -qq --disable-pip-version-check tensorboard==2.21.0 \
  tensorboard-data-server==0.7.2 setuptools==84.0.0 absl-py==2.5.0 grpcio==1.84.0 Markdown==3.11 \
  MarkupSafe==3.0.3 numpy==2.4.6 packaging==26.3 pillow==12.3.0 protobuf==7.36.2 \
  typing_extensions==4.16.0 Werkzeug==3.1.9

cat > "$dir/sessions.py" <<'PYTHON'
import json
import os
import sys
import time
from importlib.metadata import version
from urllib.parse import quote
from urllib.request import urlopen

from tensorboard import program
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

START = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
EARLIER, OLD, LATER = 1600000000, 1700000000, 1800000000


def scalar(tag, step, value):
    summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, simple_value=value)])
    return event_pb2.Event(wall_time=time.time(), step=step, summary=summary)


def write(logs, run, clock, steps, start, value, last):
    """Writes an event file; the tag "end" ends the file that is read last."""
    os.makedirs(f"{logs}/{run}", exist_ok=True)
    with open(f"{logs}/{run}/events.out.tfevents.{clock}.host", "xb") as out:
        events = [event_pb2.Event(wall_time=time.time(), file_version="brain.Event:2")]
        if start:
            events.append(event_pb2.Event(wall_time=time.time(), step=steps.start, session_log=START))
        events += [scalar("loss", step, value) for step in steps]
        if last:
            events.append(scalar("end", steps.stop, value))
        writer = RecordWriter(out)
        for event in events:
            writer.write(event.SerializeToString())


# For each run: START in the old file, START in the resumed file, the latter's time and steps.
RUNS = {
    "no START": (False, False, LATER, range(51, 151)),
    "START in the resumed file": (False, True, LATER, range(51, 151)),
    "START in both files": (True, True, LATER, range(51, 151)),
    "START in both files, no point yet": (True, True, LATER, range(51, 51)),
    "START in both files, clock went back": (True, True, EARLIER, range(51, 151)),
}


def show(logs, loader, fast):
    board = program.TensorBoard()
    board.configure(argv=["", "--logdir", logs, "--load_fast", fast, "--host", "localhost", "--port", "0"])
    url = board.launch() + "data/plugin/scalars/"

    def get(path):
        with urlopen(url + path, timeout=30) as answer:
            return json.load(answer)

    limit = time.monotonic() + 60
    while not all("end" in get("tags").get(run, {}) for run in RUNS):
        if time.monotonic() > limit:
            sys.exit("not loaded within 60 seconds")
        time.sleep(0.2)
    for run in RUNS:
        points = get("scalars?tag=loss&run=" + quote(run))
        steps = {step for _, step, _ in points}
        resumed = sum(value == 1 for _, _, value in points)
        print(f"{loader} loader, {run}: {len(points)} points, {len(steps)} steps, {resumed} points are new")


print("Python", sys.version.split()[0])
for name in ["tensorboard", "tensorboard-data-server", "protobuf"]:
    print(name, version(name))
logs = sys.argv[1]
for run, (old_start, new_start, clock, steps) in RUNS.items():
    write(logs, run, OLD, range(1, 101), old_start, 0, last=clock < OLD)
    write(logs, run, clock, steps, new_start, 1, last=clock > OLD)
show(logs, "fast", "true")
show(logs, "slow", "false")
PYTHON
no_proxy=localhost "$dir/venv/bin/python" "$dir/sessions.py" "$dir/logs" 2> "$dir/log" | tee "$dir/out" ||
  { cat "$dir/log"; exit 1; }

expect() { # CASE POINTS STEPS
  grep -qF "$1: $2 points, $3 steps" "$dir/out" || { echo "CHANGED: $1: not $2 points, $3 steps"; exit 1; }
}
expect "fast loader, no START" 150 150
expect "fast loader, START in the resumed file" 150 150
expect "fast loader, START in both files" 150 150
expect "fast loader, START in both files, no point yet" 100 100
expect "fast loader, START in both files, clock went back" 100 100
expect "slow loader, no START" 200 150
expect "slow loader, START in the resumed file" 200 150
expect "slow loader, START in both files" 150 150
expect "slow loader, START in both files, no point yet" 50 50
expect "slow loader, START in both files, clock went back" 100 100
echo "as described"
