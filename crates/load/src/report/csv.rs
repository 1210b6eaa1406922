//! The load over time as CSV: one line for each interval, times in milliseconds.

use std::fmt::Write as _;

use super::LoadReportInput;
use crate::class::AnswerClass;
use crate::time_series::{PointTimes, TimePoint};

pub(super) fn render(input: &LoadReportInput<'_>) -> Vec<u8> {
    let mut text = "start_s,length_s,rps".to_owned();
    for class in AnswerClass::ALL {
        let _ = write!(text, ",{}", class.name());
    }
    text.push_str(",users,due,held_back,dropped,late");
    for series in ["service", "intended"] {
        for name in ["p50", "p95", "p99", "max"] {
            let _ = write!(text, ",{series}_{name}_ms");
        }
    }
    text.push('\n');
    for point in &input.summary.series {
        line(&mut text, point);
    }
    text.into_bytes()
}

fn line(text: &mut String, point: &TimePoint) {
    let _ = write!(text, "{},{},{:.1}", point.start_s, point.length_s, point.rps);
    for class in AnswerClass::ALL {
        let _ = write!(text, ",{}", point.classes.get(class.name()).copied().unwrap_or(0));
    }
    for count in [point.users, point.due, point.held_back, point.dropped, point.late] {
        let _ = write!(text, ",{count}");
    }
    for times in [point.service, point.intended] {
        let values = times.map(|PointTimes { p50, p95, p99, max }| [p50, p95, p99, max]);
        for index in 0..4 {
            text.push(',');
            if let Some(values) = values {
                let _ = write!(text, "{:.3}", values[index] as f64 / 1e6);
            }
        }
    }
    text.push('\n');
}
