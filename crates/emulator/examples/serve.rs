//! The emulator alone on one thread, for `benches/beside_moto.py`. It prints its URL and serves until it is killed.
//!
//! Users run `ivs-contract serve` instead.

use ivs_emulator::{Emulator, Options};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let running = Emulator::start(Options::default()).await?;
    #[allow(clippy::print_stdout, reason = "the script reads the address from the first line")]
    {
        println!("{}", running.url());
    }
    std::future::pending::<()>().await;
    running.stop().await;
    Ok(())
}
