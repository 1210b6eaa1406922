//! Texts in outputs have the form that is documented or was observed.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use ivs_model::Authority;
use ivs_model::pointer::child;
use regex::Regex;

use crate::caller::{ArnParts, signed_region};
use crate::check::{ResponseKind, Undecided, UniversalCheck};
use crate::explanation::Explanation;
use crate::response_view::ResponseView;
use crate::structure::structures;
use crate::{CheckInfo, Grouping, Mismatch};

/// Host names, keys and fingerprints are plain strings in the model. Clients take them apart nevertheless.
///
/// Right: the fingerprint `98:0d:1a:a0:19:96:1e:ea:0a:0a:2c:9a:42:19:2b:e7`. Wrong: `12345678:9abcdef0`.
pub(crate) struct ValueForm;

static RULE: CheckInfo = CheckInfo {
    check: "value-form",
    authority: Authority::Observed,
    source: "the form of the value in documentation and recorded answers",
    grouping: Grouping::Never,
};

static EXPLANATION: Explanation = Explanation {
    demand: "Host names, keys and fingerprints have the form that is documented or was observed on AWS.",
    right: &[
        "> POST /ImportPlaybackKeyPair",
        r#"< {"keyPair":{"fingerprint":"98:0d:1a:a0:19:96:1e:ea:0a:0a:2c:9a:42:19:2b:e7",…}}"#,
    ],
    wrong: &["> POST /ImportPlaybackKeyPair", r#"< {"keyPair":{"fingerprint":"12345678:9abcdef0",…}}"#],
    causes: &[
        "A placeholder such as `example.com`, or a random text, in place of the documented form. Clients take these values apart.",
    ],
};

impl UniversalCheck for ValueForm {
    fn rule(&self) -> &'static CheckInfo {
        &RULE
    }

    fn explanation(&self) -> &'static Explanation {
        &EXPLANATION
    }

    fn looks_at(&self) -> ResponseKind {
        ResponseKind::Success
    }

    fn judge(&self, view: &ResponseView<'_>) -> Result<Vec<Mismatch>, Undecided> {
        let mut mismatches: Vec<Mismatch> = Vec::new();
        for structure in structures(view) {
            let arn = structure.text("arn").and_then(ArnParts::of);
            let forms = view.knowledge.forms.iter().filter(|form| form.covers(view.operation.id, structure.name));
            for form in forms {
                let Some(text) = structure.text(&form.member) else { continue };
                let pattern = compiled(&form.pattern)
                    .ok_or_else(|| Undecided(format!("the form of {} is no pattern", form.member)))?;
                let site = child(structure.site, &form.member);
                if pattern.matches(text, signed_region(view.request), arn)
                    || mismatches.iter().any(|known| known.site == site)
                {
                    continue;
                }
                // The id is another one in each run.
                let shown = arn.map_or_else(|| text.to_owned(), |arn| text.replace(arn.id, "ID"));
                let mismatch = Mismatch::new(site, form.form.clone(), format!("\"{shown}\""));
                let mismatch = mismatch.at(child(structure.pointer, &form.member)).because(form.authority);
                mismatches.push(mismatch.from_source(form.source.clone()));
            }
        }
        Ok(mismatches)
    }

    #[cfg(test)]
    fn found_in(&self) -> crate::test_exchange::FoundIn {
        tests::found_in()
    }
}

/// A pattern with its placeholders as groups.
struct CompiledForm {
    regex: Regex,
    /// The placeholder of each group.
    groups: Vec<&'static str>,
}

/// The placeholders of patterns, each with what it may be where the value is not known.
const PLACEHOLDERS: [(&str, &str); 3] =
    [("{region}", "([a-z0-9-]+)"), ("{account}", "([0-9]+)"), ("{id}", "([a-zA-Z0-9-]+)")];

impl CompiledForm {
    fn new(pattern: &str) -> Option<Self> {
        let mut groups: Vec<(usize, &'static str)> =
            PLACEHOLDERS.iter().flat_map(|(name, _)| pattern.match_indices(name).map(|(at, _)| (at, *name))).collect();
        groups.sort_unstable();
        let filled = PLACEHOLDERS.iter().fold(pattern.to_owned(), |text, (name, any)| text.replace(name, any));
        let regex = Regex::new(&format!("^(?:{filled})$")).ok()?;
        Some(Self { regex, groups: groups.into_iter().map(|(_, name)| name).collect() })
    }

    /// Whether the text has the form, with the known parts in their places.
    fn matches(&self, text: &str, region: Option<&str>, arn: Option<ArnParts<'_>>) -> bool {
        let Some(captures) = self.regex.captures(text) else { return false };
        self.groups.iter().zip(captures.iter().skip(1)).all(|(name, group)| {
            let known = match *name {
                "{region}" => region,
                "{account}" => arn.map(|arn| arn.account),
                _ => arn.map(|arn| arn.id),
            };
            known.is_none_or(|known| group.is_some_and(|group| group.as_str() == known))
        })
    }
}

/// Returns the compiled pattern; each is compiled once, since a run judges thousands of answers.
fn compiled(pattern: &str) -> Option<Arc<CompiledForm>> {
    static COMPILED: LazyLock<RwLock<HashMap<String, Arc<CompiledForm>>>> = LazyLock::new(RwLock::default);
    // A poisoned lock means that another thread panicked between two inserts: the map is still whole.
    if let Some(known) = COMPILED.read().unwrap_or_else(PoisonError::into_inner).get(pattern) {
        return Some(Arc::clone(known));
    }
    let form = Arc::new(CompiledForm::new(pattern)?);
    COMPILED.write().unwrap_or_else(PoisonError::into_inner).insert(pattern.to_owned(), Arc::clone(&form));
    Some(form)
}

#[cfg(test)]
mod tests {
    use ivs_model::bundled;
    use serde_json::json;

    use super::*;
    use crate::test_exchange::{FoundIn, answer, channel, create, with};

    pub(super) fn found_in() -> FoundIn {
        let host = "ingest.example.com";
        vec![("/channel/ingestEndpoint", create(answer(200, with(channel(), "/channel/ingestEndpoint", json!(host)))))]
    }

    #[test]
    fn every_form_of_the_knowledge_is_a_pattern() {
        for form in &bundled::knowledge().forms {
            assert!(CompiledForm::new(&form.pattern).is_some(), "{}", form.pattern);
            // Other groups would be taken for placeholders.
            assert!(!form.pattern.replace("(?:", "").contains('('), "{}", form.pattern);
        }
    }

    #[test]
    fn unknown_parts_of_a_form_may_be_anything_and_known_ones_may_not() {
        let form = CompiledForm::new("{region}_{account}_{region}_{id}").expect("a pattern");
        let arn = ArnParts::of("arn:aws:ivs:us-west-2:123456789012:channel/abcd");
        let text = "us-west-2_123456789012_us-west-2_abcd";
        assert!(form.matches(text, Some("us-west-2"), arn));
        assert!(form.matches(text, None, None));
        assert!(!form.matches(text, Some("eu-west-1"), arn));
        assert!(!form.matches("us-west-2_123456789012_us-west-2_abcde", Some("us-west-2"), arn));
        assert!(!form.matches("us-west-2_x_us-west-2_abcd", None, None));
    }
}
