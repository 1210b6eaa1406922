//! The arguments of `serve`.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::Args;
use ivs_emulator::{AccessKey, Fault};

use crate::command::serve::LogFormat;

pub(super) const EXAMPLES: &str = "\
Examples:
  ivs-contract serve
  ivs-contract serve --port 0 --latency 20
  ivs-contract serve --state ivs.state --seed-data ivs.toml --log json
  ivs-contract serve --port 9297 --tls ~/.aws/emulator/9297
  ivs-contract serve --key AKIDEXAMPLE:secret --fault signature-unchecked";

#[derive(Debug, Args)]
pub(in crate::command) struct ServeArguments {
    /// Port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 4566)]
    pub port: u16,
    /// Address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,
    /// Enforce the documented request rates, with ThrottlingException (429) above them
    #[arg(long)]
    pub rates: bool,
    /// Delay of each response in milliseconds
    #[arg(long, default_value_t = 0, value_name = "MS")]
    pub latency: u64,
    /// Duration of asynchronous states (CREATING, UPDATING and so on) in milliseconds
    #[arg(long, default_value_t = 200, value_name = "MS")]
    pub settling: u64,
    /// Time for which a stopped composition is still listed, in seconds
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    pub retention: u64,
    /// Accept only this access key and its secret (repeatable) [default: any access key with the secret `test`]
    #[arg(long, value_name = "ID:SECRET", value_parser = access_key)]
    pub key: Vec<AccessKey>,
    /// Host name by which programs may reach the control API, besides localhost and addresses (repeatable)
    #[arg(long, value_name = "NAME")]
    pub control_host: Vec<String>,
    /// Keep the state in this file; the next start continues with it
    #[arg(long, value_name = "FILE", conflicts_with = "fault")]
    pub state: Option<PathBuf>,
    /// Create the resources of this TOML or JSON file at the start, unless `--state` has any
    #[arg(long, value_name = "FILE")]
    pub seed_data: Option<PathBuf>,
    /// Log each request to stderr
    #[arg(long, value_name = "FORMAT")]
    pub log: Option<LogFormat>,
    /// Serve HTTPS, and write certificate authority, fresh keys and SDK settings to this folder, as AWS Emulator does
    ///
    /// `--target aws-emulator:PORT` reads the folder `~/.aws/emulator/PORT`. The files are deleted when the emulator stops.
    #[arg(long, value_name = "DIR")]
    pub tls: Option<PathBuf>,
    /// Misbehave in this way; `ivs-contract list faults` lists all
    #[arg(long, value_name = "NAME")]
    pub fault: Option<Fault>,
}

/// Parses `ID:SECRET`. The error does not repeat the text, which may hold a secret.
fn access_key(text: &str) -> Result<AccessKey, &'static str> {
    match text.split_once(':') {
        Some((id, secret)) if !id.is_empty() && !secret.is_empty() => {
            Ok(AccessKey { id: id.to_owned(), secret: secret.to_owned(), session_token: None })
        }
        _ => Err("expected ID:SECRET (example: AKIDEXAMPLE:secret)"),
    }
}
