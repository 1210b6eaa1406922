//! Restoring of the state from a journal.

use std::sync::Arc;
use std::time::Duration;

use crate::arn::Arn;
use crate::auth::VerifiedCaller;
use crate::contract::CONTRACT;
use crate::control;
use crate::endpoint::EmulatorEndpoint;
use crate::input::Input;
use crate::journal::{Entry, Journal, JournalError, JournalWriter, JournaledCall};
use crate::router::ROUTER;
use crate::token::TokenKeys;

impl EmulatorEndpoint {
    /// Replays a journal and writes to it from now on; returns whether it held any change.
    ///
    /// # Errors
    /// Returns an error for a journal that cannot be read, or that another version wrote.
    pub(crate) fn restore(&mut self, journal: Arc<dyn Journal>) -> Result<bool, JournalError> {
        let own = self.accounts.durations();
        let mut holds_changes = false;
        journal.replay(&mut |text| {
            let entry = Entry::read(text)?;
            holds_changes |= !matches!(entry, Entry::Start { .. });
            self.replay(entry)
        })?;
        self.accounts.set_durations(own);
        let writer = JournalWriter::new(journal);
        writer.write(&self.settings()).map_err(|error| JournalError::Entry { reason: error.message })?;
        self.journal = Some(writer);
        Ok(holds_changes)
    }

    /// Returns the entry with the settings of this process.
    pub(crate) fn settings(&self) -> Entry {
        let milliseconds = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let (settling, retention) = self.accounts.durations();
        Entry::Start {
            settling: milliseconds(settling),
            retention: milliseconds(retention),
            key: TokenKeys::get().export(),
        }
    }

    /// Carries out one change again. What was refused then is refused now.
    fn replay(&self, entry: Entry) -> Result<(), JournalError> {
        match entry {
            Entry::Start { settling, retention, key } => {
                self.accounts.set_durations((Duration::from_millis(settling), Duration::from_millis(retention)));
                TokenKeys::restore(&key).ok_or_else(|| bad("its key cannot be read".to_owned()))
            }
            Entry::Call(call) => self.replay_call(call),
            Entry::Act { at, seed, action, input } => {
                let run = control::action_named(&action)
                    .ok_or_else(|| bad(format!("there is no control action {action:?}")))?
                    .run;
                let input = Input(input);
                let arn = Arn::parse(input.required("arn")).ok_or_else(|| bad(format!("{action} has no ARN")))?;
                self.accounts.with(arn.account, arn.region, |region| {
                    region.advance_to(at);
                    fastrand::seed(seed);
                    drop(run(&input, region, at));
                });
                Ok(())
            }
            Entry::Control { action, input } => {
                control::repeat(self, &action, input).ok_or_else(|| bad(format!("there is no action {action:?}")))
            }
        }
    }

    fn replay_call(&self, earlier: JournaledCall) -> Result<(), JournalError> {
        let JournaledCall { at, seed, account, region, operation, input, id } = earlier;
        let found = CONTRACT.operations.iter().find(|known| known.full_name == operation);
        let operation = found.ok_or_else(|| bad(format!("there is no operation {operation:?}")))?;
        let caller = VerifiedCaller { account: &account, region: &region };
        self.with_call(operation, input, &caller, at, |call, region| {
            fastrand::seed(seed);
            region.next_id = id;
            drop(ROUTER.handler(operation)(call, region));
            region.next_id = None;
        });
        Ok(())
    }
}

fn bad(reason: String) -> JournalError {
    JournalError::Entry { reason }
}
