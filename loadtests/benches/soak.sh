#!/usr/bin/env bash
# Memory and file descriptors of the load generator: 50,000 mostly idle users within 200 MB, 5,000 busy ones within 60 MB, and
# no growth over a soak. The server is a process of its own. About $SOAK seconds and two minutes more.
# usage: [SOAK=600] soak.sh COMMAND TARGET   (COMMAND: ivs-contract; TARGET: the example `target` of ivs-loadtests)
set -euo pipefail
command=$(realpath "$1")
target=$(realpath "$2")
soak=${SOAK:-600}
work=$(mktemp -d)
pids=()
cleanup() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
ulimit -n "$(ulimit -Hn)"

"$target" 0 >"$work/server" &
pids+=($!)
for _ in $(seq 100); do grep -q '^http' "$work/server" && break; sleep 0.1; done
url=$(grep -m1 '^http' "$work/server")

# The server follows the contract loosely, which is not in question here.
# usage: load NAME ARGUMENT…   Samples memory (KB) and descriptors of the generator each second until it ends.
load() {
    local name=$1 pid status=0
    shift
    "$command" load channel-reads --endpoint-url "$url" --gate 'error_rate < 1%' --gate 'findings < 9' \
        "$@" --output json >"$work/$name.json" 2>"$work/$name.log" &
    pid=$!
    pids+=("$pid")
    while kill -0 "$pid" 2>/dev/null; do
        awk '/^VmRSS/ { printf "%s ", $2 }' "/proc/$pid/status" 2>/dev/null || true
        find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l
        sleep 1
    done >"$work/$name.samples"
    wait "$pid" || status=$?
    [ "$status" -eq 0 ] || { tail -n 5 "$work/$name.log"; echo "$name: exit $status"; exit 1; }
}
# usage: peak NAME MEGABYTES
peak() {
    local most
    most=$(awk 'NF == 2 && $1 > most { most = $1 } END { print int(most / 1000) }' "$work/$1.samples")
    echo "$1: $(python3 -c 'import json, sys; s = json.load(open(sys.argv[1])); print(s["users"], "users,", s["total"]["requests"], "requests")' "$work/$1.json"), at most $most MB"
    [ "$most" -le "$2" ] || { echo "over $2 MB"; exit 1; }
}

load idle-50000 --users 50000 --ramp 60s --duration 75s --think-time 300s
peak idle-50000 200
load busy-5000 --users 5000 --ramp 5s --duration 15s
peak busy-5000 60
load soak --rate 500 --duration "${soak}s" --max-late 1
# The first tenth is warm-up. What grows later, by a tenth or more, is a leak.
python3 - "$work/soak.samples" "$soak" <<'PY'
import sys

samples = [tuple(map(int, line.split())) for line in open(sys.argv[1]) if len(line.split()) == 2]
warm = samples[len(samples) // 10:-3]
half = len(warm) // 2
early, late = warm[:half], warm[half:]
for name, index, slack in (("memory in KB", 0, 2000), ("descriptors", 1, 5)):
    before, after = max(it[index] for it in early), max(it[index] for it in late)
    print(f"soak of {sys.argv[2]} s: {name} at most {before} in the first half, {after} in the second")
    if after > before * 1.1 + slack:
        sys.exit(f"{name} grow")
PY
