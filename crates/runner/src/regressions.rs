//! The store of failed sequences between runs.

/// Where sequences that failed are kept: one text for each kind of resource. The command keeps them in a folder.
pub trait Regressions: std::fmt::Debug + Send + Sync {
    /// The text of that name, if there is one.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(&self, name: &str) -> Result<Option<String>, String>;

    /// Puts the text in the place of the one of that name.
    ///
    /// # Errors
    /// Why it cannot be written.
    fn write(&self, name: &str, text: &str) -> Result<(), String>;
}
