//! The format `table`: a title, then a section for each object and each list of objects.

use serde_json::{Map, Value};

use super::scalar;

/// A part of the table: its title and its rows, all of the same number of cells.
struct Section {
    title: String,
    header: Option<Vec<String>>,
    rows: Vec<Vec<String>>,
}

pub(super) fn render(value: &Value, title: &str) -> String {
    let mut sections = Vec::new();
    collect(value, title, &mut sections);
    if sections.is_empty() {
        sections.push(Section { title: title.to_owned(), header: None, rows: Vec::new() });
    }
    let mut width = sections.iter().map(|section| cells(&section.title) + 4).max().unwrap_or_default();
    for section in &sections {
        width = width.max(natural(section).iter().map(|cell| cell + 5).sum::<usize>() + 1);
    }
    let mut out = String::new();
    let rule = format!("{}\n", "-".repeat(width));
    for section in &sections {
        out.push_str(&rule);
        out.push_str(&format!("|{:^inner$}|\n", section.title, inner = width - 2));
        let columns = columns(section, width);
        if columns.is_empty() {
            continue;
        }
        let line =
            format!("+{}\n", columns.iter().map(|column| format!("{}+", "-".repeat(*column))).collect::<String>());
        for row in section.header.iter() {
            out.push_str(&line);
            out.push_str(&drawn(row, &columns));
        }
        out.push_str(&line);
        for row in &section.rows {
            out.push_str(&drawn(row, &columns));
        }
    }
    out.push_str(&rule);
    out
}

fn cells(text: &str) -> usize {
    text.chars().count()
}

/// Returns the width of the longest text of each column.
fn natural(section: &Section) -> Vec<usize> {
    let count = section.rows.first().or(section.header.as_ref()).map_or(0, Vec::len);
    let rows = || section.header.iter().chain(&section.rows);
    (0..count).map(|at| rows().map(|row| row.get(at).map_or(0, |text| cells(text))).max().unwrap_or_default()).collect()
}

/// Returns the widths of the columns between their lines; the last one takes what is left.
fn columns(section: &Section, width: usize) -> Vec<usize> {
    let mut columns: Vec<usize> = natural(section).iter().map(|cell| cell + 4).collect();
    let used: usize = columns.iter().map(|column| column + 1).sum::<usize>() + 1;
    if let Some(last) = columns.last_mut() {
        *last += width.saturating_sub(used);
    }
    columns
}

fn drawn(row: &[String], columns: &[usize]) -> String {
    let cells: String = columns
        .iter()
        .enumerate()
        .map(|(at, column)| format!("  {:<width$}|", row.get(at).map_or("", String::as_str), width = column - 2))
        .collect();
    format!("|{cells}\n")
}

fn collect(value: &Value, title: &str, sections: &mut Vec<Section>) {
    match value {
        Value::Object(object) => {
            let rows: Vec<Vec<String>> =
                object.iter().filter_map(|(key, value)| Some(vec![ivs_judge::plain(key), scalar(value)?])).collect();
            sections.push(Section { title: title.to_owned(), header: None, rows });
            nested(object, sections);
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let mut keys: Vec<&String> = Vec::new();
            for (key, value) in items.iter().filter_map(Value::as_object).flatten() {
                if scalar(value).is_some() && !keys.contains(&key) {
                    keys.push(key);
                }
            }
            let row = |item: &Value| {
                keys.iter().map(|key| item.get(key.as_str()).and_then(scalar).unwrap_or_default()).collect()
            };
            sections.push(Section {
                title: title.to_owned(),
                header: Some(keys.iter().map(|key| ivs_judge::plain(key)).collect()),
                rows: items.iter().map(row).collect(),
            });
            items.iter().filter_map(Value::as_object).for_each(|object| nested(object, sections));
        }
        Value::Array(items) => {
            let row = |item: &Value| match item {
                Value::Array(cells) => {
                    cells.iter().map(|cell| scalar(cell).unwrap_or_else(|| cell.to_string())).collect()
                }
                other => vec![scalar(other).unwrap_or_default()],
            };
            let rows: Vec<Vec<String>> = items.iter().map(row).collect();
            sections.push(Section { title: title.to_owned(), header: None, rows });
        }
        other => sections.push(Section {
            title: title.to_owned(),
            header: None,
            rows: vec![vec![scalar(other).unwrap_or_default()]],
        }),
    }
}

fn nested(object: &Map<String, Value>, sections: &mut Vec<Section>) {
    for (key, value) in object {
        let is_empty = value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
        if scalar(value).is_none() && !is_empty {
            collect(value, &ivs_judge::plain(key), sections);
        }
    }
}
