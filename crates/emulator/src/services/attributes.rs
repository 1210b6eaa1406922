//! The attributes of tokens, participants and chat events.

use crate::assumptions::MAX_ATTRIBUTE_BYTES;
use crate::document::Document;
use crate::service_error::ServiceError;

/// Returns ValidationException if attributes have more than 1 KB, keys and values together.
pub(super) fn check_attributes_size(attributes: Option<&Document>, pointer: &str) -> Result<(), ServiceError> {
    let sizes = attributes.into_iter().flatten().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len));
    if sizes.sum::<usize>() > MAX_ATTRIBUTE_BYTES {
        return Err(ServiceError::invalid(pointer, "must not exceed 1 KB together"));
    }
    Ok(())
}
