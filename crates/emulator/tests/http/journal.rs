//! The journal: an emulator that is started with the journal of another has what that one answered.

use std::io;
use std::sync::{Arc, Mutex};

use ivs_emulator::{Emulator, EmulatorClock, Journal, JournalError, Options, StartError};
use serde_json::{Value, json};

use crate::support::{Bench, text};

/// A journal in memory. It is full after a number of entries.
#[derive(Debug)]
struct Memory {
    entries: Mutex<Vec<String>>,
    room: usize,
}

impl Memory {
    fn new(room: usize) -> Arc<Self> {
        Arc::new(Self { entries: Mutex::default(), room })
    }
}

impl Journal for Memory {
    fn replay(&self, entry: &mut dyn FnMut(&str) -> Result<(), JournalError>) -> Result<(), JournalError> {
        self.entries.lock().unwrap().iter().try_for_each(|text| entry(text))
    }

    fn append(&self, entry: &str) -> io::Result<()> {
        let mut entries = self.entries.lock().unwrap();
        if entries.len() >= self.room {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "the journal is full"));
        }
        entries.push(entry.to_owned());
        Ok(())
    }

    fn clear(&self) -> io::Result<()> {
        self.entries.lock().unwrap().clear();
        Ok(())
    }
}

async fn bench(journal: &Arc<Memory>) -> Bench {
    let journal: Arc<dyn Journal> = Arc::<Memory>::clone(journal);
    Bench::with(Options { journal: Some(journal), ..Options::default() }).await
}

/// What the emulator holds.
async fn holdings(bench: &Bench) -> Vec<Value> {
    let mut held = Vec::new();
    for operation in ["ListChannels", "ListStages", "ListPublicKeys", "ListCompositions", "ListStorageConfigurations"] {
        held.push(bench.ivs(operation, json!({})).await.ok());
    }
    for operation in ["ListRooms", "ListLoggingConfigurations"] {
        held.push(bench.chat(operation, json!({})).await.ok());
    }
    held
}

#[tokio::test]
async fn a_second_emulator_has_what_the_first_one_answered() {
    let journal = Memory::new(usize::MAX);
    let first = bench(&journal).await;
    let channel = first.channel().await;
    let channel_before = first.ivs("GetChannel", json!({"arn": channel})).await.ok();
    let stage = first.stage().await;
    let room = first.room().await;
    first.chat("UpdateRoom", json!({"identifier": room, "name": "lobby"})).await.ok();
    first.chat("DeleteRoom", json!({"identifier": first.room().await})).await.ok();
    let logging = json!({"destinationConfiguration": {"s3": {"bucketName": "chat-logs"}}});
    first.chat("CreateLoggingConfiguration", logging).await.ok();
    first.ivs("ImportPublicKey", json!({"publicKeyMaterial": ivs_fixtures::keys::P384[0]})).await.ok();
    let token = first.ivs("CreateParticipantToken", json!({"stageArn": stage})).await.ok();
    let join = json!({"arn": stage, "token": token["participantToken"]["token"]});
    let joined = first.control("stage/join", join.clone()).await.ok();
    first.tags("POST", &channel, "", Some(json!({"tags": {"team": "video"}}))).await.ok();
    first.control("clock", json!({"seconds": 60})).await.ok();
    first.ivs("CreateStorageConfiguration", json!({"s3": {"bucketName": "late"}})).await.ok();
    let before = holdings(&first).await;
    drop(first);

    let second = bench(&journal).await;
    assert_eq!(holdings(&second).await, before);
    let mut expected = channel_before["channel"].clone();
    expected["tags"] = json!({"team": "video"});
    assert_eq!(second.ivs("GetChannel", json!({"arn": channel})).await.ok()["channel"], expected);
    // The participant is there, and its token is valid still.
    let about = json!({"stageArn": stage, "sessionId": joined["sessionId"]});
    let listed = second.ivs("ListParticipants", about).await.ok();
    assert_eq!(listed["participants"][0]["participantId"], joined["participantId"]);
    second.control("stage/join", join).await.ok();

    let third = bench(&journal).await;
    third.control("reset", json!({})).await.ok();
    third.channel().await;
    let fourth = bench(&journal).await;
    assert_eq!(fourth.ivs("ListChannels", json!({})).await.ok()["channels"].as_array().unwrap().len(), 1);
    assert_eq!(fourth.ivs("ListStages", json!({})).await.ok(), json!({"stages": []}));
}

#[tokio::test]
async fn what_the_journal_cannot_take_is_not_done() {
    let journal = Memory::new(2);
    let bench = bench(&journal).await;
    bench.channel().await;
    let refused = bench.ivs("CreateChannel", json!({})).await;
    refused.is_error(500, "InternalServerException");
    assert!(text(&refused.json()["message"]).contains("the journal is full"), "{}", refused.json());
    assert_eq!(bench.ivs("ListChannels", json!({})).await.ok()["channels"].as_array().unwrap().len(), 1);
    assert_eq!(bench.control("clock", json!({"seconds": 1})).await.status, 500);
}

#[tokio::test]
async fn an_entry_of_another_version_is_refused() {
    let journal = Memory::new(usize::MAX);
    journal.append(r#"{"call-of-tomorrow": {}}"#).unwrap();
    let options = Options { journal: Some(journal), clock: EmulatorClock::system(), ..Options::default() };
    let error = Emulator::start(options).await.unwrap_err();
    assert!(matches!(error, StartError::Journal(JournalError::Entry { .. })), "{error:?}");
}
