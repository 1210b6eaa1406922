//! `ivs-contract serve`: runs the emulator.

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use ivs_emulator::{Emulator, Observer, Options};

use super::arguments::ServeArguments;
use super::exit_status::ExitStatus;
use super::interrupt::Interrupts;

pub(super) async fn run(arguments: &ServeArguments, debug: bool) -> Result<ExitStatus> {
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
        retention: Duration::from_secs(arguments.retention),
        keys: arguments.key.clone(),
        control_hosts: arguments.control_host.clone(),
        fault: arguments.fault,
        ..Options::default()
    };
    let running = Emulator::start(options)
        .await
        .context("cannot start the emulator (choose another port; --port 0 picks a free one)")?;
    if !arguments.host.is_loopback() && arguments.key.is_empty() {
        eprintln!(
            "warning: every machine that reaches {} can use this emulator with the secret `test`, and reset it; \
             `--key ID:SECRET` asks for keys",
            running.local_addr()
        );
    }
    let mut interrupts = Interrupts::register()?;
    // Scripts wait for this line and read the address from it, so it is flushed at once.
    let mut stdout = std::io::stdout();
    writeln!(stdout, "serving ivs, ivs-realtime and ivschat: export AWS_ENDPOINT_URL={}", running.url())?;
    stdout.flush()?;
    interrupts.next().await;
    running.stop().await;
    Ok(ExitStatus::Success)
}
