//! The layout of a composition: grid or picture-in-picture (fact `composition-layout`).

use serde_json::{Value, json};

use crate::document::Document;
use crate::document::Fill;
use crate::service_error::ServiceError;

/// Returns a layout with its defaults, as a composition shows it. The default is a grid.
///
/// # Errors
/// ValidationException for both layouts at once (knowledge `two-layouts`).
pub(super) fn fill(wanted: Option<&Document>) -> Result<Document, ServiceError> {
    let part = |name: &str| wanted.and_then(|layout| layout.get(name)).and_then(Value::as_object).cloned();
    let (name, mut chosen, defaults) = match (part("grid"), part("pip")) {
        (Some(_), Some(_)) => return Err(ServiceError::invalid("/layout", "must be grid or pip")),
        (None, Some(pip)) => ("pip", pip, pip_defaults()),
        (grid, None) => ("grid", grid.unwrap_or_default(), grid_defaults()),
    };
    if let Value::Object(defaults) = defaults {
        for (name, value) in defaults {
            chosen.default(&name, value);
        }
    }
    let mut layout = Document::new();
    layout.set(name, chosen);
    Ok(layout)
}

/// Returns the defaults of a grid. An unset `videoFillMode` is shown as `""` (fact `D10`).
fn grid_defaults() -> Value {
    json!({
        "featuredParticipantAttribute": "",
        "participantOrderAttribute": "",
        "omitStoppedVideo": false,
        "videoAspectRatio": "VIDEO",
        "videoFillMode": "",
        "gridGap": 2,
    })
}

/// Returns the defaults of picture-in-picture. `pipWidth` and `pipHeight` have none: they follow the video.
fn pip_defaults() -> Value {
    json!({
        "featuredParticipantAttribute": "",
        "participantOrderAttribute": "",
        "pipParticipantAttribute": "",
        "omitStoppedVideo": false,
        "videoFillMode": "COVER",
        "gridGap": 0,
        "pipBehavior": "STATIC",
        "pipOffset": 0,
        "pipPosition": "BOTTOM_RIGHT",
    })
}
