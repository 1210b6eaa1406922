//! Batch reads.

use serde_json::json;

use crate::assumptions::BATCH_NOT_FOUND;
use crate::call::{HandlerOutput, HandlerResult, OperationCall};
use crate::contract::ResourceType;
use crate::paging::OutputPart;
use crate::state::Region;
use crate::wire::{self, Members};

/// Returns the resources of a list of ARNs, each once, in the order of the request. Unknown ARNs become errors.
pub(super) fn get_batch(
    call: &OperationCall<'_>,
    region: &Region,
    resource_type: ResourceType,
    list: &str,
) -> HandlerResult {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    let arns: Vec<&str> = call.input.texts("arns").collect();
    for (index, arn) in arns.iter().enumerate() {
        if arns[..index].contains(arn) {
            continue;
        }
        match region.get(resource_type, arn) {
            Ok(record) => found.push(call.item(list, &record.document)),
            Err(error) => errors.push(json!({
                "arn": arn,
                "code": BATCH_NOT_FOUND,
                "message": error.message,
            })),
        }
    }
    let members = Members([(list, OutputPart::Items(&found)), ("errors", OutputPart::Other(&errors.into()))]);
    Ok(HandlerOutput::Json(wire::to_json(&members)))
}
