//! What the models do not say: the typed view of the knowledge files.

/// All knowledge files together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Knowledge {}
