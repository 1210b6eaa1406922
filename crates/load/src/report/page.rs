//! The frame of the HTML pages: style, plots and data, inlined, so that a page needs no network.

use ivs_judge::render::{PAGE_SCRIPT, PAGE_STYLE};
use minijinja::value::{Serde, Value as TemplateValue};
use minijinja::{AutoEscape, Environment, context};
use serde_json::Value;

/// What every page extends.
const LAYOUT: &str = include_str!("../../templates/layout.html");
const STYLE: &str = include_str!("../../templates/page.css");
/// Draws the plots.
const PLOTTING: &str = include_str!("../../templates/plotting.js");
/// uPlot 1.6.32, MIT (templates/uplot.LICENSE).
const UPLOT: &str = include_str!("../../templates/uplot.min.js");
const UPLOT_STYLE: &str = include_str!("../../templates/uplot.min.css");

/// A page: its template, the script that draws its plots, what the template shows, and what the script draws.
pub(super) struct Page {
    pub(super) template: &'static str,
    pub(super) script: &'static str,
    pub(super) summary: Value,
    pub(super) data: Value,
}

impl Page {
    pub(super) fn render(self) -> String {
        // The templates are part of the program, and tests render them.
        self.try_render().unwrap_or_else(|error| format!("the page could not be rendered: {error}"))
    }

    fn try_render(self) -> Result<String, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.add_template("layout.html", LAYOUT)?;
        environment.add_template("page", self.template)?;
        let safe = |parts: &[&str]| TemplateValue::from_safe_string(parts.concat().trim_end().to_owned());
        // In a script, `<` could end it.
        let data = self.data.to_string().replace('<', "\\u003c");
        environment.get_template("page")?.render(context! {
            summary => TemplateValue::from(Serde(self.summary)),
            style => safe(&[UPLOT_STYLE, PAGE_STYLE, STYLE]),
            plots => safe(&[UPLOT]),
            script => safe(&["const DATA = ", &data, ";\n", PAGE_SCRIPT, PLOTTING, self.script]),
        })
    }
}
