//! The form in which each suite states its checks, in `SUITE/checks.rs`.

/// States checks and the list of all of them in one, so that no check is missing from the list.
macro_rules! checks {
    ($($(#[$doc:meta])* $name:ident = $check:expr;)+) => {
        $($(#[$doc])* pub(crate) const $name: CheckInfo = $check;)+

        /// All checks of the suite.
        pub(super) const ALL: &[CheckInfo] = &[$($name),+];
    };
}

pub(crate) use checks;
