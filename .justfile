# Developer commands: `just` lists them. All are plain cargo or scripts of `.ci/`, so nothing here is needed to work.

set shell := ["bash", "-euo", "pipefail", "-c"]

# List the recipes.
[private]
default:
    @just --list --unsorted

# Everything that must hold before a commit: format, rules, lints, tests.
[group('check')]
check: fmt-check tidy lint test

# Format the code.
[group('check')]
fmt:
    cargo fmt --all

# Fail if the code is not formatted.
[group('check')]
fmt-check:
    cargo fmt --all --check

# Assert the rules of the repository; `--no-docs` skips the generated pages.
[group('check')]
tidy *ARGS:
    cargo xtask tidy {{ ARGS }}

# Lint the code.
[group('check')]
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Check the dependencies' licenses, sources and advisories (needs cargo-deny).
[group('check')]
deny:
    cargo deny check

# Check the spelling (needs typos).
[group('check')]
typos:
    typos

# Run everything that CI runs.
[group('check')]
ci:
    .ci/run

# Run all tests of the default packages; arguments go to cargo: `just test -p ivs-judge`.
[group('test')]
test *ARGS:
    cargo test {{ ARGS }}

# Review changed snapshots (needs cargo-insta).
[group('test')]
snapshots:
    cargo insta review

# Check the embedded emulator with the command.
[group('test')]
contract *ARGS:
    cargo run --release -- check {{ ARGS }}

# Run the tests in parallel processes, without those that share one long run (needs cargo-nextest).
[group('fast')]
fast *ARGS:
    cargo nextest run {{ ARGS }}

# Compile everything without building it.
[group('fast')]
quick:
    cargo check --workspace --all-targets

# Run null servers and planted faults in release mode; arguments filter: `just faults tag-lost`.
[group('faults')]
faults *ARGS:
    cargo xtask faults {{ ARGS }}

# Write the generated pages of docs/.
[group('docs')]
docs:
    cargo xtask docs

# Build the API documentation; warnings are errors.
[group('docs')]
api *ARGS:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --workspace {{ ARGS }}

# Run the official Rust SDKs, boto3 and the AWS CLI against the emulator.
[group('clients')]
clients: release
    cargo test -p ivs-emulator-sdk-tests
    .ci/clients target/release/ivs-contract

# Check moto, a foreign endpoint.
[group('clients')]
moto: release
    work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT && .ci/moto target/release/ivs-contract "$work"

# Run our load workers under a stock Locust master.
[group('clients')]
locust: release
    cargo build --release -p ivs-loadtests --example target
    .ci/locust target/release/ivs-contract target/release/examples/target

# Build the command.
[group('bench')]
release:
    cargo build --release -p ivs-contract

# Build the command as it is released: fully optimized, linked as one, stripped.
[group('bench')]
dist:
    cargo build --profile dist -p ivs-contract

# Run the benchmarks of a package: `just bench ivs-generators`.
[group('bench')]
bench PACKAGE='ivs-generators' *ARGS='':
    cargo bench -p {{ PACKAGE }} {{ ARGS }}

# Time full checks of endpoints near, far away and slow to settle, side by side.
[group('bench')]
bench-check *ARGS: release
    python3 crates/ivs-contract/benches/check.py {{ ARGS }}
