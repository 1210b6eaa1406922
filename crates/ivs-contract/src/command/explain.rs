//! `ivs-contract explain`: what a check demands, what a fact states, what an error means. It sends no requests.

mod check;
mod error;
mod fact;
mod page;

use anyhow::{Result, bail};
use ivs_judge::{CheckInfo, CheckText, closest};
use ivs_model::bundled;

use self::page::Page;
use super::arguments::ExplainArguments;
use super::terminal::print_text;
use crate::exit_status::ExitStatus;

pub(super) fn run(arguments: &ExplainArguments) -> Result<ExitStatus> {
    let text = match arguments.name.as_deref() {
        None => list(),
        Some(name) => match explain(name) {
            Some(text) => text,
            None => match closest(name, names().iter().map(String::as_str)) {
                _ if is_operation(name) => {
                    bail!("'{name}' is an operation. See its cases with `ivs-contract list cases --operation {name}`")
                }
                closest if error::is_like_a_name(name) => error::unknown(name, closest),
                Some(closest) => bail!("nothing is called '{name}'. Did you mean '{closest}'?"),
                None => bail!("nothing is called '{name}'. `ivs-contract explain` lists the checks, errors and facts"),
            },
        },
    };
    print_text(&text)?;
    Ok(ExitStatus::Success)
}

fn is_operation(name: &str) -> bool {
    bundled::models().iter().flat_map(|model| &model.operations).any(|operation| operation.name == name)
}

/// Returns every check of `check` and `load`, with its text.
fn explained_checks() -> impl Iterator<Item = (&'static CheckInfo, &'static CheckText)> {
    ivs_suites::explained_checks().chain(ivs_loadtests::explained_checks())
}

/// Returns the explanations of everything of that name: a check, a fact, an error. Names match in any case.
pub(super) fn explain(name: &str) -> Option<String> {
    let is_named = |known: &str| known.eq_ignore_ascii_case(name);
    let checks =
        explained_checks().filter(|(info, _)| is_named(info.check)).map(|(info, text)| check::text(info, text));
    let facts = bundled::facts().iter().filter(|fact| is_named(fact.id)).map(fact::text);
    let errors = error::names().into_iter().filter(|error| is_named(error)).map(|error| error::text(&error));
    let texts: Vec<String> = checks.chain(facts).chain(errors).collect();
    if texts.is_empty() { None } else { Some(texts.join("\n")) }
}

/// Returns every name that can be explained.
pub(super) fn names() -> Vec<String> {
    let checks = explained_checks().map(|(info, _)| info.check.to_owned());
    checks.chain(error::names()).chain(bundled::facts().iter().map(|fact| fact.id.to_owned())).collect()
}

fn list() -> String {
    let mut page = Page::default();
    page.heading("Checks");
    let mut checks: Vec<_> = explained_checks().collect();
    checks.sort_by_key(|(info, _)| info.check);
    for (info, text) in checks {
        page.term(info.check, &text.demand);
    }
    page.heading("Errors");
    for name in error::names() {
        page.term(&name, &error::summary(&name));
    }
    page.heading("Facts");
    let ids: Vec<&str> = bundled::facts().iter().map(|fact| fact.id).collect();
    page.paragraph(&ids.join(", "));
    page.text()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ivs_model::cited_facts;

    use super::*;

    #[test]
    fn every_check_error_and_fact_has_an_explanation_with_all_parts() {
        for (info, _) in explained_checks() {
            let text = explain(info.check).unwrap();
            for part in ["Authority\n", "Source\n", "Right\n", "Wrong\n", "Usual causes\n", "Accept\n"] {
                assert!(text.contains(part), "{}: no {part} in {text}", info.check);
            }
            for id in cited_facts(info.source) {
                assert!(text.contains(&format!("  {id}")), "{}: {id}", info.check);
            }
        }
        for name in error::names() {
            let text = explain(&name).unwrap();
            for part in ["Status\n", "Authority\n", "Right\n", "Wrong\n", "Usual causes\n", "Accept\n"] {
                assert!(text.contains(part), "{name}: no {part} in {text}");
            }
        }
        for fact in bundled::facts() {
            let text = explain(fact.id).unwrap();
            assert!(text.contains("Authority\n") && text.contains("Source\n"), "{}", fact.id);
        }
    }

    #[test]
    fn every_fact_that_checks_and_knowledge_cite_can_be_explained() {
        let mut ids: BTreeSet<String> = BTreeSet::new();
        ids.extend(explained_checks().flat_map(|(info, _)| cited_facts(info.source)).map(str::to_owned));
        for (_, entry) in bundled::knowledge().entries() {
            ids.extend(cited_facts(entry.source()).map(str::to_owned));
        }
        assert!(ids.len() > 100, "{}", ids.len());
        for id in ids {
            assert!(explain(&id).is_some(), "{id}");
        }
    }

    #[test]
    fn every_error_of_models_knowledge_and_emulator_faults_can_be_explained() {
        let names: BTreeSet<String> = error::names().into_iter().collect();
        for model in bundled::models() {
            for error in model.operations.iter().flat_map(|operation| &operation.errors) {
                assert!(names.contains(&model.shape(*error).name));
            }
        }
        for fault in ivs_emulator::FAULTS.iter() {
            assert!(explain(fault.check).is_some(), "{}: {}", fault.name, fault.check);
        }
        for name in ["ThrottlingException", "UnrecognizedClientException", "SerializationException"] {
            assert!(names.contains(name), "{name}");
        }
    }

    #[test]
    fn the_texts_are_the_stored_ones() {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../../../../snapshots/explain");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let mut checks: Vec<&str> = explained_checks().map(|(info, _)| info.check).collect();
        checks.sort_unstable();
        let joined = |names: &mut dyn Iterator<Item = String>| {
            names.map(|name| explain(&name).unwrap()).collect::<Vec<_>>().join("\n----\n\n")
        };
        settings.bind(|| {
            insta::assert_snapshot!("checks", joined(&mut checks.iter().map(|name| (*name).to_owned())));
            insta::assert_snapshot!("errors", joined(&mut error::names().into_iter()));
            insta::assert_snapshot!("facts", joined(&mut ["C08", "service-names"].into_iter().map(str::to_owned)));
        });
    }

    #[test]
    fn no_name_is_of_two_checks_or_two_errors() {
        let mut checks: Vec<String> = explained_checks().map(|(info, _)| info.check.to_owned()).collect();
        checks.extend(error::names());
        let distinct: BTreeSet<String> = checks.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(distinct.len(), checks.len());
    }

    #[test]
    fn a_name_of_a_check_and_of_a_fact_explains_both() {
        let text = explain("declared-errors").unwrap();
        assert!(text.contains("Check declared-errors") && text.contains("Fact declared-errors"));
    }

    #[test]
    fn names_match_in_any_case() {
        assert_eq!(explain("c08"), explain("C08"));
        assert_eq!(explain("conflictexception"), explain("ConflictException"));
        assert!(explain("no-such-thing").is_none());
    }

    #[test]
    fn lines_of_prose_fit_the_terminal() {
        for name in names() {
            for line in explain(&name).unwrap().lines().filter(|line| !line.contains("https://")) {
                let is_verbatim = line.starts_with("  > ") || line.starts_with("  < ") || line.starts_with("  |");
                assert!(is_verbatim || line.chars().count() <= 80, "{name}: {line}");
            }
        }
    }
}
