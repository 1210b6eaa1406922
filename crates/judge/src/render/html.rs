//! The HTML report: one page that needs no network, and no script to be read.

use std::io::{self, Write};

use minijinja::value::{Serde, Value as TemplateValue};
use minijinja::{AutoEscape, Environment, Output, State, context};
use serde_json::Value;

use self::page::Page;
use super::{RenderOptions, Renderer, ReportFormat};
use crate::printable::{plain, plain_lines};
use crate::{Event, Report};

mod matrix;
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
    let (style, script) = (STYLE.trim_end(), SCRIPT.trim_end());
    environment.get_template(NAME)?.render(context! {
        report => of_template(report),
        page,
        style => TemplateValue::from_safe_string(style.to_owned()),
        script => TemplateValue::from_safe_string(script.to_owned()),
    })
}

fn of_template(mut value: Value) -> TemplateValue {
    make_plain(&mut value, "");
    TemplateValue::from(Serde(value))
}

/// Escapes what has a meaning in HTML. Unlike the escaping of the template engine it leaves `/` alone, of which a report has
/// many thousands.
fn write_escaped(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &TemplateValue,
) -> Result<(), minijinja::Error> {
    let text = value.as_str().filter(|_| !value.is_safe() && matches!(state.auto_escape(), AutoEscape::Html));
    let Some(mut text) = text else { return minijinja::escape_formatter(out, state, value) };
    while let Some(at) = text.find(['&', '<', '>', '"', '\'']) {
        out.write_str(&text[..at])?;
        out.write_str(match text.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        text = &text[at + 1..];
    }
    out.write_str(text)?;
    Ok(())
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
