//! Any method, target, headers and body: the router and the signature check neither panic nor return a 5xx.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ivs_emulator::fuzzing::route(bytes));
