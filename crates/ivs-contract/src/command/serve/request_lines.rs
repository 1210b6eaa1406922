//! The lines that `serve --debug` and `serve --log` write about each request.

use clap::ValueEnum;
use ivs_emulator::{Observed, Observer};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The form of the lines about requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::command) enum LogFormat {
    /// Words, for people
    Text,
    /// One JSON object a line, for programs
    Json,
}

/// Returns an observer that writes a line about each request to stderr.
pub(super) fn observer(format: LogFormat) -> Observer {
    match format {
        LogFormat::Text => Observer::new(|observed| eprintln!("{}", text(observed))),
        LogFormat::Json => Observer::new(|observed| eprintln!("{}", json_line(observed, OffsetDateTime::now_utc()))),
    }
}

fn text(observed: &Observed<'_>) -> String {
    let operation = observed.operation.unwrap_or("-");
    let error = observed.error.unwrap_or("");
    let Observed { method, path, status, elapsed, request_id, .. } = observed;
    format!("{method} {path} {status} {elapsed:?} {operation} {request_id} {error}")
}

fn json_line(observed: &Observed<'_>, at: OffsetDateTime) -> String {
    let line = json!({
        "time": at.format(&Rfc3339).unwrap_or_default(),
        "level": if observed.status >= 500 { "error" } else { "info" },
        "method": observed.method,
        "path": observed.path,
        "operation": observed.operation,
        "status": observed.status,
        "error": observed.error,
        "request_id": observed.request_id,
        "elapsed_us": u64::try_from(observed.elapsed.as_micros()).unwrap_or(u64::MAX),
    });
    line.to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_request_is_one_line_of_json() {
        let observed = Observed {
            method: "POST",
            path: "/CreateRoom",
            operation: Some("ivschat.CreateRoom"),
            status: 400,
            error: Some("ValidationException"),
            request_id: "an\nid",
            elapsed: Duration::from_micros(120),
        };
        let line = json_line(&observed, OffsetDateTime::UNIX_EPOCH);
        assert!(!line.contains('\n'), "{line}");
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&line["time"], &line["elapsed_us"]), (&json!("1970-01-01T00:00:00Z"), &json!(120)));
        assert_eq!(line["error"], "ValidationException");
    }
}
