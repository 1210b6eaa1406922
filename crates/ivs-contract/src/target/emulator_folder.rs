//! AWS Emulator: the folder that it writes at each start, with its certificate authority, its keys and its settings.

use std::path::PathBuf;

use super::shared_files::{self, SharedPaths, SharedProfile};
use super::{Environment, TargetError};

/// The port of AWS Emulator if none is named.
pub(super) const DEFAULT_PORT: u16 = 9297;
/// The certificate authority in the folder.
const AUTHORITY: &str = "ca.pem";
/// The settings for SDKs in the folder.
const CONFIG: &str = "config";
/// The keys in the folder. Without signature checks, the emulator writes none.
const CREDENTIALS: [&str; 2] = ["emulator_credentials", "credentials"];

/// The contents of the folder.
#[derive(Debug, Clone)]
pub(super) struct EmulatorFolder {
    pub(super) folder: PathBuf,
    pub(super) port: u16,
    pub(super) authority: PathBuf,
    pub(super) profile: SharedProfile,
}

impl EmulatorFolder {
    /// Returns the URL of the emulator.
    pub(super) fn url(&self) -> String {
        self.profile.endpoint_url.clone().unwrap_or_else(|| format!("https://127.0.0.1:{}", self.port))
    }
}

/// Returns the port of `aws-emulator[:PORT]`; `None` if the text names another target.
pub(super) fn port_of(target: &str) -> Option<Result<u16, TargetError>> {
    let rest = target.strip_prefix("aws-emulator")?;
    if rest.is_empty() {
        return Some(Ok(DEFAULT_PORT));
    }
    let port = rest.strip_prefix(':')?.parse().ok().filter(|port| *port > 0);
    Some(port.ok_or_else(|| TargetError::EmulatorPort { text: target.to_owned() }))
}

/// Reads the folder of the emulator on this port.
pub(super) async fn read(environment: &Environment, port: u16) -> Result<EmulatorFolder, TargetError> {
    let folder = environment.at_home(&format!(".aws/emulator/{port}"));
    let authority = folder.join(AUTHORITY);
    if !authority.is_file() {
        return Err(TargetError::NoEmulatorFolder { folder, missing: AUTHORITY, port });
    }
    let paths = SharedPaths {
        config: folder.join(CONFIG),
        credentials: CREDENTIALS
            .iter()
            .map(|name| folder.join(name))
            .find(|path| path.is_file())
            .unwrap_or_else(|| folder.join(CREDENTIALS[0])),
        are_named: true,
    };
    let profile = shared_files::read(environment, &paths, None).await?;
    Ok(EmulatorFolder { folder, port, authority, profile })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_follows_the_name() {
        assert_eq!(port_of("aws-emulator").unwrap().unwrap(), 9297);
        assert_eq!(port_of("aws-emulator:9300").unwrap().unwrap(), 9300);
        assert!(port_of("aws").is_none() && port_of("embedded").is_none());
        for wrong in ["aws-emulator:", "aws-emulator:0", "aws-emulator:99999"] {
            let error = port_of(wrong).unwrap().unwrap_err().to_string();
            assert!(error.contains(wrong) && error.contains("aws-emulator:9297"), "{error}");
        }
    }
}
