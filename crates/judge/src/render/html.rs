//! The HTML report: one page that needs no network.

use std::io::{self, Write};

use minijinja::{Environment, context, value};

use super::Renderer;
use crate::{Event, Report};

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
    environment.get_template(NAME)?.render(context! { report => value::Value::from(value::Serde(report)) })
}
