//! The folder of `serve --tls`: certificate authority, keys and SDK settings, as AWS Emulator writes them at each start.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use ivs_emulator::{AccessKey, TlsIdentity};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, SanType};
use ring::rand::{SecureRandom as _, SystemRandom};

/// The characters of an access key ID.
const ID_CHARACTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The characters of a secret: 64, so that each random byte gives one without bias.
const SECRET_CHARACTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The region of the written settings.
const REGION: &str = "us-west-2";

/// The secrets of one start.
pub(super) struct Secrets {
    pub(super) identity: TlsIdentity,
    pub(super) key: AccessKey,
    /// The certificate of the authority in PEM.
    authority: String,
}

impl Secrets {
    /// Draws a certificate authority, a certificate for this host and an access key.
    pub(super) fn draw(host: IpAddr) -> Result<Self> {
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "ivs-contract serve");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let mut server = CertificateParams::new(vec!["localhost".to_owned()])?;
        server.distinguished_name.push(DnType::CommonName, "localhost");
        let addresses = [host, IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
        for address in addresses {
            let name = SanType::IpAddress(address);
            if !server.subject_alt_names.contains(&name) {
                server.subject_alt_names.push(name);
            }
        }
        server.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = server.signed_by(&key, &issuer)?;
        let access_key = AccessKey {
            id: format!("AKIA{}", random_text(16, ID_CHARACTERS)?),
            secret: random_text(40, SECRET_CHARACTERS)?,
            session_token: None,
        };
        let identity = TlsIdentity { certificate: certificate.der().to_vec(), key: key.serialize_der() };
        Ok(Self { identity, key: access_key, authority: issuer.pem() })
    }
}

/// Draws a text of these characters, whose number is a power of two.
fn random_text(length: usize, characters: &[u8]) -> Result<String> {
    let mut bytes = vec![0; length];
    SystemRandom::new().fill(&mut bytes).map_err(|_| anyhow!("the system gives no random bytes"))?;
    Ok(bytes.iter().map(|byte| char::from(characters[usize::from(*byte) % characters.len()])).collect())
}

/// The files of a running emulator, deleted when it stops.
pub(super) struct TlsFolder {
    authority: PathBuf,
    config: PathBuf,
    credentials: PathBuf,
}

impl TlsFolder {
    /// Writes the files.
    pub(super) fn write(folder: &Path, secrets: &Secrets, url: &str) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
        let folder = fs::canonicalize(folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let files = Self {
            authority: folder.join("ca.pem"),
            config: folder.join("config"),
            credentials: folder.join("emulator_credentials"),
        };
        let config =
            format!("[default]\nregion = {REGION}\nendpoint_url = {url}\nca_bundle = {}\n", files.authority.display());
        let keys = format!(
            "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            secrets.key.id, secrets.key.secret
        );
        for (path, text) in
            [(&files.authority, &secrets.authority), (&files.config, &config), (&files.credentials, &keys)]
        {
            write_private(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(files)
    }

    /// The variables that point an SDK to the emulator.
    pub(super) fn exports(&self) -> String {
        format!(
            "AWS_CONFIG_FILE={} AWS_SHARED_CREDENTIALS_FILE={} AWS_CA_BUNDLE={}",
            self.config.display(),
            self.credentials.display(),
            self.authority.display()
        )
    }
}

impl Drop for TlsFolder {
    fn drop(&mut self) {
        for path in [&self.authority, &self.config, &self.credentials] {
            let _ = fs::remove_file(path);
        }
    }
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)?.write_all(text.as_bytes())
}
