#!/usr/bin/env bash
# Searches the limit of `serve --latency 5` $RUNS times, and prints the rates that held `p99 < 50ms` and their spread. Takes about two
# minutes a search. With `--max-users 64`, the limit is that of 64 connections; without, that of the machine, which generator and
# server share.
# usage: loadtests/benches/find-limit.sh [COMMAND [LOAD-FLAGS...]]
set -euo pipefail
cd "$(dirname "$0")/../.."
command=${1:-target/release/ivs-contract}
shift || true
runs=${RUNS:-3}
work=$(mktemp -d)
"$command" serve --port 0 --latency 5 >"$work/server" 2>/dev/null &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT
until grep -q 'AWS_ENDPOINT_URL=' "$work/server"; do sleep 0.05; done
url=$(sed -n 's/.*AWS_ENDPOINT_URL=//p' "$work/server")
for run in $(seq "$runs"); do
    # Exit code 3: the generator was too slow for more.
    "$command" load channel-reads --endpoint-url "$url" --find-limit 'p99 < 50ms' --output json "$@" >"$work/limit-$run.json" || [ $? -eq 3 ]
done
python3 - "$work"/limit-*.json <<'PY'
import json
import sys

limits = [json.load(open(path, encoding="utf-8")) for path in sys.argv[1:]]
held = [limit["held"] for limit in limits]
for limit in limits:
    print(f"held {limit['held']:.0f}/s, not {limit['not_held'] or 0:.0f}/s, bound by {limit['bound']}, {len(limit['trials'])} trials")
print(f"highest / lowest: {max(held) / min(held):.2f}")
PY
