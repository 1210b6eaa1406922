//! Any body to any operation, as if correctly signed: parser, evaluator and handler neither panic nor fail with a 5xx.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ivs_emulator::fuzzing::body(bytes));
