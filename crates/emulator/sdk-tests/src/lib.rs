//! The tests of this package live in `tests/`: the official AWS SDKs for Rust judge the emulator.
