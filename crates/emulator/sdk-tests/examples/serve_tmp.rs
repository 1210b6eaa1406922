//! Temporary.
use ivs_emulator::{Emulator, Options};
#[tokio::main]
async fn main() {
    let running = Emulator::start(Options::default()).await.unwrap();
    println!("listening AWS_ENDPOINT_URL={}", running.url());
    std::future::pending::<()>().await;
}
