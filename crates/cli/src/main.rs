//! The `ivs-contract` command.

fn main() {}
