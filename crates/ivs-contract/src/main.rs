//! The `ivs-contract` command. Its code is in the library, so that `cargo xtask docs` can read its help.

use std::process::ExitCode;

fn main() -> ExitCode {
    ivs_contract::command::main()
}
