//! The rows of the AWS conventions, each with the line that the user reads.

#![cfg(feature = "aws")]

use std::path::PathBuf;

use super::*;

/// A home folder, deleted when the test ends.
struct Home(PathBuf);

impl Home {
    /// Creates a home folder with the shared AWS files.
    fn new(name: &str, config: &str, credentials: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ivs-contract-target-{name}-{}", std::process::id()));
        std::fs::create_dir_all(path.join(".aws")).unwrap();
        let home = Self(path);
        home.file(".aws/config", config);
        home.file(".aws/credentials", credentials);
        home
    }

    /// Writes a file and returns its path.
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    async fn resolve(
        &self,
        flags: &TargetOptions,
        variables: &[(&str, &str)],
        settings: &str,
    ) -> Result<ResolvedTarget, String> {
        let home = self.0.to_str().unwrap();
        let environment = Environment::of(&[&[("HOME", home)], variables].concat());
        let file: SettingsFile = toml::from_str(settings).unwrap();
        let chain = |error: TargetError| format!("{:#}", anyhow::Error::from(error));
        let resolution = Resolution::new(flags, &file, &environment).await.map_err(chain)?;
        resolution.resolve(bundled::models()).await.map_err(chain)
    }

    /// Returns the line that the user reads, with the home folder as `~`.
    async fn told(&self, flags: &TargetOptions, variables: &[(&str, &str)], settings: &str) -> String {
        let home = self.0.to_str().unwrap();
        match self.resolve(flags, variables, settings).await {
            Ok(resolved) => resolved.summary().replace(home, "~"),
            Err(error) => format!("error: {}", error.replace(home, "~")),
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const CONFIG: &str = "\
[default]
region = eu-west-1
[profile url]
endpoint_url = http://127.0.0.1:1
aws_access_key_id = URLKEY
aws_secret_access_key = secret
[profile services]
services = local
endpoint_url = http://127.0.0.1:1
[services local]
ivs =
  endpoint_url = http://127.0.0.1:2
ivs_realtime =
  endpoint_url = http://127.0.0.1:3
[profile chat]
services = chat
[services chat]
ivschat =
  endpoint_url = http://127.0.0.1:4
[profile ignoring]
endpoint_url = http://127.0.0.1:1
ignore_configured_endpoint_urls = true
[profile sso]
endpoint_url = http://127.0.0.1:1
sso_session = corp
sso_account_id = 111122223333
sso_role_name = test
[sso-session corp]
sso_start_url = https://example.invalid/start
sso_region = us-east-1
[profile process]
credential_process = printf '{\"Version\":1,\"AccessKeyId\":\"PROCESS\",\"SecretAccessKey\":\"s\"}'
[profile plain]
region = us-east-2
";

const CREDENTIALS: &str = "\
[default]
aws_access_key_id = DEFAULTKEY
aws_secret_access_key = secret
[url]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = secret
";

fn flags() -> TargetOptions {
    TargetOptions::default()
}

fn with_profile(name: &str) -> TargetOptions {
    TargetOptions { profile: Some(name.to_owned()), ..flags() }
}

fn with_url(url: &str) -> TargetOptions {
    TargetOptions { endpoint_url: Some(url.to_owned()), ..flags() }
}

const URL: (&str, &str) = ("AWS_ENDPOINT_URL", "http://127.0.0.1:7");
const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "ENVKEY"), ("AWS_SECRET_ACCESS_KEY", "secret")];

#[tokio::test]
async fn flags_beat_variables_these_the_settings_and_these_the_shared_files() {
    let home = Home::new("order", CONFIG, CREDENTIALS);
    let settings = "endpoint_url = \"http://127.0.0.1:8\"";
    let profile = ("AWS_PROFILE", "url");
    let key = "access key AKIA…MPLE (profile 'url' in ~/.aws/config)";
    for (flags, variables, settings, told) in [
        (
            flags(),
            &[][..],
            "",
            "embedded emulator (from the default), region us-west-2, as access key test (built in)".to_owned(),
        ),
        (
            with_url("http://127.0.0.1:6"),
            &[URL, profile],
            settings,
            format!("http://127.0.0.1:6 (from --endpoint-url), region us-west-2, as {key}"),
        ),
        (
            flags(),
            &[URL, profile],
            settings,
            format!("http://127.0.0.1:7 (from AWS_ENDPOINT_URL), region us-west-2, as {key}"),
        ),
        (
            flags(),
            &[profile],
            settings,
            format!("http://127.0.0.1:8 (from the settings file), region us-west-2, as {key}"),
        ),
        (
            flags(),
            &[profile],
            "",
            format!(
                "http://127.0.0.1:1 (from endpoint_url of profile 'url' in ~/.aws/config), region us-west-2, as {key}"
            ),
        ),
        (
            with_profile("url"),
            &KEYS,
            "",
            format!(
                "http://127.0.0.1:1 (from endpoint_url of profile 'url' in ~/.aws/config), region us-west-2, as {key}"
            ),
        ),
        (
            flags(),
            &[("IVS_CONTRACT_TARGET", "embedded"), URL],
            "",
            "embedded emulator (from IVS_CONTRACT_TARGET), region us-west-2, as access key test (built in)".to_owned(),
        ),
    ] {
        assert_eq!(home.told(&flags, variables, settings).await, told, "{variables:?}");
    }
}

#[tokio::test]
async fn urls_of_one_service_beat_those_of_all() {
    let home = Home::new("services", CONFIG, CREDENTIALS);
    let services = [("AWS_PROFILE", "services")];
    let resolved = home.resolve(&flags(), &services, "").await.unwrap();
    let port = |service: &str| resolved.client.endpoints.of(service).unwrap().port;
    assert_eq!([port("ivs"), port("ivs-realtime"), port("ivschat")], [2, 3, 1]);
    let source = resolved.origin.source.replace(home.0.to_str().unwrap(), "~");
    let profile = "profile 'services' in ~/.aws/config";
    assert_eq!(source, format!("endpoint_url of {profile}, [services local] of {profile}"));

    // A URL of the environment for all services beats every URL of the shared files.
    let resolved = home.resolve(&flags(), &[services[0], URL], "").await.unwrap();
    assert_eq!(resolved.client.endpoints.of("ivs").unwrap().port, 7);

    let variables = [URL, ("AWS_ENDPOINT_URL_IVS_REALTIME", "http://127.0.0.1:5")];
    let resolved = home.resolve(&flags(), &variables, "").await.unwrap();
    assert_eq!(resolved.client.endpoints.of("ivs-realtime").unwrap().port, 5);
    assert_eq!(resolved.client.endpoints.of("ivschat").unwrap().port, 7);
    assert_eq!(resolved.origin.source, "AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_IVS_REALTIME");

    let resolved = home.resolve(&with_profile("chat"), &[], "").await.unwrap();
    assert_eq!(resolved.services, ["ivschat"]);
}

#[tokio::test]
async fn configured_urls_can_be_ignored() {
    let home = Home::new("ignored", CONFIG, CREDENTIALS);
    let embedded = "embedded emulator (from the default), region us-west-2, as access key test (built in)";
    let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    for variables in [&[ignore, URL, ("AWS_PROFILE", "url")][..], &[("AWS_PROFILE", "ignoring"), URL]] {
        assert_eq!(home.told(&flags(), variables, "").await, embedded, "{variables:?}");
    }
    let told = home.told(&with_url("http://127.0.0.1:6"), &[ignore, URL], "").await;
    assert!(told.starts_with("http://127.0.0.1:6 (from --endpoint-url)"), "{told}");
    let not_ignored = [("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"), ("AWS_PROFILE", "ignoring")];
    let told = home.told(&flags(), &not_ignored, "").await;
    assert!(told.starts_with("http://127.0.0.1:1 (from endpoint_url of profile 'ignoring'"), "{told}");
}

#[tokio::test]
async fn keys_of_a_local_endpoint_are_those_that_the_user_configured() {
    let home = Home::new("keys", CONFIG, CREDENTIALS);
    let other = home.file("other", "[default]\naws_access_key_id = OTHERKEY\naws_secret_access_key = secret\n");
    let named = ("AWS_SHARED_CREDENTIALS_FILE", other.as_str());
    for (flags, variables, key) in [
        // Keys that nobody named for this endpoint are not sent to it.
        (flags(), vec![URL], "test (built in)"),
        (flags(), [vec![URL], KEYS.to_vec()].concat(), "ENVKEY (AWS_ACCESS_KEY_ID)"),
        (flags(), vec![URL, ("AWS_PROFILE", "url")], "AKIA…MPLE (profile 'url' in ~/.aws/config)"),
        (flags(), [vec![URL, ("AWS_PROFILE", "url")], KEYS.to_vec()].concat(), "ENVKEY (AWS_ACCESS_KEY_ID)"),
        (with_profile("url"), [vec![URL], KEYS.to_vec()].concat(), "AKIA…MPLE (profile 'url' in ~/.aws/config)"),
        (flags(), vec![URL, named], "OTHERKEY (profile 'default' in ~/.aws/config)"),
        (flags(), vec![("AWS_PROFILE", "sso")], "test (built in)"),
        (flags(), vec![URL, ("AWS_PROFILE", "plain")], "test (built in)"),
    ] {
        let told = home.told(&flags, &variables, "").await;
        assert!(told.ends_with(&format!("as access key {key}")), "{variables:?}: {told}");
    }
    let resolved = home.resolve(&flags(), &[("AWS_PROFILE", "sso")], "").await.unwrap();
    assert!(
        resolved.notes[0].contains("profile 'sso'") && resolved.notes[0].contains("come from AWS"),
        "{:?}",
        resolved.notes
    );
    let unsigned = TargetOptions { no_sign_request: true, ..with_url("http://127.0.0.1:6") };
    assert!(home.told(&unsigned, &[], "").await.ends_with("as anonymous (unsigned)"));
}

#[tokio::test]
async fn the_files_and_the_region_may_be_named() {
    let home = Home::new("files", "", "");
    let config = home.file("elsewhere", "[default]\nendpoint_url = http://127.0.0.1:9\nregion = ap-south-1\n");
    let named = ("AWS_CONFIG_FILE", config.as_str());
    let told = "http://127.0.0.1:9 (from endpoint_url of profile 'default' in ~/elsewhere), region ap-south-1, as access \
                key test (built in)";
    assert_eq!(home.told(&flags(), &[named], "").await, told);
    assert_eq!(home.told(&flags(), &[("AWS_CONFIG_FILE", "~/elsewhere")], "").await, told);
    for (variables, settings, region) in [
        (&[named, ("AWS_REGION", "eu-west-3"), ("AWS_DEFAULT_REGION", "eu-west-2")][..], "", "eu-west-3"),
        (&[named, ("AWS_DEFAULT_REGION", "eu-west-2")], "region = \"eu-north-1\"", "eu-west-2"),
        (&[named], "region = \"eu-north-1\"", "eu-north-1"),
    ] {
        assert!(
            home.told(&flags(), variables, settings).await.contains(&format!("region {region}, ")),
            "{variables:?}"
        );
    }
}

#[tokio::test]
async fn a_profile_without_a_url_is_told_when_the_emulator_takes_its_place() {
    let home = Home::new("no-url", CONFIG, CREDENTIALS);
    let resolved = home.resolve(&with_profile("plain"), &[], "").await.unwrap();
    assert!(resolved.notes[0].contains("profile 'plain' has no endpoint_url"), "{:?}", resolved.notes);
    assert!(resolved.notes[0].contains("--target aws"), "{:?}", resolved.notes);
}

#[tokio::test]
async fn the_target_aws_heeds_no_configured_url() {
    let home = Home::new("aws", CONFIG, CREDENTIALS);
    let aws = TargetOptions { target: Some("aws".to_owned()), no_sign_request: true, ..flags() };
    let told = home.told(&aws, &[URL, ("AWS_PROFILE", "services")], "").await;
    assert_eq!(
        told,
        "aws (us-west-2) (from --target), region us-west-2, as anonymous (unsigned), at the documented call rates"
    );
    let told = home.told(&aws, &[("HTTPS_PROXY", "http://user:hush@127.0.0.1:3128")], "").await;
    assert!(told.contains(", through http://127.0.0.1:3128,"), "{told}");
    let rates = TargetOptions { rates: true, ..with_url("http://127.0.0.1:6") };
    assert!(home.told(&rates, &[], "").await.ends_with(", at the documented call rates"));
}

#[tokio::test]
async fn the_certificates_come_from_flag_variable_settings_or_profile() {
    let home = Home::new("bundle", "[default]\nca_bundle = ~/profile.pem\n", "");
    for name in ["flag.pem", "variable.pem", "settings.pem", "profile.pem"] {
        home.file(name, "no certificate");
    }
    let path = |name: &str| home.0.join(name).to_str().unwrap().to_owned();
    let (variable, flag) = (path("variable.pem"), path("flag.pem"));
    let flagged = TargetOptions { ca_bundle: Some(flag.into()), ..with_url("https://127.0.0.1:6") };
    let settings = format!("ca_bundle = {:?}", path("settings.pem"));
    let url = with_url("https://127.0.0.1:6");
    for (flags, variables, settings, origin) in [
        (&flagged, &[("AWS_CA_BUNDLE", variable.as_str())][..], settings.as_str(), "~/flag.pem (--ca-bundle)"),
        (&url, &[("AWS_CA_BUNDLE", variable.as_str())], &settings, "~/variable.pem (AWS_CA_BUNDLE)"),
        (&url, &[], &settings, "~/settings.pem (the settings file)"),
        (&url, &[], "", "~/profile.pem (ca_bundle of profile 'default' in ~/.aws/config)"),
    ] {
        let told = home.told(flags, variables, settings).await;
        let expected = format!("error: {origin} is not a certificate bundle: ");
        assert!(told.starts_with(&expected) && told.contains("PEM file"), "{told}");
    }
    let missing = TargetOptions { ca_bundle: Some("/nonexistent.pem".into()), ..url };
    let told = home.told(&missing, &[], "").await;
    assert!(told.starts_with("error: cannot read the certificate bundle /nonexistent.pem (--ca-bundle)"), "{told}");
}

#[tokio::test]
async fn bad_input_is_told_once_with_the_way_out() {
    let bad = "\
[profile lost]
services = nowhere
[profile inline]
services = inline
[services inline]
ivs = http://127.0.0.1:1
[profile ftp]
endpoint_url = ftp://127.0.0.1
";
    let home = Home::new("bad", bad, "");
    for (flags, parts) in [
        (
            with_profile("missing"),
            &[
                "no profile 'missing' in ~/.aws/config or ~/.aws/credentials",
                "profiles: ftp, inline, lost",
                "--profile",
            ][..],
        ),
        (with_profile("lost"), &["profile 'lost' names the services section 'nowhere'", "~/.aws/config", "Add it"]),
        (with_profile("inline"), &["[services inline] in ~/.aws/config has no URL for 'ivs'", "`endpoint_url = URL`"]),
        (with_profile("ftp"), &["endpoint_url of profile 'ftp' in ~/.aws/config", "does not start with http://"]),
        (
            TargetOptions { target: Some("aws-emulator:9".to_owned()), ..flags() },
            &["no AWS Emulator on port 9: ~/.aws/emulator/9 has no ca.pem", "aws-emulator --port 9"],
        ),
        (
            TargetOptions { allow_writes: Some("local".to_owned()), ..with_url("http://93.184.216.34:4566") },
            &["--allow-writes local is refused: '93.184.216.34' has the public address", "--allow-writes 111122223333"],
        ),
        (
            TargetOptions { allow_writes: Some("local".to_owned()), target: Some("aws".to_owned()), ..flags() },
            &["--allow-writes local is for endpoints of your own", "111122223333"],
        ),
        (
            TargetOptions { proxy: Some("socks5://p".to_owned()), ..with_url("http://127.0.0.1:6") },
            &["the proxy of --proxy cannot be used", "only HTTP proxies"],
        ),
    ] {
        let told = home.told(&flags, &[], "").await;
        assert!(told.starts_with("error: ") && !told.contains('\n'), "{told}");
        for part in parts {
            assert_eq!(told.matches(part).count(), 1, "'{part}' in: {told}");
        }
    }
    let broken = Home::new("broken", "[default\n", "");
    let told = broken.told(&flags(), &[], "").await;
    assert!(told.contains("~/.aws/config") && told.contains("must end with ']'"), "{told}");
    let told = home.told(&with_url("http://127.0.0.1:6"), &[], "read_timeout = 9223372036854775807").await;
    assert!(told.contains("read_timeout = 9223372036854775807 is out of range"), "{told}");
    assert!(told.contains("between 1 and 86400"), "{told}");
}

#[tokio::test]
async fn a_folder_of_an_ended_emulator_is_told() {
    let home = Home::new("ended", "", "");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let authority = include_str!("../../../client/tests/tls/authority.pem");
    home.file(&format!(".aws/emulator/{port}/ca.pem"), authority);
    let aws_emulator = TargetOptions { target: Some(format!("aws-emulator:{port}")), ..flags() };
    let told = home.told(&aws_emulator, &[], "").await;
    assert!(told.starts_with(&format!("error: ~/.aws/emulator/{port} is left over from an emulator")), "{told}");
    assert!(told.contains("Start the emulator again"), "{told}");
}

#[tokio::test]
async fn a_wrong_account_id_is_refused_before_sts_is_asked() {
    let keys = SharedCredentialsProvider::new(ivs_client::Credentials::new("id", "secret", None, None, "test"));
    let client = ClientConfig {
        services: Vec::new(),
        endpoints: Endpoints::one("http://192.0.2.1").unwrap(),
        region: DEFAULT_REGION.to_owned(),
        credentials: None,
        clock: Clock::system(),
        trust: Trust::System,
        limits: Limits::default(),
    };
    let proxies = Proxies::of(None, &Environment::of(&[]), None).unwrap();
    let error = confirm_account("1234", &client, &keys, None, &proxies).await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("'1234' is neither an AWS account ID (example: --allow-writes 111122223333)"), "{text}");
}
