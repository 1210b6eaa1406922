//! The page: charts of the checks and of the load runs, then a table of all runs. It loads nothing.

use std::fmt::Write as _;

use super::chart::{Line, escaped, svg};
use super::night::{Night, Numbers};

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--quiet:#57606a;--rule:#d0d7de;--a:#b42318;--b:#9a6700;--c:#0969da;--d:#1a7f37}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--quiet:#9198a1;--rule:#30363d;--a:#ff7b72;--b:#d29922;\
--c:#58a6ff;--d:#3fb950}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;padding:1rem;max-width:1300px}
main{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:1rem}
figure{margin:0;border:1px solid var(--rule);border-radius:6px;padding:.75rem;min-width:0}
figcaption{font-weight:600}
svg{width:100%;height:auto;display:block}
.grid{stroke:var(--rule)}.label{fill:var(--quiet);font-size:12px}
path{fill:none;stroke-width:2}
path.a{stroke:var(--a)}path.b{stroke:var(--b)}path.c{stroke:var(--c)}path.d{stroke:var(--d)}
circle.a{fill:var(--a)}circle.b{fill:var(--b)}circle.c{fill:var(--c)}circle.d{fill:var(--d)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:0;padding:0;color:var(--ink)}
.legend li::before{content:\"\";display:inline-block;width:.75em;height:.75em;margin-right:.4em;border-radius:2px;background:currentColor}
.legend li{color:var(--quiet)}.legend li b{color:var(--ink)}
.legend .a::before{background:var(--a)}.legend .b::before{background:var(--b)}.legend .c::before{background:var(--c)}\
.legend .d::before{background:var(--d)}
.scroll{overflow-x:auto;margin-top:1rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .75rem;border-bottom:1px solid var(--rule);white-space:nowrap}td.n{text-align:right}
";

/// Returns the page.
pub(super) fn html(nights: &[Night]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>ivs-contract: trend</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<h1>Trend</h1>\n<p>{} runs from {} to {}</p>\n<main>\n",
        nights.len(),
        escaped(nights.first().map_or("", |night| &night.date)),
        escaped(nights.last().map_or("", |night| &night.date))
    );
    checks(nights, &mut page);
    loads(nights, &mut page);
    page.push_str("</main>\n");
    table(nights, &mut page);
    page.push_str("</body>\n</html>\n");
    page
}

fn checks(nights: &[Night], page: &mut String) {
    let runs: Vec<(&str, [f64; 5])> = nights
        .iter()
        .filter_map(|night| match night.numbers {
            Numbers::Check { errors, warnings, operations, passed, failed } => {
                Some((night.date.as_str(), [errors, warnings, operations, passed, failed]))
            }
            Numbers::Load { .. } => None,
        })
        .collect();
    if runs.is_empty() {
        return;
    }
    let dates: Vec<&str> = runs.iter().map(|(date, _)| *date).collect();
    let line = |name, class, at: usize| Line { name, class, values: runs.iter().map(|(_, it)| Some(it[at])).collect() };
    let findings = [line("errors", "a", 0), line("warnings", "b", 1)];
    page.push_str(&svg("Findings of check", &dates, &findings, count));
    page.push_str(&svg("Operations tested by check", &dates, &[line("operations", "c", 2)], count));
    page.push_str(&svg("Cases of check", &dates, &[line("passed", "d", 3), line("failed", "a", 4)], count));
}

fn loads(nights: &[Night], page: &mut String) {
    let runs: Vec<(&str, [Option<f64>; 6])> = nights
        .iter()
        .filter_map(|night| match night.numbers {
            Numbers::Load { rps, error_rate, p50, p99, intended_p99, worst_second } => {
                let values = [Some(rps), Some(error_rate), Some(p50), Some(p99), intended_p99, worst_second];
                Some((night.date.as_str(), values))
            }
            Numbers::Check { .. } => None,
        })
        .collect();
    if runs.is_empty() {
        return;
    }
    let dates: Vec<&str> = runs.iter().map(|(date, _)| *date).collect();
    let line = |name, class, at: usize| Line { name, class, values: runs.iter().map(|(_, it)| it[at]).collect() };
    page.push_str(&svg("Throughput of load", &dates, &[line("requests/s", "c", 0)], |value| format!("{value:.0}/s")));
    let percentiles = [line("p50", "d", 2), line("p99", "b", 3), line("p99 from the intended start", "a", 4)];
    page.push_str(&svg("Latency of load", &dates, &percentiles, milliseconds));
    let worst = [line("p99 of the worst second", "a", 5)];
    page.push_str(&svg("Worst second of load", &dates, &worst, milliseconds));
    page.push_str(&svg("Error rate of load", &dates, &[line("errors", "a", 1)], percent));
}

fn table(nights: &[Night], page: &mut String) {
    page.push_str(
        "<div class=\"scroll\"><table>\n<thead><tr><th>Date</th><th>Run</th><th>Endpoint</th><th>Outcome</th>\
                   <th>Result</th><th>Report</th></tr></thead>\n<tbody>\n",
    );
    for night in nights.iter().rev() {
        let (kind, result) = match night.numbers {
            Numbers::Check { errors, warnings, operations, .. } => {
                ("check", format!("{errors} errors, {warnings} warnings, {operations} operations"))
            }
            Numbers::Load { rps, error_rate, p99, .. } => {
                ("load", format!("{rps:.0} requests/s, p99 {}, {} errors", milliseconds(p99), percent(error_rate)))
            }
        };
        let _ = writeln!(
            page,
            "<tr><td>{}</td><td>{kind}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&night.date),
            escaped(&night.endpoint),
            escaped(&night.outcome),
            escaped(&result),
            escaped(&night.path)
        );
    }
    page.push_str("</tbody>\n</table></div>\n");
}

fn count(value: f64) -> String {
    format!("{value:.0}")
}

fn milliseconds(nanoseconds: f64) -> String {
    format!("{:.1} ms", nanoseconds / 1e6)
}

fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night(date: &str, numbers: Numbers) -> Night {
        let outcome = "<held>".to_owned();
        Night { date: date.to_owned(), path: "x.json".to_owned(), endpoint: "a&b".to_owned(), outcome, numbers }
    }

    #[test]
    fn the_page_is_one_file_that_loads_nothing_and_escapes_texts() {
        let check = Numbers::Check { errors: 3.0, warnings: 0.0, operations: 46.0, passed: 9.0, failed: 1.0 };
        let load =
            Numbers::Load { rps: 10.0, error_rate: 0.01, p50: 1e6, p99: 2e6, intended_p99: None, worst_second: None };
        let html = html(&[night("2026-02-28", check), night("2026-03-01", load.clone()), night("2026-03-02", load)]);
        assert_eq!(html.matches("<svg").count(), 7);
        assert!(html.contains("a&amp;b") && html.contains("&lt;held&gt;") && !html.contains("<held>"));
        for loading in ["<script", "src=", "href=", "url(", "@import", "http"] {
            assert!(!html.contains(loading), "{loading}");
        }
        assert!(html.contains("2.0 ms") && html.contains("1.00 %"));
    }
}
