//! `ivs-contract serve`: runs the emulator.

mod tls_folder;

use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use ivs_emulator::{Emulator, Observer, Options};

use super::arguments::ServeArguments;
use crate::exit_status::ExitStatus;
use crate::interrupt::Interrupts;

use self::tls_folder::{Secrets, TlsFolder};

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
    let secrets = arguments.tls.as_ref().map(|_| Secrets::draw(arguments.host)).transpose()?;
    let mut keys = arguments.key.clone();
    keys.extend(secrets.iter().map(|secrets| secrets.key.clone()));
    let options = Options {
        bind,
        observer,
        rates: arguments.rates,
        latency: Duration::from_millis(arguments.latency),
        settling: Duration::from_millis(arguments.settling),
        retention: Duration::from_secs(arguments.retention),
        keys,
        tls: secrets.as_ref().map(|secrets| secrets.identity.clone()),
        control_hosts: arguments.control_host.clone(),
        fault: arguments.fault,
        ..Options::default()
    };
    let running = Emulator::start(options)
        .await
        .context("cannot start the emulator (choose another port; --port 0 picks a free one)")?;
    if !arguments.host.is_loopback() && arguments.key.is_empty() && arguments.tls.is_none() {
        eprintln!(
            "warning: every machine that reaches {} can use this emulator with the secret `test`, and reset it; \
             `--key ID:SECRET` asks for keys",
            running.local_addr()
        );
    }
    let mut interrupts = Interrupts::register()?;
    let folder = match (&arguments.tls, &secrets) {
        (Some(path), Some(secrets)) => Some(TlsFolder::write(path, secrets, &running.url())?),
        _ => None,
    };
    // Scripts wait for this line and read the address from it, so it is flushed at once.
    let mut stdout = std::io::stdout();
    let settings = folder.as_ref().map(|folder| format!("{} ", folder.exports())).unwrap_or_default();
    writeln!(stdout, "serving ivs, ivs-realtime and ivschat: export {settings}AWS_ENDPOINT_URL={}", running.url())?;
    stdout.flush()?;
    interrupts.next().await;
    running.stop().await;
    Ok(ExitStatus::Success)
}
