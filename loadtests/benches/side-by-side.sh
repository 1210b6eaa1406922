#!/usr/bin/env bash
# Load generators side by side on this machine: the server on one core, the client on the other, the same request.
# Needs wrk; takes oha from $OHA and locust from $LOCUST if they are installed (cargo install --locked oha;
# pip install locust==2.47.0 botocore). The runs are interleaved: each round runs every client once, so that a change of the
# machine's speed meets all of them. Prints requests/s, the median of $RUNS rounds with its spread, and the ratios of
# docs/performance.md, of each round: ours signed / wrk unsigned >= 0.9, ours signed / oha signed >= 1.6.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${SECONDS_EACH:-8}
runs=${RUNS:-5}
connections=${CONNECTIONS:-32}
oha=${OHA:-$(command -v oha || true)}
locust=${LOCUST:-$(command -v locust || true)}
target_dir=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
cargo build --release -q -p ivs-loadtests --features goose,locust --example drive --example target
cargo build --release -q -p ivs-load --features goose --example plain_goose

taskset -c 0 "$target_dir/release/examples/target" 0 >"$work/server" &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT
until grep -q '^http' "$work/server" 2>/dev/null; do sleep 0.05; done
url=$(grep -m1 '^http' "$work/server")
body='{"arn":"arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"}'
cat >"$work/post.lua" <<LUA
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '$body'
LUA

client() { taskset -c 1 "$@"; }

ours_plain() { client "$target_dir/release/examples/drive" --url "$url" --users "$connections" --duration "${seconds}s" --json \
    | python3 -c 'import json, sys; print(json.load(sys.stdin)["total"]["rps"])'; }
ours_goose() { client "$target_dir/release/examples/drive" --url "$url" --users "$connections" --duration "${seconds}s" --goose --json \
    | tail -n1 | python3 -c 'import json, sys; print(json.load(sys.stdin)["total"]["rps"])'; }
plain_goose() {
    client "$target_dir/release/examples/plain_goose" --host "$url" --users "$connections" --increase-rate "$connections" \
        --run-time "${seconds}s" --no-reset-metrics --report-file "$work/plain.json" -qqq --no-print-metrics >/dev/null
    python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); print(sum(x["raw_data"]["counter"] for x in r["raw_metrics"]["requests"].values()) / float(sys.argv[2]))' "$work/plain.json" "$seconds"
}
wrk_unsigned() { client wrk -t1 -c"$connections" -d"${seconds}s" -s "$work/post.lua" "$url/GetChannel" | awk '/Requests\/sec/ { print $2 }'; }
oha_json() { python3 -c 'import json, sys; print(json.load(sys.stdin)["summary"]["requestsPerSec"])'; }
oha_unsigned() { client "$oha" --no-tui --output-format json -z "${seconds}s" -c "$connections" -m POST -T application/json -d "$body" "$url/GetChannel" | oha_json; }
oha_signed() { client "$oha" --no-tui --output-format json -z "${seconds}s" -c "$connections" -m POST -T application/json -d "$body" \
    --aws-sigv4 "aws:amz:us-west-2:ivs" -a test:test "$url/GetChannel" | oha_json; }
locust_signed() {
    cat >"$work/locustfile.py" <<'PY'
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from locust import FastHttpUser, constant, task

BODY = '{"arn":"arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"}'


class Reads(FastHttpUser):
    wait_time = constant(0)
    auth = SigV4Auth(Credentials("test", "test"), "ivs", "us-west-2")

    @task
    def read(self):
        request = AWSRequest("POST", self.host + "/GetChannel", data=BODY, headers={"Content-Type": "application/json"})
        self.auth.add_auth(request)
        self.client.post("/GetChannel", data=BODY, headers=dict(request.headers))
PY
    client "$locust" -f "$work/locustfile.py" --headless --host "$url" -u "$connections" -r "$connections" -t "${seconds}s" \
        --only-summary --csv "$work/locust" >"$work/locust.log" 2>&1 || true
    if [ -e "$work/locust_stats.csv" ]; then awk -F, '$2 == "Aggregated" { print $10 }' "$work/locust_stats.csv"; fi
}

echo "$(date -u +%F), $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs), $connections connections, $seconds s x $runs rounds"
rows=("wrk, unsigned=wrk_unsigned" "ours, own loop, signed=ours_plain" "ours, goose, signed=ours_goose"
    "goose + reqwest + aws-sigv4, signed=plain_goose")
if [ -n "$oha" ]; then rows+=("oha, unsigned=oha_unsigned" "oha, signed=oha_signed"); fi
if [ -n "$locust" ]; then rows+=("locust + botocore, signed=locust_signed"); fi
for round in $(seq "$runs"); do
    for row in "${rows[@]}"; do
        printf '%s\t%s\t%s\n' "$round" "${row%%=*}" "$("${row#*=}" 2>/dev/null)" >>"$work/rounds"
    done
done
if [ -n "$locust" ] && ! [ -e "$work/locust_stats.csv" ]; then tail -n 1 "$work/locust.log"; fi

python3 - "$work/rounds" <<'PY'
import statistics, sys

rates = {}
for line in open(sys.argv[1]):
    _, name, rate = line.rstrip("\n").split("\t")
    rates.setdefault(name, []).append(float(rate or 0))
for name, values in rates.items():
    print(f"{name:42} {statistics.median(values):10.0f} req/s  ({min(values):.0f} to {max(values):.0f})")
pairs = [("ours, own loop, signed", "wrk, unsigned", 0.9), ("ours, goose, signed", "wrk, unsigned", 0.9),
         ("ours, own loop, signed", "oha, signed", 1.6), ("ours, goose, signed", "oha, signed", 1.6),
         ("ours, goose, signed", "goose + reqwest + aws-sigv4, signed", None)]
for ours, other, budget in pairs:
    if other not in rates:
        continue
    ratios = [one / two for one, two in zip(rates[ours], rates[other]) if two]
    if not ratios:
        continue
    held = "" if budget is None else f", at least {budget} in {sum(it >= budget for it in ratios)} of {len(ratios)} rounds"
    print(f"{ours + ' / ' + other:62} {statistics.median(ratios):5.2f} ({min(ratios):.2f} to {max(ratios):.2f}){held}")
PY
