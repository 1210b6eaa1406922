//! A line chart as SVG.

use std::fmt::Write as _;

use ivs_judge::render::html_escaped;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 180.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 28.0;

/// A line of a chart.
pub(super) struct Line {
    pub(super) name: &'static str,
    /// The class of its color.
    pub(super) class: &'static str,
    /// A value for each run; none where the run has none.
    pub(super) values: Vec<Option<f64>>,
}

/// Draws lines over dates. `format` writes a value with its unit.
pub(super) fn svg(title: &str, dates: &[&str], lines: &[Line], format: impl Fn(f64) -> String) -> String {
    let most = lines.iter().flat_map(|line| line.values.iter().flatten()).copied().fold(0.0, f64::max);
    let top = if most > 0.0 { most } else { 1.0 };
    let x = |at: usize| {
        let last = dates.len().saturating_sub(1).max(1);
        LEFT + (WIDTH - LEFT - RIGHT) * if dates.len() == 1 { 0.5 } else { at as f64 / last as f64 }
    };
    let y = |value: f64| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - value / top);
    let title = escaped(title);
    let mut svg = format!(
        "<figure><figcaption>{title}</figcaption>\n<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\n"
    );
    for share in [0.0, 0.5, 1.0] {
        let (at, label) = (y(top * share), escaped(&format(top * share)));
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{:.1}\" y2=\"{at:.1}\"/>\
             <text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0
        );
    }
    let ends = [(0, "start"), (dates.len().saturating_sub(1), "end")];
    for (at, anchor) in ends.into_iter().take(if dates.len() > 1 { 2 } else { 1 }) {
        let date = escaped(dates.get(at).copied().unwrap_or_default());
        let _ = writeln!(
            svg,
            "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{date}</text>",
            x(at),
            HEIGHT - 8.0
        );
    }
    for line in lines {
        let mut path = String::new();
        let mut is_open = false;
        let mut points = String::new();
        for (at, value) in line.values.iter().enumerate() {
            let Some(value) = value else {
                is_open = false;
                continue;
            };
            let _ = write!(path, "{}{:.1} {:.1} ", if is_open { 'L' } else { 'M' }, x(at), y(*value));
            is_open = true;
            let label =
                escaped(&format!("{}: {} {}", dates.get(at).copied().unwrap_or_default(), format(*value), line.name));
            let _ = writeln!(
                points,
                "<circle class=\"{}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"><title>{label}</title></circle>",
                line.class,
                x(at),
                y(*value)
            );
        }
        let _ = writeln!(svg, "<path class=\"{}\" d=\"{}\"/>\n{points}", line.class, path.trim_end());
    }
    svg.push_str("</svg>\n<ul class=\"legend\">");
    for line in lines {
        let last = line.values.iter().rev().flatten().next().map(|value| format(*value)).unwrap_or_default();
        let _ = write!(svg, "<li class=\"{}\">{} <b>{}</b></li>", line.class, escaped(line.name), escaped(&last));
    }
    svg.push_str("</ul></figure>\n");
    svg
}

/// Escapes text for HTML and SVG, in which control characters have no place.
pub(super) fn escaped(text: &str) -> String {
    html_escaped(&text.replace(char::is_control, "\u{fffd}"))
}
