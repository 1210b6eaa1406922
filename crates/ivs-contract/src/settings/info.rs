//! The keys of the settings file as data, for `docs/configuration.md`.

/// One key of the settings file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingInfo {
    /// The key in `ivs-contract.toml`.
    pub key: &'static str,
    /// The TOML type, and the unit of a number.
    pub kind: &'static str,
    /// The value used when neither flag, environment nor file has one.
    pub default: &'static str,
    /// The flag that takes precedence over the key.
    pub flag: Option<&'static str>,
    /// The environment variable that takes precedence over the key.
    pub environment: Option<&'static str>,
    /// A valid TOML value.
    pub example: &'static str,
    /// The purpose of the key, in one sentence.
    pub description: &'static str,
}

impl SettingInfo {
    const fn new(key: &'static str, kind: &'static str, example: &'static str, description: &'static str) -> Self {
        Self { key, kind, default: "none", flag: None, environment: None, example, description }
    }

    const fn default(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    const fn flag(self, flag: &'static str) -> Self {
        Self { flag: Some(flag), ..self }
    }

    const fn environment(self, variable: &'static str) -> Self {
        Self { environment: Some(variable), ..self }
    }
}

/// Every key of the settings file, in the order of `docs/configuration.md`.
pub static SETTINGS: &[SettingInfo] = &[
    SettingInfo::new("target", "string", "\"http://127.0.0.1:4566\"", "The endpoint: `embedded`, `aws` or a URL.")
        .default("embedded")
        .flag("--target")
        .environment("IVS_CONTRACT_TARGET"),
    SettingInfo::new("endpoint_url", "string", "\"http://127.0.0.1:4566\"", "The endpoint URL of all three services.")
        .flag("--endpoint-url")
        .environment("AWS_ENDPOINT_URL"),
    SettingInfo::new("endpoint_url_ivs", "string", "\"http://127.0.0.1:4566\"", "The endpoint URL of `ivs`.")
        .default("the URL of all services")
        .flag("--endpoint-url-ivs")
        .environment("AWS_ENDPOINT_URL_IVS"),
    SettingInfo::new(
        "endpoint_url_ivs_realtime",
        "string",
        "\"http://127.0.0.1:4567\"",
        "The endpoint URL of `ivs-realtime`.",
    )
    .default("the URL of all services")
    .flag("--endpoint-url-ivs-realtime")
    .environment("AWS_ENDPOINT_URL_IVS_REALTIME"),
    SettingInfo::new("endpoint_url_ivschat", "string", "\"http://127.0.0.1:4568\"", "The endpoint URL of `ivschat`.")
        .default("the URL of all services")
        .flag("--endpoint-url-ivschat")
        .environment("AWS_ENDPOINT_URL_IVSCHAT"),
    SettingInfo::new("region", "string", "\"eu-west-1\"", "The region to sign requests for.")
        .default("the region of the profile, else us-west-2")
        .flag("--region")
        .environment("AWS_REGION"),
    SettingInfo::new("profile", "string", "\"testing\"", "The profile in the shared AWS configuration files.")
        .flag("--profile")
        .environment("AWS_PROFILE"),
    SettingInfo::new("ca_bundle", "path", "\"ca.pem\"", "A PEM file with the certificates to trust.")
        .default("the certificates of the system")
        .flag("--ca-bundle")
        .environment("AWS_CA_BUNDLE"),
    SettingInfo::new("read_timeout", "integer, seconds", "30", "How long to wait for a response.")
        .default("30")
        .flag("--read-timeout"),
    SettingInfo::new("connect_timeout", "integer, seconds", "10", "How long to wait for a connection.")
        .default("10")
        .flag("--connect-timeout"),
    SettingInfo::new(
        "proxy",
        "string",
        "\"http://127.0.0.1:3128\"",
        "The HTTP proxy for everything but loopback addresses; `NO_PROXY` lists exceptions.",
    )
    .flag("--proxy")
    .environment("HTTPS_PROXY"),
    SettingInfo::new("rates", "boolean", "true", "Whether the documented call rates of AWS are kept on any endpoint.")
        .default("false; hosts of AWS always")
        .flag("--rates")
        .environment("IVS_CONTRACT_RATES"),
    SettingInfo::new("service", "list of strings", "[\"ivs\", \"ivschat\"]", "The services to test.")
        .default("all")
        .flag("--service"),
    SettingInfo::new("operation", "list of strings", "[\"Create*\"]", "Globs of the operation names to test.")
        .default("all")
        .flag("--operation"),
    SettingInfo::new("suite", "list of strings", "[\"validation\"]", "The suites to run.")
        .default("all")
        .flag("--suite"),
    SettingInfo::new("seed", "integer", "7", "The seed of everything random: the same seed gives the same report.")
        .default("7")
        .flag("--seed"),
    SettingInfo::new("cases", "integer", "8", "The number of random cases per operation, besides the systematic ones.")
        .default("8")
        .flag("--cases"),
    SettingInfo::new("concurrency", "integer", "8", "The number of requests in flight at once.")
        .default("8")
        .flag("--concurrency"),
    SettingInfo::new(
        "baseline",
        "path",
        "\"accepted.toml\"",
        "The file with the accepted findings: only new and expired ones fail the run.",
    )
    .flag("--baseline"),
    SettingInfo::new(
        "fail_on",
        "string",
        "\"warning\"",
        "The lowest severity that fails the run: `error`, `warning` or `never`.",
    )
    .default("error; `warning` with a baseline")
    .flag("--fail-on"),
    SettingInfo::new("require_all", "boolean", "true", "Whether operations that are not implemented fail the run.")
        .default("false")
        .flag("--require-all"),
    SettingInfo::new("allow_partial", "boolean", "true", "Whether a partial run without findings exits with 0.")
        .default("false")
        .flag("--allow-partial"),
    SettingInfo::new("max_time", "integer, seconds", "600", "The time after which to end the run.").flag("--max-time"),
    SettingInfo::new("max_requests", "integer", "10000", "The number of requests after which to end the run.")
        .flag("--max-requests"),
    SettingInfo::new("max_failures", "integer", "50", "The number of failed cases after which to end the run.")
        .flag("--max-failures"),
    SettingInfo::new(
        "consistency_wait",
        "integer, seconds",
        "10",
        "How long a read may lag behind a write before the write counts as lost.",
    )
    .default("0 at a loopback address, else 10")
    .flag("--consistency-wait"),
    SettingInfo::new(
        "regressions",
        "path",
        "\"regressions\"",
        "The folder for failed sequences, which later runs replay first.",
    )
    .default("`.ivs-contract/regressions`; none for the embedded emulator")
    .flag("--regressions"),
    SettingInfo::new("output", "string", "\"json\"", "The format of the report on stdout: `text` or `json`.")
        .default("text")
        .flag("--output"),
    SettingInfo::new(
        "existing_resources",
        "table of strings",
        "{ s3-bucket = \"my-bucket\" }",
        "Resources outside IVS that the account already has, by type, for operations that refer to them.",
    )
    .flag("--existing-resource"),
];
