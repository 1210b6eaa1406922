//! Resources: what cannot be inferred from the models about making, naming, changing and ending them.

use serde::Deserialize;
use serde_json::Value;

use super::{Rejection, entries};
use crate::{Authority, OperationId};

/// The states of one kind of resource.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lifecycle {
    /// The service.
    pub service: String,
    /// The kind, such as `recording-configuration`.
    pub resource: String,
    /// The shape of the state's enumeration, which lists all states.
    pub shape: String,
    /// The states a create or start call may answer.
    pub initial: Vec<String>,
    /// The states that pass by themselves.
    pub passing: Vec<String>,
    /// The states in which the resource can be used.
    pub usable: Vec<String>,
    /// The states of something that went wrong or is over.
    pub final_states: Vec<String>,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// What some operations must find, beyond a resource that exists.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Precondition {
    /// The service.
    pub service: String,
    /// The operations.
    pub operations: Vec<String>,
    /// What must be there.
    pub needs: Need,
    /// What answers a call that does not find it.
    pub rejection: Rejection,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// What an operation must find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// A channel that is on air.
    LiveStream,
    /// A channel that is not on air.
    IdleChannel,
    /// A channel that was on air at least once.
    StreamSession,
    /// A stage that somebody joined at least once.
    StageSession,
    /// A participant who publishes.
    Publisher,
    /// A resource that no other one refers to.
    Detached,
    /// A resource that is in no passing state.
    Settled,
}

/// What an update leaves alone: every member that the request does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Update {
    /// The service.
    pub service: String,
    /// The operations.
    pub operations: Vec<String>,
    /// Members that may change although the request does not hold them.
    #[serde(default)]
    pub follows: Vec<Follow>,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// A member whose value depends on that of another one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Follow {
    /// The member that follows, by name.
    pub member: String,
    /// The member whose change it follows, by name.
    pub of: String,
}

/// The value that takes a reference away.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Detach {
    /// The service.
    pub service: String,
    /// The updating operations.
    pub operations: Vec<String>,
    /// JSON pointer to the reference in the input, and in the resource that the answer holds.
    pub member: String,
    /// The value.
    pub value: Value,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// What removing a resource does to those that refer to it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cascade {
    /// The service.
    pub service: String,
    /// The removing operation.
    pub operation: String,
    /// The kind that refers.
    pub resource: String,
    /// The member by which it refers, as a JSON pointer into the resource.
    pub member: String,
    /// What becomes of it.
    pub effect: Effect,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// What becomes of a resource that refers to one that is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It ends, too.
    Ends,
    /// It stays, and refers to nothing.
    Clears,
}

/// A shape that names a resource without being an ARN.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Identifier {
    /// The service.
    pub service: String,
    /// The shapes of such identifiers.
    pub shapes: Vec<String>,
    /// The input members that take one, where the shape alone does not tell.
    #[serde(default)]
    pub members: Vec<String>,
    /// The kind of resource.
    pub resource: String,
    /// Where one comes from.
    pub origin: Origin,
    /// A well-formed sample that names nothing.
    pub sample: String,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// Where an identifier comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Origin {
    /// The caller chooses it.
    Caller,
    /// It stands in the answer of this operation, at this pointer.
    Answer {
        /// The operation.
        operation: String,
        /// JSON pointer into its output; `*` is any item of a list.
        pointer: String,
    },
    /// Only the data plane makes it: a broadcast, a participant who joins, a message.
    DataPlane,
}

/// An operation that ends a resource, which its name alone does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Removal {
    /// The service.
    pub service: String,
    /// The kind of resource.
    pub resource: String,
    /// The operation; none where the resource ends by itself or with its parent.
    pub operation: Option<String>,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// Something outside the three services that an input names and a real account must have.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct External {
    /// The service.
    pub service: String,
    /// The operations.
    pub operations: Vec<String>,
    /// JSON pointer into the input; `*` is any item of a list.
    pub member: String,
    /// What it names.
    pub kind: ExternalKind,
    /// A well-formed sample.
    pub sample: Option<String>,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

impl External {
    /// Returns whether inputs of this operation name it.
    #[must_use]
    pub fn covers(&self, operation: OperationId) -> bool {
        self.service == operation.service() && self.operations.iter().any(|name| name == operation.name())
    }
}

/// The kinds of things outside the three services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExternalKind {
    /// An S3 bucket of the same region.
    S3Bucket,
    /// A PEM with a P-384 public key: one of [`bundled::keys`](crate::bundled::keys), each importable once.
    P384PublicKey,
    /// A Lambda function that IVS Chat may invoke.
    LambdaFunction,
    /// A MediaTailor playback configuration.
    MediaTailorPlaybackConfiguration,
    /// A CloudWatch Logs log group.
    LogGroup,
    /// A Firehose delivery stream.
    DeliveryStream,
}

/// A kind of resource that takes tags, by the type in its ARN.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Taggable {
    /// The service.
    pub service: String,
    /// The kind, as its ARN has it.
    pub resource: String,
    /// Why it holds.
    pub authority: Authority,
    /// Where it comes from.
    pub source: String,
}

/// A question that nothing settles.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unknown {
    /// A short name for it.
    pub id: String,
    /// The services it concerns.
    pub services: Vec<String>,
    /// The operations it concerns; none means all.
    #[serde(default)]
    pub operations: Vec<String>,
    /// The question.
    pub question: String,
    /// The reading taken.
    pub reading: String,
    /// Always `inferred`, or it were no question.
    pub authority: Authority,
    /// Where the question stands, and what the reading rests on.
    pub source: String,
}

entries!(Lifecycle, Precondition, Update, Detach, Cascade, Identifier, Removal, External, Taggable, Unknown);
