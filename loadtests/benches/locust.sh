#!/usr/bin/env bash
# A stock Locust master with the workers of ivs-load, and with a Python one among them (needs locust==2.47.0 as $LOCUST):
# two workers' sum = the master's total = the server's count; kill -9 with rebalancing; a worker stopped for 5 s.
set -euo pipefail
cd "$(dirname "$0")/../.."
target_dir=${CARGO_TARGET_DIR:-target}
locust=${LOCUST:-$(command -v locust)}
work=$(mktemp -d)
port=${PORT:-25571}
cargo build --release -q -p ivs-loadtests --features goose,locust --example drive --example target
"$target_dir/release/examples/target" 0 >"$work/server" &
pids=($!)
trap 'kill "${pids[@]}" 2>/dev/null || true; [ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
until grep -q '^http' "$work/server" 2>/dev/null; do sleep 0.05; done
url=$(grep -m1 '^http' "$work/server")
cat >"$work/locustfile.py" <<'PY'
from locust import FastHttpUser, constant, task

class ChannelReads(FastHttpUser):
    wait_time = constant(0.02)

    @task
    def read(self):
        self.client.post("/GetChannel", json={"arn": "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"}, name="ivs.GetChannel")
PY
master() { # name, seconds, workers, further flags
    local name=$1 seconds=$2 workers=$3; shift 3
    "$locust" -f "$work/locustfile.py" --master --headless --master-bind-host 127.0.0.1 --master-bind-port "$port" \
        --expect-workers "$workers" -u 8 -r 8 -t "${seconds}s" --host "$url" --csv "$work/$name" --only-summary "$@" >"$work/$name.log" 2>&1 &
    master_pid=$!
    pids+=("$master_pid")
}
worker() { # name
    "$target_dir/release/examples/drive" --url "$url" --master "127.0.0.1:$port" --json >"$work/$1.json" 2>"$work/$1.log" &
    worker_pid=$!
    pids+=("$worker_pid")
}
total() { awk -F, '$2 == "Aggregated" { print $3 }' "$work/$1_stats.csv"; }
requests() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["total"]["requests"])' "$work/$1.json"; }
p99() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["total"]["service"]["p99"] / 1e6)' "$work/$1.json"; }
answered() { sleep 1.2; awk '/^answered/ { n = $2 } END { print n + 0 }' "$work/server"; }

echo "two workers"
before=$(answered)
master sum 10 2; worker one; one=$worker_pid; worker two; two=$worker_pid
wait "$one" "$two" || true; wait "$master_pid" || true
ours=$(( $(requests one) + $(requests two) ))
# Each worker creates one channel before the load and deletes it afterwards.
server=$(( $(answered) - before - 4 ))
echo "  workers $ours, master $(total sum), server $server"
[ "$ours" = "$(total sum)" ] && [ "$ours" = "$server" ] && echo "  equal" || echo "  NOT EQUAL"
echo "  p99: workers $(p99 one) and $(p99 two) ms, master $(awk -F, '$2 == "Aggregated" { print $19 }' "$work/sum_stats.csv") ms"

echo "kill -9 with rebalancing"
master killed 16 2 --enable-rebalancing; worker one; one=$worker_pid; worker two; two=$worker_pid
sleep 7; kill -9 "$one"
wait "$two" || true; wait "$master_pid" || true
python3 -c 'import json, sys; s = json.load(open(sys.argv[1])); print("  the survivor had", s["users"], "users in all and made", s["total"]["requests"], "requests")' "$work/two.json"

echo "a worker stopped for 5 s"
master paused 20 2; worker one; one=$worker_pid; worker two; two=$worker_pid
sleep 6; kill -STOP "$two"; sleep 5; kill -CONT "$two"
wait "$one" "$two" || true; wait "$master_pid" || true
grep -c "self-healed" "$work/paused.log" | sed 's/^/  came back: /'

echo "a Python worker and one of ours"
master mixed 10 2; worker one; one=$worker_pid
"$locust" -f "$work/locustfile.py" --worker --master-host 127.0.0.1 --master-port "$port" >"$work/python.log" 2>&1 &
pids+=($!)
wait "$one" || true; wait "$master_pid" || true
echo "  ours $(requests one) of the master's $(total mixed)"
