//! Rooms (facts section 3.14). Outputs are flat: the room's members are the output's.

use serde_json::Value;

use crate::arn::Arn;
use crate::call::{Answer, Call, Fill, Handler, Reply};
use crate::failure::Failure;
use crate::fault::Fault;
use crate::state::{Document, Kind, Region};

pub(super) const HANDLERS: &[(&str, Handler)] =
    &[("CreateRoom", create), ("DeleteRoom", delete), ("GetRoom", get), ("ListRooms", list), ("UpdateRoom", update)];

const LOGGING: &str = "loggingConfigurationIdentifiers";
const HANDLER: &str = "messageReviewHandler";

fn create(call: &Call<'_>, region: &mut Region) -> Answer {
    let mut room = call.draft_flat();
    room.default("name", "");
    room.default("maximumMessageRatePerSecond", 10);
    room.default("maximumMessageLength", if call.faulty(Fault::DefaultIsAnother) { 499 } else { 500 });
    room.default("tags", Document::new());
    room.default(LOGGING, Value::Array(Vec::new()));
    fill_handler(&mut room);
    logging_exists(&room, region)?;
    room.set("createTime", call.now.iso());
    room.set("updateTime", call.now.iso());
    let record = region.create(Kind::Room, room)?;
    let id = Arn::parse(&record.arn).map(|arn| arn.id.to_owned());
    record.document.set("id", id.unwrap_or_default());
    call.answer_flat(&record.document)
}

fn get(call: &Call<'_>, region: &mut Region) -> Answer {
    let room = region.get(Kind::Room, call.input.required("identifier"))?;
    call.answer_flat(&room.document)
}

/// Logging configurations are replaced as a whole, in their order; `[]` clears them.
fn update(call: &Call<'_>, region: &mut Region) -> Answer {
    let arn = call.input.required("identifier");
    let mut room = region.get(Kind::Room, arn)?.document.clone();
    if call.faulty(Fault::UpdateResetsOthers) {
        room.set("maximumMessageRatePerSecond", 10);
        room.set("maximumMessageLength", 500);
    }
    room.extend(call.draft_flat());
    fill_handler(&mut room);
    logging_exists(&room, region)?;
    room.set("updateTime", call.now.iso());
    let record = region.get_mut(Kind::Room, arn)?;
    record.document = room;
    let output = call.show_flat(&record.document);
    region.store_mut(Kind::Room).touch(arn);
    Ok(output.into())
}

fn delete(call: &Call<'_>, region: &mut Region) -> Answer {
    match region.remove(Kind::Room, call.input.required("identifier")) {
        Err(_) if call.faulty(Fault::DeleteAgainSucceeds) => Reply::empty(),
        removed => removed.and_then(|_| Reply::empty()),
    }
}

/// Last updated first, the one order that is documented. Filters narrow together; a logging configuration that
/// does not exist is not found, since the operation declares that error and refers to nothing else.
fn list(call: &Call<'_>, region: &mut Region) -> Answer {
    let name = call.input.text("name").unwrap_or_default();
    let uri = call.input.text("messageReviewHandlerUri").unwrap_or_default();
    let logging = call.input.text("loggingConfigurationIdentifier");
    if let Some(arn) = logging {
        region.get(Kind::LoggingConfiguration, arn)?;
    }
    if call.faulty(Fault::RoomsInOrderOfMaking) {
        return call.page_of(region, Kind::Room, |room| name.is_empty() || room.text("name") == name);
    }
    let store = region.store(Kind::Room);
    let cursor = call.cursor(store.version())?;
    let rooms = store.by_update(cursor.version);
    let rows = rooms.into_iter().filter(|(_, room)| {
        let handler = room.document.get(HANDLER).and_then(|handler| handler.get("uri"));
        let attached = room.document.get(LOGGING).and_then(Value::as_array);
        (name.is_empty() || room.text("name") == name)
            && !(call.faulty(Fault::NamelessUnlisted) && room.text("name").is_empty())
            && (uri.is_empty() || handler.and_then(Value::as_str) == Some(uri))
            && logging.is_none_or(|wanted| attached.is_some_and(|attached| attached.iter().any(|one| one == wanted)))
    });
    call.page(cursor, rows.map(|(rank, room)| (rank, &room.document)))
}

/// A room always shows its review handler; without one, its URI is empty.
fn fill_handler(room: &mut Document) {
    let mut handler = room.get(HANDLER).and_then(Value::as_object).cloned().unwrap_or_default();
    handler.default("uri", "");
    handler.default("fallbackResult", "ALLOW");
    room.set(HANDLER, handler);
}

/// Whether any room logs to a logging configuration.
pub(super) fn logs_to(region: &Region, logging: &str) -> bool {
    let uses = |room: &Document| {
        let identifiers = room.get(LOGGING).and_then(Value::as_array);
        identifiers.is_some_and(|identifiers| identifiers.iter().any(|identifier| identifier == logging))
    };
    region.store(Kind::Room).iter().any(|room| uses(&room.document))
}

/// One that is being deleted is as good as gone.
fn logging_exists(room: &Document, region: &Region) -> Result<(), Failure> {
    let identifiers = room.get(LOGGING).and_then(Value::as_array);
    for identifier in identifiers.into_iter().flatten() {
        let arn = identifier.as_str().unwrap_or_default();
        let logging = region.get(Kind::LoggingConfiguration, arn)?;
        if logging.text("state") == "DELETING" {
            return Err(Failure::not_found(Kind::LoggingConfiguration, arn));
        }
    }
    Ok(())
}
