//! Facts about creating, naming, changing and deleting resources that the models do not state.

use serde::Deserialize;
use serde_json::Value;

use super::{Rejection, entries};
use crate::{Authority, OperationId};

/// The states of one resource type.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lifecycle {
    /// The service.
    pub service: String,
    /// The resource type, such as `recording-configuration`.
    pub resource: String,
    /// The shape of the state's enumeration, which lists all states.
    pub shape: String,
    /// The states that a create or start call may return.
    pub initial: Vec<String>,
    /// The transient states.
    pub passing: Vec<String>,
    /// The states in which the resource can be used.
    pub usable: Vec<String>,
    /// The states of a resource that failed or has ended.
    pub final_states: Vec<String>,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// A precondition of some operations, besides the existence of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Precondition {
    /// The service.
    pub service: String,
    /// The operations.
    pub operations: Vec<String>,
    /// The required state.
    pub needs: Need,
    /// The rejection of a call that does not meet the precondition.
    pub rejection: Rejection,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// The state that an operation requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// A channel that is live.
    LiveStream,
    /// A channel that is not live.
    IdleChannel,
    /// A channel that was live at least once.
    StreamSession,
    /// A stage that a participant joined at least once.
    StageSession,
    /// A participant who publishes.
    Publisher,
    /// A resource that no other one refers to.
    Detached,
    /// A resource that is not in a transient state.
    Settled,
}

/// The rule that an update does not change members which the request omits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Update {
    /// The service.
    pub service: String,
    /// The operations.
    pub operations: Vec<String>,
    /// The members that may change although the request omits them.
    #[serde(default)]
    pub follows: Vec<Follow>,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// A member whose value depends on another member.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Follow {
    /// The name of the dependent member.
    pub member: String,
    /// The name of the member that it depends on.
    pub of: String,
}

/// The value that removes a reference.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Detach {
    /// The service.
    pub service: String,
    /// The update operations.
    pub operations: Vec<String>,
    /// JSON pointer to the reference, in the input and in the resource of the response.
    pub member: String,
    /// The value.
    pub value: Value,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// The effect of a deletion on resources that refer to the deleted one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cascade {
    /// The service.
    pub service: String,
    /// The delete operation.
    pub operation: String,
    /// The resource type of the referrer.
    pub resource: String,
    /// The referring member, as a JSON pointer into the resource.
    pub member: String,
    /// The outcome for the referrer.
    pub effect: Effect,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// The outcome for a resource that refers to a deleted one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// The referrer is deleted as well.
    Ends,
    /// The referrer remains, without the reference.
    Clears,
}

/// A shape that identifies a resource but is not an ARN.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Identifier {
    /// The service.
    pub service: String,
    /// The shapes of such identifiers.
    pub shapes: Vec<String>,
    /// The input members with such an identifier, if the shape alone does not show it.
    #[serde(default)]
    pub members: Vec<String>,
    /// The resource type.
    pub resource: String,
    /// The origin of such an identifier.
    pub origin: Origin,
    /// A well-formed sample that does not identify a resource.
    pub sample: String,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// The origin of an identifier.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Origin {
    /// The caller chooses the identifier.
    Caller,
    /// The response of an operation contains the identifier.
    Answer {
        /// The operation.
        operation: String,
        /// JSON pointer into its output; `*` is any item of a list.
        pointer: String,
    },
    /// Only the data plane creates the resource: a broadcast, a participant who joins, a message.
    DataPlane,
}

/// An operation that ends a resource, although its name does not show it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Removal {
    /// The service.
    pub service: String,
    /// The resource type.
    pub resource: String,
    /// The operation; `None` if the resource ends by itself or with its parent.
    pub operation: Option<String>,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// An external resource that an input names and a real account must have.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct External {
    /// The service.
    pub service: String,
    /// The operations.
    pub operations: Vec<String>,
    /// JSON pointer into the input; `*` is any item of a list.
    pub member: String,
    /// The kind of external resource.
    pub kind: ExternalKind,
    /// A well-formed sample.
    pub sample: Option<String>,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

impl External {
    /// Returns whether inputs of the operation name the external resource.
    #[must_use]
    pub fn covers(&self, operation: OperationId) -> bool {
        self.service == operation.service() && self.operations.iter().any(|name| name == operation.name())
    }
}

/// The kinds of external resources.
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

/// A resource type that supports tags, by the type in its ARN.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Taggable {
    /// The service.
    pub service: String,
    /// The resource type, as in its ARN.
    pub resource: String,
    /// The authority of the entry.
    pub authority: Authority,
    /// The source of the entry.
    pub source: String,
}

/// A question that no source settles.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Unknown {
    /// A short name.
    pub id: String,
    /// The affected services.
    pub services: Vec<String>,
    /// The affected operations; empty means all.
    #[serde(default)]
    pub operations: Vec<String>,
    /// The question.
    pub question: String,
    /// The assumed response.
    pub reading: String,
    /// The authority, always `inferred`.
    pub authority: Authority,
    /// The source of the question and of the assumption.
    pub source: String,
}

entries!(Lifecycle, Precondition, Update, Detach, Cascade, Identifier, Removal, External, Taggable, Unknown);
