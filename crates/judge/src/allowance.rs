//! Error names that an operation may answer although its model does not declare them, by the knowledge files.

use ivs_model::Knowledge;

/// Whether the name is one of the codes for signatures, credentials and permissions (fact `auth-failures`): they are
/// checked before an operation is known, maybe by a gateway.
pub(crate) fn is_authentication(knowledge: &Knowledge, name: &str) -> bool {
    knowledge.auth_faults.iter().any(|fault| fault.rejection.names(name))
}

/// Whether the answer says that calls came too fast.
pub(crate) fn is_throttling(knowledge: &Knowledge, name: Option<&str>, status: u16) -> bool {
    let named = |name: &str| {
        knowledge
            .allowed_anywhere
            .iter()
            .any(|allowed| allowed.statuses.contains(&429) && allowed.codes.iter().any(|code| code == name))
    };
    status == 429 || name.is_some_and(named)
}

/// Whether an undeclared name is right whatever the operation. Codes of the protocol are so only for a request that
/// cannot be read. The status is not looked at: see [`statuses`].
pub(crate) fn allows(knowledge: &Knowledge, name: &str, status: u16, well_formed: bool) -> bool {
    knowledge.is_allowed_anywhere(name, status) || !statuses(knowledge, name, well_formed).is_empty()
}

/// The statuses that go with an undeclared name, sorted; empty if the knowledge files do not have the name.
pub(crate) fn statuses(knowledge: &Knowledge, name: &str, well_formed: bool) -> Vec<u16> {
    let anywhere = knowledge
        .allowed_anywhere
        .iter()
        .filter(|allowed| allowed.codes.iter().any(|code| code == name))
        .flat_map(|allowed| allowed.statuses.iter().copied());
    let authentication = knowledge
        .auth_faults
        .iter()
        .filter(|fault| fault.rejection.names(name))
        .flat_map(|fault| fault.rejection.statuses());
    let protocol = knowledge
        .protocol_faults
        .iter()
        .filter(|fault| !well_formed && fault.rejection.names(name))
        .flat_map(|fault| fault.rejection.statuses());
    let mut statuses: Vec<u16> = anywhere.chain(authentication).chain(protocol).collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
}
