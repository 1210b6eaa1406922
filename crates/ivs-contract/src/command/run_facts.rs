//! When and by which command a report was made.

use std::env;
use std::time::{Duration, SystemTime};

use ivs_judge::{Reproducer, RunFacts, quoted};
use ivs_model::Model;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Stands for a secret.
const MASK: &str = "<masked>";

/// The shortest text that may be a secret: `test` is none.
const LEAST_SECRET: usize = 8;

/// Returns the facts of this process. The reproducer knows the secrets that no report may hold.
pub(super) fn of_this_process(models: &[Model], reproducer: &Reproducer) -> RunFacts {
    let words: Vec<String> = env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    RunFacts {
        date: date(now()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        models: models.iter().map(|model| (model.service.id.clone(), model.service.api_version.clone())).collect(),
        command: command_line(&words, &reproducer.secrets().collect::<Vec<_>>()),
    }
}

/// Returns the time. `SOURCE_DATE_EPOCH` (seconds since 1970) takes its place, so that reports can be reproduced.
fn now() -> SystemTime {
    let set = env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
    set.map_or_else(SystemTime::now, |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

fn date(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time).replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(&Rfc3339).unwrap_or_default()
}

/// Returns the command line as words for a shell, without secrets and without the passwords of URLs.
fn command_line(words: &[String], secrets: &[&str]) -> String {
    let masked = |word: &String| {
        let secrets = secrets.iter().filter(|secret| secret.len() >= LEAST_SECRET);
        let word = secrets.fold(without_password(word), |word, secret| word.replace(secret, MASK));
        quoted(&word)
    };
    std::iter::once("ivs-contract".to_owned()).chain(words.iter().map(masked)).collect::<Vec<_>>().join(" ")
}

/// Returns a word without what stands between the scheme and the host of a URL.
fn without_password(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{MASK}@{host}{}", &rest[end..]),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_has_no_secret() {
        let words = ["check", "--endpoint-url=http://user:pass@host:1/x@y", "--operation", "Get*", "a-long-secret"];
        let line = command_line(&words.map(str::to_owned), &["a-long-secret", "test"]);
        let url = "'--endpoint-url=http://<masked>@host:1/x@y'";
        assert_eq!(line, format!("ivs-contract check {url} --operation 'Get*' '<masked>'"));
    }

    #[test]
    fn a_date_is_in_utc_and_has_whole_seconds() {
        assert_eq!(date(SystemTime::UNIX_EPOCH + Duration::from_millis(1_796_000_000_900)), "2026-11-30T00:53:20Z");
    }
}
