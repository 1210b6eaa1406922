//! `ivs-contract serve`: runs the emulator.

mod request_lines;
mod seed_file;
mod state_file;
mod tls_folder;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use ivs_emulator::{Emulator, Journal, Options, Running, StartError};

use super::arguments::ServeArguments;
use crate::exit_status::ExitStatus;
use crate::interrupt::Interrupts;

use self::state_file::StateFile;
use self::tls_folder::{Secrets, TlsFolder};

pub(super) use self::request_lines::LogFormat;

pub(super) async fn run(arguments: &ServeArguments, debug: bool) -> Result<ExitStatus> {
    let observer = arguments.log.or_else(|| debug.then_some(LogFormat::Text)).map(request_lines::observer);
    let journal = arguments.state.as_deref().map(StateFile::open).transpose()?;
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
        journal: journal.map(|journal| Arc::new(journal) as Arc<dyn Journal>),
        seed_data: arguments.seed_data.as_deref().map(seed_file::read).transpose()?,
        ..Options::default()
    };
    let running = Emulator::start(options).await.map_err(|error| explained(error, arguments))?;
    warn_of_open_host(arguments, &running);
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

/// Adds what to do about an error.
fn explained(error: StartError, arguments: &ServeArguments) -> anyhow::Error {
    let file = |path: &Option<PathBuf>| path.as_deref().unwrap_or(Path::new("")).display().to_string();
    let about = match &error {
        StartError::Journal(_) => format!(
            "cannot use the state file {} (restore a copy of it, or start with another file)",
            file(&arguments.state)
        ),
        StartError::Seed(_) => format!("cannot use the seed data {}", file(&arguments.seed_data)),
        _ => "cannot start the emulator (choose another port; --port 0 picks a free one)".to_owned(),
    };
    anyhow::Error::new(error).context(about)
}

/// Says what an address opens that other machines reach.
fn warn_of_open_host(arguments: &ServeArguments, running: &Running) {
    if arguments.host.is_loopback() {
        return;
    }
    let address = running.local_addr();
    if arguments.key.is_empty() && arguments.tls.is_none() {
        eprintln!(
            "warning: every machine that reaches {address} can use this emulator with the secret `test`; \
             `--key ID:SECRET` asks for keys"
        );
    }
    eprintln!(
        "warning: every machine that reaches {address} can reset this emulator and read its requests under /_emulator/, \
         which needs no key"
    );
}
