//! The verb of an operation's name. No other module interprets names.

/// The verb of an operation, from the first word of its name.
///
/// The traits of the models do not suffice: two operations of IVS have `readonly` but write, and IVS Chat never uses
/// `readonly` (fact `readonly-trait`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Reads one resource.
    Get,
    /// Reads one page of resources.
    List,
    /// Reads resources in another way.
    OtherRead,
    /// Creates a resource.
    Create,
    /// Changes the named resource to the values of the input.
    Update,
    /// Stores the values of the input.
    Put,
    /// Adds tags.
    Tag,
    /// Removes tags.
    Untag,
    /// Deletes the named resource.
    Delete,
    /// Any other action, unknown from the name.
    Other,
}

impl Verb {
    /// Returns the verb of an operation's name.
    pub(crate) fn of(name: &str) -> Self {
        let (word, _) = split(name);
        match word {
            "Get" => Self::Get,
            "List" => Self::List,
            "Describe" | "Search" | "Head" => Self::OtherRead,
            "Batch" if name.starts_with("BatchGet") => Self::OtherRead,
            "Create" | "Import" | "Start" => Self::Create,
            "Update" => Self::Update,
            "Put" => Self::Put,
            "Tag" => Self::Tag,
            "Untag" => Self::Untag,
            "Delete" => Self::Delete,
            _ => Self::Other,
        }
    }

    /// Returns whether the verb only reads.
    pub(crate) fn reads(self) -> bool {
        matches!(self, Self::Get | Self::List | Self::OtherRead)
    }
}

/// Returns the noun of an operation's name in the spelling of ARNs: `DeleteStreamKey` gives `stream-key`.
pub(crate) fn noun(name: &str) -> String {
    kebab(split(name).1)
}

/// Splits a name into the first word and the rest.
fn split(name: &str) -> (&str, &str) {
    let end = name.char_indices().skip(1).find(|(_, character)| character.is_uppercase());
    name.split_at(end.map_or(name.len(), |(index, _)| index))
}

/// Converts a name to kebab case: `StreamKey` becomes `stream-key`.
fn kebab(name: &str) -> String {
    let mut kebab = String::with_capacity(name.len() + 4);
    for (index, character) in name.char_indices() {
        if character.is_uppercase() && index > 0 {
            kebab.push('-');
        }
        kebab.extend(character.to_lowercase());
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_word_by_word() {
        assert_eq!(split("DeletePlaybackKeyPair"), ("Delete", "PlaybackKeyPair"));
        assert_eq!(split("x"), ("x", ""));
        assert_eq!(kebab("PlaybackKeyPair"), "playback-key-pair");
    }

    #[test]
    fn a_verb_is_a_whole_word() {
        assert_eq!(Verb::of("GetChannel"), Verb::Get);
        assert_eq!(Verb::of("BatchGetChannel"), Verb::OtherRead);
        assert_eq!(Verb::of("BatchStartViewerSessionRevocation"), Verb::Other);
        assert_eq!(Verb::of("Listen"), Verb::Other);
        assert_eq!(Verb::of("Getaway"), Verb::Other);
    }
}
