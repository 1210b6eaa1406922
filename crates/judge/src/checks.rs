//! The universal checks: one a file, all listed here.

use crate::check::UniversalCheck;

mod answer_agrees;
pub(crate) mod arn_of_caller;
mod body_json;
mod content_type;
mod empty_204;
mod error_declared;
mod error_names_agree;
mod error_shape;
mod error_status;
mod error_text;
mod error_type_header;
mod header_member_in_body;
mod null_member;
mod number_notation;
mod output_bound;
mod output_enum;
mod output_required;
mod output_timestamp;
mod output_type;
mod promised_member;
pub(crate) mod request_id;
mod secret_echoed;
mod server_error;
pub(crate) mod success_status;
mod time_follows;
mod times_in_order;
mod unmodeled_member;
mod unmodeled_status;
mod value_form;

pub use body_json::BODY_JSON;

/// Every universal check that judges one exchange by itself, in the order of their names. That request ids differ
/// is judged over the whole run (see [`crate::Judge::conclude`]).
#[must_use]
pub fn checks() -> &'static [&'static dyn UniversalCheck] {
    &[
        &answer_agrees::AnswerAgrees,
        &arn_of_caller::ArnOfCaller,
        &body_json::BodyJson,
        &content_type::ContentType,
        &empty_204::Empty204,
        &error_declared::ErrorDeclared,
        &error_names_agree::ErrorNamesAgree,
        &error_shape::ErrorShape,
        &error_status::ErrorStatus,
        &error_text::ErrorText,
        &error_type_header::ErrorTypeHeader,
        &header_member_in_body::HeaderMemberInBody,
        &null_member::NullMember,
        &number_notation::NumberNotation,
        &output_bound::OutputBound,
        &output_enum::OutputEnum,
        &output_required::OutputRequired,
        &output_timestamp::OutputTimestamp,
        &output_type::OutputType,
        &promised_member::PromisedMember,
        &request_id::RequestId,
        &secret_echoed::SecretEchoed,
        &server_error::ServerError,
        &success_status::SuccessStatus,
        &time_follows::TimeFollows,
        &times_in_order::TimesInOrder,
        &unmodeled_member::UnmodeledMember,
        &unmodeled_status::UnmodeledStatus,
        &value_form::ValueForm,
    ]
}

#[cfg(test)]
mod tests;
