//! The HTML report: one page that needs no network, and no script to be read.

use std::io::{self, Write};

use minijinja::value::{Serde, Value as TemplateValue};
use minijinja::{AutoEscape, Environment, Output, State, context};
use serde_json::Value;

use self::page::Page;
use super::{RenderOptions, Renderer, ReportFormat};
use crate::printable::{plain, plain_lines};
use crate::{Event, Report};

mod page;
mod shown;
mod sites;

pub(super) const FORMAT: ReportFormat =
    ReportFormat { name: "html", file_name: "report.html", renderer: |options| Box::new(Html::new(options)) };

/// The name of the template. It ends in `.html`, so that every value is escaped.
const NAME: &str = "report.html";
const TEMPLATE: &str = include_str!("../../templates/report.html");
const STYLE: &str = include_str!("../../templates/report.css");
const SCRIPT: &str = include_str!("../../templates/report.js");

/// The style of every page: colors, the verdict, facts and tables.
pub const PAGE_STYLE: &str = include_str!("../../templates/page.css");
/// The script of every page: copy buttons.
pub const PAGE_SCRIPT: &str = include_str!("../../templates/page.js");

/// Writes the page once, at the end.
#[derive(Debug, Clone, Default)]
pub struct Html {
    options: RenderOptions,
}

impl Html {
    /// Of a run with these choices.
    #[must_use]
    pub fn new(options: &RenderOptions) -> Self {
        Self { options: options.clone() }
    }
}

impl Renderer for Html {
    fn event(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::RunEnded(report) => {
                out.write_all(render(report, &self.options).map_err(io::Error::other)?.as_bytes())
            }
            _ => Ok(()),
        }
    }
}

fn render(report: &Report, options: &RenderOptions) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_formatter(write_escaped);
    environment.add_template(NAME, TEMPLATE)?;
    let page = of_template(serde_json::to_value(Page::new(report, options)).unwrap_or_default());
    // The page has these in a form of its own, and within its bounds.
    let mut report = serde_json::to_value(report).unwrap_or_default();
    for member in ["findings", "causes", "sites", "unjudged"] {
        report.as_object_mut().and_then(|members| members.remove(member));
    }
    let safe = |common: &str, own: &str| TemplateValue::from_safe_string(format!("{common}{}", own.trim_end()));
    environment.get_template(NAME)?.render(context! {
        report => of_template(report),
        page,
        style => safe(PAGE_STYLE, STYLE),
        script => safe(PAGE_SCRIPT, SCRIPT),
    })
}

fn of_template(mut value: Value) -> TemplateValue {
    make_plain(&mut value, "");
    TemplateValue::from(Serde(value))
}

/// Escapes as [`html_escaped`] does. The escaping of the template engine also escapes `/`, of which a report has many thousands.
fn write_escaped(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &TemplateValue,
) -> Result<(), minijinja::Error> {
    match value.as_str().filter(|_| !value.is_safe() && matches!(state.auto_escape(), AutoEscape::Html)) {
        Some(text) => Ok(out.write_str(&html_escaped(text))?),
        None => minijinja::escape_formatter(out, state, value),
    }
}

/// Escapes what has a meaning in HTML.
#[must_use]
pub fn html_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
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
