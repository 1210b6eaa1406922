//! Each check of the suites about semantics is silent on the emulator and tripped by one wrong turn, taken between the runner and
//! the emulator.

mod lifecycle;
#[path = "../run/mod.rs"]
mod run;
mod semantics;
mod snapshots;
mod tampering;
