//! Every operation and suite as a test of its own: `cargo test --test conformance -- ivs::CreateChannel`.
//!
//! The environment names the endpoint, as for the command; without it, the embedded emulator is tested.

fn main() -> std::process::ExitCode {
    ivs_contract::conformance().require_all().run()
}
