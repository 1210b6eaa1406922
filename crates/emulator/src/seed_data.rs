//! Seed data: resources that an emulator has from its start.

use serde_json::Value;

use crate::auth::{DEFAULT_ACCOUNT, VerifiedCaller};
use crate::contract::{CONTRACT, OperationContract, ResourceType};
use crate::document::Document;
use crate::endpoint::{EmulatorEndpoint, validate};
use crate::fault::PlantedFault;
use crate::services::tags;

/// The region of seed data that names none.
const DEFAULT_REGION: &str = "us-east-1";

/// The member of an entry that fixes the last part of the ARN.
const ID: &str = "id";

/// The reason why seed data cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{pointer}: {reason}")]
pub struct SeedError {
    /// The JSON pointer of the wrong part; empty for the whole.
    pub pointer: String,
    /// What is wrong with it, and what would be right.
    pub reason: String,
}

impl SeedError {
    fn new(pointer: &str, reason: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), reason: reason.into() }
    }
}

impl EmulatorEndpoint {
    /// Makes the resources of seed data: lists of the inputs of create operations, by the type in an ARN.
    ///
    /// # Errors
    /// Returns an error that names the first part that is unknown or refused.
    pub(crate) fn seed(&self, data: &Value) -> Result<(), SeedError> {
        let Value::Object(data) = data else {
            return Err(SeedError::new("", "must be an object with lists of resources"));
        };
        let text = |name: &str, default: &'static str| match data.get(name) {
            None => Ok(default.to_owned()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(SeedError::new(&format!("/{name}"), "must be a text")),
        };
        let (account, region) = (text("account", DEFAULT_ACCOUNT)?, text("region", DEFAULT_REGION)?);
        let caller = VerifiedCaller { account: &account, region: &region };
        for name in data.keys().filter(|name| !matches!(name.as_str(), "account" | "region")) {
            if !ResourceType::ALL.iter().any(|known| known.arn_type() == name) {
                let known = ResourceType::ALL.map(ResourceType::arn_type).join(", ");
                let reason = format!("unknown member; the members are account, region, {known}");
                return Err(SeedError::new(&format!("/{name}"), reason));
            }
        }
        // A type comes after those that it refers to.
        for resource_type in ResourceType::IN_ORDER_OF_REFERENCE {
            let name = resource_type.arn_type();
            let Some(entries) = data.get(name) else { continue };
            let Value::Array(entries) = entries else {
                return Err(SeedError::new(&format!("/{name}"), "must be a list of resources"));
            };
            for (index, entry) in entries.iter().enumerate() {
                self.seed_one(resource_type, entry, &format!("/{name}/{index}"), &caller)?;
            }
        }
        Ok(())
    }

    fn seed_one(
        &self,
        resource_type: ResourceType,
        entry: &Value,
        pointer: &str,
        caller: &VerifiedCaller<'_>,
    ) -> Result<(), SeedError> {
        let operation = creator_of(resource_type);
        let Value::Object(entry) = entry else {
            let reason = format!("must be an object with the input of {}", operation.name());
            return Err(SeedError::new(pointer, reason));
        };
        let mut input = entry.clone();
        let id = input.remove(ID).map(|id| {
            id_of(&id).ok_or_else(|| {
                SeedError::new(
                    &format!("{pointer}/{ID}"),
                    "must have 12 letters and digits (example: \"lobby0000001\")",
                )
            })
        });
        let id = id.transpose()?;
        check_members(operation, &input, pointer)?;
        let refused = |error: crate::service_error::ServiceError| SeedError::new(pointer, error.message);
        validate(operation, &input, PlantedFault::default())
            .and_then(|()| tags::check_tags(&input))
            .map_err(refused)?;
        self.create_seeded(operation, input, id, caller).map_err(refused)
    }
}

/// Returns the operation that makes resources of a type.
fn creator_of(resource_type: ResourceType) -> &'static OperationContract {
    let found = CONTRACT.operations.iter().find(|operation| {
        operation.service().id == resource_type.service() && resource_type.is_made_by(operation.name())
    });
    found.expect("every resource type has an operation that makes it")
}

/// Returns an ID with 12 letters and digits.
fn id_of(value: &Value) -> Option<String> {
    let id = value.as_str()?;
    (id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| id.to_owned())
}

/// Checks that an input has no member that its operation does not know, at any depth.
fn check_members(operation: &'static OperationContract, input: &Document, pointer: &str) -> Result<(), SeedError> {
    let Some(shape) = operation.model.input else { return Ok(()) };
    match operation.service().schema.unknown_member(shape, input) {
        None => Ok(()),
        Some(unknown) => {
            let reason = format!("unknown member of the input of {} (and `{ID}` of an entry)", operation.name());
            Err(SeedError::new(&format!("{pointer}{unknown}"), reason))
        }
    }
}
