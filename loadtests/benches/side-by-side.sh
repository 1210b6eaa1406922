#!/usr/bin/env bash
# Load generators side by side on this machine: the server on one core, the client on the other, the same request.
# Needs wrk; takes oha from $OHA and locust from $LOCUST if they are installed (cargo install --locked oha;
# pip install locust==2.47.0 botocore). Prints requests/s, medians of $RUNS runs, and the ratios of
# docs/performance.md: ours signed / wrk unsigned >= 0.6, ours signed / oha signed >= 1.6.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${SECONDS_EACH:-8}
runs=${RUNS:-3}
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

median() { sort -n | awk '{ rows[NR] = $1 } END { print rows[int((NR + 1) / 2)] }'; }
measure() { for _ in $(seq "$runs"); do "$@" 2>/dev/null; done | median; }
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

echo "$(date -u +%F), $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | xargs), $connections connections, $seconds s x $runs"
declare -A rate
row() { rate[$1]=$(measure "$2"); printf '%-42s %10.0f req/s\n' "$1" "${rate[$1]:-0}"; }
row "wrk, unsigned" wrk_unsigned
row "ours, own loop, signed" ours_plain
row "ours, goose, signed" ours_goose
row "goose + reqwest + aws-sigv4, signed" plain_goose
if [ -n "$oha" ]; then row "oha, unsigned" oha_unsigned; row "oha, signed" oha_signed; fi
if [ -n "$locust" ]; then
    row "locust + botocore, signed" locust_signed
    if [ ! -e "$work/locust_stats.csv" ]; then tail -n 1 "$work/locust.log"; fi
fi
ratio() { awk -v a="${rate[$1]}" -v b="${rate[$2]:-0}" -v n="$1 / $2" -v w="$3" 'BEGIN { if (b > 0) printf "%-62s %5.2f (budget %s)\n", n, a / b, w }'; }
ratio "ours, goose, signed" "wrk, unsigned" "0.6"
ratio "ours, own loop, signed" "wrk, unsigned" "0.6"
if [ -n "$oha" ]; then
    ratio "ours, goose, signed" "oha, signed" "1.6"
    ratio "ours, own loop, signed" "oha, signed" "1.6"
fi
ratio "ours, goose, signed" "goose + reqwest + aws-sigv4, signed" "none"
