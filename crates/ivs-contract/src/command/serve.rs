//! `ivs-contract serve`: the emulator as a program of its own.

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use ivs_emulator::{Emulator, Observer, Options};

use crate::arguments::ServeArguments;
use crate::exit_code::Ending;
use crate::interrupt;

pub(crate) async fn run(arguments: &ServeArguments, debug: bool) -> Result<Ending> {
    let observer = debug.then(|| {
        Observer::new(|observed| {
            let operation = observed.operation.unwrap_or("-");
            let error = observed.error.unwrap_or("");
            eprintln!(
                "{} {} {} {:?} {operation} {} {error}",
                observed.method, observed.path, observed.status, observed.elapsed, observed.request_id
            );
        })
    });
    let bind = SocketAddr::new(arguments.host, arguments.port);
    let options = Options {
        bind,
        observer,
        rates: arguments.rates,
        latency: Duration::from_millis(arguments.latency),
        settling: Duration::from_millis(arguments.settling),
        keys: arguments.key.clone(),
        fault: arguments.fault,
        ..Options::default()
    };
    let running = Emulator::start(options)
        .await
        .with_context(|| format!("cannot serve on {bind}: choose another --port, or 0 for a free one"))?;
    // One line, flushed at once: scripts wait for it and read the address from it.
    let mut stdout = std::io::stdout();
    writeln!(stdout, "serving ivs, ivs-realtime and ivschat: export AWS_ENDPOINT_URL={}", running.url())?;
    stdout.flush()?;
    interrupt::first().await?;
    running.stop().await;
    Ok(Ending::Conforms)
}
