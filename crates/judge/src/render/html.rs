//! The HTML report: one page that needs no network.

use std::io::{self, Write};

use minijinja::{Environment, context, value};
use serde_json::Value;

use super::{Renderer, ReportFormat};
use crate::printable::{plain, plain_lines};
use crate::{Event, Report};

pub(super) const FORMAT: ReportFormat =
    ReportFormat { name: "html", file_name: "report.html", renderer: |_| Box::new(Html) };

/// The name of the template. It ends in `.html`, so that every value is escaped.
const NAME: &str = "report.html";
const TEMPLATE: &str = include_str!("../../templates/report.html");

/// Writes the page once, at the end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Html;

impl Renderer for Html {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::RunEnded(report) => out.write_all(page(report).map_err(io::Error::other)?.as_bytes()),
            _ => Ok(()),
        }
    }
}

fn page(report: &Report) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.add_template(NAME, TEMPLATE)?;
    let mut report = serde_json::to_value(report).unwrap_or_default();
    make_plain(&mut report, "");
    environment.get_template(NAME)?.render(context! { report => value::Value::from(value::Serde(report)) })
}

/// Writes out the control characters of all texts. Only scripts and bodies have lines.
fn make_plain(value: &mut Value, name: &str) {
    match value {
        Value::String(text) if matches!(name, "curl" | "body") => *text = plain_lines(text),
        Value::String(text) => *text = plain(text),
        Value::Array(items) => items.iter_mut().for_each(|item| make_plain(item, name)),
        Value::Object(members) => {
            for (name, mut member) in std::mem::take(members) {
                make_plain(&mut member, &name);
                members.insert(plain(&name), member);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
