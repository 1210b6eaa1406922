//! The TOML file of a baseline: parsed with its lines, changed with its comments.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::str::FromStr as _;

use ivs_model::{CaseId, FindingId, glob_matches};
use time::{Date, Month};
use toml_edit::{ArrayOfTables, Document, DocumentMut, Item, Table, Value, value};

use super::{BASELINE_SCHEMA, BaselineEntry, BaselineError, BaselineNames, BaselinePattern, BaselineProblem};
use crate::Finding;
use crate::suggestion::closest;

/// The text of a baseline without entries.
pub(super) const EMPTY: &str = "\
# Accepted findings of ivs-contract, sorted by ID. Each entry has the `id` of a finding, or a `glob` of IDs.
#
# reason      why the finding is accepted
# case        the case that showed it first; a run without its suite or operation does not judge the entry
# first_seen  the date of the first run that had the finding
# expires     the last date on which it is accepted; afterwards it fails the run (optional)
#
# `ivs-contract check --baseline FILE` fails on new and expired findings only. `--update-baseline` adds new findings,
# `--prune` removes entries that match nothing.
schema = 1
";

/// The key of the entries.
const ACCEPT: &str = "accept";

/// The reason of a new entry.
const UNEXPLAINED: &str = "not explained yet";

const TOP_KEYS: &[&str] = &["schema", ACCEPT];
const KEYS: &[&str] = &["id", "glob", "case", "reason", "first_seen", "expires"];

/// Parses the text of a baseline.
pub(super) fn parse(
    file: &str,
    text: &str,
    names: &BaselineNames<'_>,
) -> Result<(DocumentMut, Vec<BaselineEntry>), BaselineError> {
    let line_of = |span: Option<Range<usize>>| span.map_or(1, |span| line_at(text, span.start));
    let error = |line: usize, problem| BaselineError { file: file.to_owned(), line, problem };
    let document = Document::parse(text).map_err(|toml| {
        let line = line_of(toml.span());
        error(line, BaselineProblem::NotToml(toml.message().to_owned()))
    })?;
    let root = document.as_table();
    check_keys(root, TOP_KEYS).map_err(|(span, problem)| error(line_of(span), problem))?;
    match root.get("schema") {
        None => return Err(error(1, BaselineProblem::NoSchema)),
        Some(schema) if schema.as_integer() == Some(BASELINE_SCHEMA) => {}
        Some(schema) => {
            let found = schema.to_string().trim().to_owned();
            return Err(error(line_of(schema.span()), BaselineProblem::OtherSchema(found)));
        }
    }
    let mut entries: Vec<BaselineEntry> = Vec::new();
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    if let Some(accept) = root.get(ACCEPT) {
        let tables =
            accept.as_array_of_tables().ok_or_else(|| error(line_of(accept.span()), BaselineProblem::NoTables))?;
        for table in tables {
            let line = line_of(table.span());
            let entry = entry(table, line, names)
                .map_err(|(span, problem)| error(span.map_or(line, |it| line_of(Some(it))), problem))?;
            let text = entry.pattern.to_string();
            if let Some(first) = lines.insert(text.clone(), line) {
                return Err(error(line, BaselineProblem::Twice { entry: text, line: first }));
            }
            entries.push(entry);
        }
    }
    Ok((document.into_mut(), entries))
}

/// A problem and its place; the place of the entry if there is none.
type Misplaced = (Option<Range<usize>>, BaselineProblem);

fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

fn check_keys(table: &Table, expected: &'static [&'static str]) -> Result<(), Misplaced> {
    for (name, _) in table {
        if !expected.contains(&name) {
            let span = table.key(name).and_then(toml_edit::Key::span);
            return Err((span, BaselineProblem::UnknownKey { key: name.to_owned(), expected }));
        }
    }
    Ok(())
}

fn entry(table: &Table, line: usize, names: &BaselineNames<'_>) -> Result<BaselineEntry, Misplaced> {
    check_keys(table, KEYS)?;
    let id = text(table, "id", "a text", "\"request-id:ivs.GetChannel:\"")?;
    let glob = text(table, "glob", "a text", "\"request-id:ivs.*\"")?;
    let pattern = match (id, glob) {
        (Some((id, span)), None) => self::id(id, names).map_err(|problem| (span, problem))?,
        (None, Some((glob, span))) => self::glob(glob, names).map_err(|problem| (span, problem))?,
        (None, None) => return Err((None, BaselineProblem::NoPattern)),
        (Some(_), Some(_)) => return Err((None, BaselineProblem::TwoPatterns)),
    };
    let case = match text(table, "case", "a text", "\"ivs.GetChannel/errors/absent-channel\"")? {
        None => None,
        Some((id, span)) => {
            Some(CaseId::from_str(id).map_err(|_| (span, BaselineProblem::NotACase { value: id.to_owned() }))?)
        }
    };
    Ok(BaselineEntry {
        pattern,
        case,
        reason: text(table, "reason", "a text", "\"known\"")?.map(|(reason, _)| reason.to_owned()).unwrap_or_default(),
        first_seen: date(table, "first_seen")?,
        expires: date(table, "expires")?,
        line,
    })
}

fn id(text: &str, names: &BaselineNames<'_>) -> Result<BaselinePattern, BaselineProblem> {
    let id = FindingId::from_str(text).map_err(|_| BaselineProblem::NotAnId(text.to_owned()))?;
    // Findings are of one operation: `ivs.*` would never match.
    let Some(operation) = id.scope.operation() else { return Err(BaselineProblem::NotAnId(text.to_owned())) };
    check_known(&id.check, names)?;
    let all = || names.models.iter().flat_map(|model| model.operations.iter().map(|it| it.id));
    if !all().any(|known| known == operation) {
        let all: Vec<String> = all().map(|known| known.to_string()).collect();
        let closest = closest(&operation.to_string(), all.iter().map(String::as_str)).map(str::to_owned);
        return Err(BaselineProblem::UnknownOperation { operation: operation.to_string(), closest });
    }
    Ok(BaselinePattern::Id(id))
}

fn glob(text: &str, names: &BaselineNames<'_>) -> Result<BaselinePattern, BaselineProblem> {
    let mut parts = text.split(':');
    let check = parts.next().unwrap_or_default();
    if !check.contains(['*', '?']) {
        check_known(check, names)?;
    }
    if let Some(scope) = parts.next() {
        let mut operations = names.models.iter().flat_map(|model| &model.operations);
        if !operations.any(|operation| glob_matches(scope, &operation.id.to_string())) {
            return Err(BaselineProblem::GlobOfNothing(text.to_owned()));
        }
    }
    Ok(BaselinePattern::Glob(text.to_owned()))
}

fn check_known(check: &str, names: &BaselineNames<'_>) -> Result<(), BaselineProblem> {
    if names.checks.contains(check) {
        return Ok(());
    }
    let closest = closest(check, names.checks.iter().copied()).map(str::to_owned);
    Err(BaselineProblem::UnknownCheck { check: check.to_owned(), closest })
}

type Placed<'a> = (&'a str, Option<Range<usize>>);

fn text<'a>(
    table: &'a Table,
    key: &'static str,
    expected: &'static str,
    example: &'static str,
) -> Result<Option<Placed<'a>>, Misplaced> {
    let Some(item) = table.get(key) else { return Ok(None) };
    match item.as_str() {
        Some(text) => Ok(Some((text, item.span()))),
        None => Err((item.span(), BaselineProblem::WrongType { key, expected, example })),
    }
}

/// Returns a date, which is a TOML date or its text.
fn date(table: &Table, key: &'static str) -> Result<Option<Date>, Misplaced> {
    let Some(item) = table.get(key) else { return Ok(None) };
    let parsed = match item.as_value() {
        Some(Value::Datetime(date)) => Some(*date.value()),
        Some(Value::String(text)) => text.value().parse().ok(),
        _ => None,
    };
    let day = parsed.and_then(|parsed| if parsed.time.is_none() { parsed.date } else { None }).and_then(|date| {
        Date::from_calendar_date(i32::from(date.year), Month::try_from(date.month).ok()?, date.day).ok()
    });
    match day {
        Some(day) => Ok(Some(day)),
        None => Err((item.span(), BaselineProblem::NotADate { key })),
    }
}

/// Adds an entry for each finding and sorts all entries.
pub(super) fn add(document: &mut DocumentMut, findings: &[&Finding], today: Date) {
    let mut tables = take(document);
    for finding in findings {
        let mut table = Table::new();
        table.insert("id", value(finding.identity.to_string()));
        table.insert("case", value(finding.case.to_string()));
        table.insert("first_seen", value(toml_date(today)));
        table.insert("reason", value(UNEXPLAINED));
        tables.push(table);
    }
    put(document, tables);
}

/// Removes the entries with these IDs and globs.
pub(super) fn remove(document: &mut DocumentMut, entries: &BTreeSet<&str>) {
    let mut tables = take(document);
    tables.retain(|table| !entries.contains(key_of(table)));
    put(document, tables);
}

fn key_of(table: &Table) -> &str {
    ["id", "glob"].iter().find_map(|key| table.get(key)?.as_str()).unwrap_or_default()
}

fn take(document: &mut DocumentMut) -> Vec<Table> {
    let Some(Item::ArrayOfTables(tables)) = document.remove(ACCEPT) else { return Vec::new() };
    tables.into_iter().collect()
}

fn put(document: &mut DocumentMut, mut tables: Vec<Table>) {
    tables.sort_by(|one, other| key_of(one).cmp(key_of(other)));
    let mut sorted = ArrayOfTables::new();
    for (index, mut table) in tables.into_iter().enumerate() {
        // The place in the file, which otherwise is that of the parsed file.
        table.set_position(isize::try_from(index).ok());
        let decor = table.decor_mut();
        let prefix = decor.prefix().and_then(|prefix| prefix.as_str()).unwrap_or("\n").to_owned();
        // One empty line before each entry, and before the comment that belongs to it.
        decor.set_prefix(format!("\n{}", prefix.trim_start_matches('\n')));
        sorted.push(table);
    }
    if !sorted.is_empty() {
        document.insert(ACCEPT, Item::ArrayOfTables(sorted));
    }
}

fn toml_date(day: Date) -> toml_edit::Datetime {
    toml_edit::Date { year: u16::try_from(day.year()).unwrap_or_default(), month: day.month().into(), day: day.day() }
        .into()
}
