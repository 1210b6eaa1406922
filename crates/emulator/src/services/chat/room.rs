//! Rooms (fact `rooms`). Outputs are flat: the members of the room are those of the output.

use serde_json::Value;

use crate::arn::Arn;
use crate::call::{Handler, HandlerOutput, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::document::Document;
use crate::document::Fill;
use crate::fault::{Fault, faults};
use crate::service_error::ServiceError;
use crate::state::Region;

faults! {
    ROOMS_IN_ORDER_OF_MAKING "rooms-in-order-of-making" Pagination "pagination" "list-order" ["ivschat.ListRooms"]
        "Rooms are listed in the order of their creation."
        why "The order is that of the whole walk, of which a layer sees one page.";

    NAMELESS_UNLISTED "nameless-unlisted" State "lifecycle" "made-is-listed" ["ivschat.ListRooms"]
        "Rooms without a name are not listed."
        why "A page is filled up after the hidden rooms; a layer would leave it short.";
}

pub(super) const HANDLERS: &[(&str, Handler)] =
    &[("CreateRoom", create), ("DeleteRoom", delete), ("GetRoom", get), ("ListRooms", list), ("UpdateRoom", update)];

const LOGGING: &str = "loggingConfigurationIdentifiers";
const HANDLER: &str = "messageReviewHandler";

fn create(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let mut room = call.draft_flat();
    room.default("name", "");
    room.default("maximumMessageRatePerSecond", 10);
    room.default("maximumMessageLength", 500);
    room.default("tags", Document::new());
    fill_handler(&mut room);
    check_logging_exists(&room, region)?;
    room.set("createTime", call.now.iso());
    room.set("updateTime", call.now.iso());
    let record = region.create(ResourceType::Room, room)?;
    let id = Arn::parse(&record.arn).map(|arn| arn.id.to_owned());
    record.document.set("id", id.unwrap_or_default());
    call.flat_output(&record.document)
}

fn get(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let room = region.get(ResourceType::Room, call.input.required("identifier"))?;
    call.flat_output(&room.document)
}

/// Updates a room. The list of logging configurations is replaced as a whole; `[]` clears it.
fn update(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let arn = call.input.required("identifier");
    let mut room = region.get(ResourceType::Room, arn)?.document.clone();
    room.extend(call.draft_flat());
    fill_handler(&mut room);
    check_logging_exists(&room, region)?;
    room.set("updateTime", call.now.iso());
    let record = region.get_mut(ResourceType::Room, arn)?;
    record.document = room;
    let output = call.show_flat(&record.document);
    region.store_mut(ResourceType::Room).touch(arn);
    Ok(output.into())
}

fn delete(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    region.remove(ResourceType::Room, call.input.required("identifier"))?;
    HandlerOutput::empty()
}

/// Lists the last updated room first, the only documented order of a list. A room must match all filters.
///
/// An unknown logging configuration gets ResourceNotFoundException, which the operation declares and which can concern
/// nothing else.
fn list(call: &OperationCall<'_>, region: &mut Region) -> HandlerResult {
    let name = call.input.text("name").unwrap_or_default();
    let uri = call.input.text("messageReviewHandlerUri").unwrap_or_default();
    let logging = call.input.text("loggingConfigurationIdentifier");
    if let Some(arn) = logging {
        region.get(ResourceType::LoggingConfiguration, arn)?;
    }
    if call.has_fault(Fault::ROOMS_IN_ORDER_OF_MAKING) {
        return call.list_resources(region, ResourceType::Room, |room| name.is_empty() || room.text("name") == name);
    }
    let store = region.store(ResourceType::Room);
    let cursor = call.cursor(store.version())?;
    let rooms = store.by_update(cursor.version);
    let rows = rooms.into_iter().filter(|(_, room)| {
        let handler = room.document.get(HANDLER).and_then(|handler| handler.get("uri"));
        let attached = room.document.get(LOGGING).and_then(Value::as_array);
        (name.is_empty() || room.text("name") == name)
            && !(call.has_fault(Fault::NAMELESS_UNLISTED) && room.text("name").is_empty())
            && (uri.is_empty() || handler.and_then(Value::as_str) == Some(uri))
            && logging.is_none_or(|wanted| attached.is_some_and(|attached| attached.iter().any(|one| one == wanted)))
    });
    call.page(cursor, rows.map(|(rank, room)| (rank, &room.document)))
}

/// Sets the defaults of the review handler, if the room ever had one (fact `D1`). A detached one shows an empty URI.
fn fill_handler(room: &mut Document) {
    if let Some(handler) = room.get_mut(HANDLER).and_then(Value::as_object_mut) {
        handler.default("uri", "");
        handler.default("fallbackResult", "ALLOW");
    }
}

/// Returns whether any room uses a logging configuration.
pub(super) fn any_uses(region: &Region, logging: &str) -> bool {
    let uses = |room: &Document| {
        let identifiers = room.get(LOGGING).and_then(Value::as_array);
        identifiers.is_some_and(|identifiers| identifiers.iter().any(|identifier| identifier == logging))
    };
    region.store(ResourceType::Room).iter().any(|room| uses(&room.document))
}

/// Returns ResourceNotFoundException if a logging configuration does not exist or is being deleted.
fn check_logging_exists(room: &Document, region: &Region) -> Result<(), ServiceError> {
    let identifiers = room.get(LOGGING).and_then(Value::as_array);
    for identifier in identifiers.into_iter().flatten() {
        let arn = identifier.as_str().unwrap_or_default();
        let logging = region.get(ResourceType::LoggingConfiguration, arn)?;
        if logging.text("state") == "DELETING" {
            return Err(ServiceError::not_found(ResourceType::LoggingConfiguration, arn));
        }
    }
    Ok(())
}
