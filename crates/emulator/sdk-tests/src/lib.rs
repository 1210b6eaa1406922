//! Tests of the emulator with the official AWS SDKs for Rust, in `tests/`.
