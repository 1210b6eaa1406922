//! The operations and suites that names select. A name that matches none is an error, not an empty run.

use ivs_judge::closest;
use ivs_model::{Model, SuiteName};
use ivs_runner::Selection;
use ivs_suites::SUITES;

use crate::run_error::RunError;

/// Returns the operations of these services and globs among the models.
pub(crate) fn selection(models: &[Model], services: &[String], operations: &[String]) -> Result<Selection, RunError> {
    let services = services.iter().map(|name| service(models, name).map(str::to_owned)).collect::<Result<_, _>>()?;
    let selection = Selection { services, operations: operations.to_vec(), ..Selection::default() };
    selection.operations.iter().try_for_each(|glob| check_glob(models, glob, &selection))?;
    Ok(selection)
}

/// Returns the names of the first list, or of the second one if the first is empty.
pub(crate) fn first_named<'n>(own: &'n [String], file: &'n [String]) -> &'n [String] {
    if own.is_empty() { file } else { own }
}

fn refused(text: String) -> RunError {
    RunError::Selection { text }
}

/// Returns the service of that name, in any case.
pub(crate) fn service<'m>(models: &'m [Model], name: &str) -> Result<&'m str, RunError> {
    let known = || models.iter().map(|model| model.service.id.as_str());
    match known().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(service) => Ok(service),
        None => Err(refused(format!("'{name}' is not a service{}", alternatives(name, known().collect())))),
    }
}

/// Returns the suites of these names, in any case.
pub(crate) fn suites(names: &[String]) -> Result<Vec<SuiteName>, RunError> {
    let known: Vec<SuiteName> = SUITES.iter().map(|suite| suite.name()).collect();
    let suite = |name: &String| match known.iter().find(|suite| suite.as_str().eq_ignore_ascii_case(name)) {
        Some(suite) => Ok(*suite),
        None => {
            let known = known.iter().map(|it| it.as_str()).collect();
            Err(refused(format!("'{name}' is not a suite{}", alternatives(name, known))))
        }
    };
    names.iter().map(suite).collect()
}

/// Returns the closest name as a question, and all names.
fn alternatives(name: &str, known: Vec<&str>) -> String {
    let all = known.join(", ");
    match closest(name, known) {
        Some(closest) => format!(" (expected one of: {all}). Did you mean '{closest}'?"),
        None => format!(" (expected one of: {all})"),
    }
}

/// Refuses a glob that matches no selected operation, and says which service has one.
fn check_glob(models: &[Model], glob: &str, selection: &Selection) -> Result<(), RunError> {
    let one = Selection { operations: vec![glob.to_owned()], ..selection.clone() };
    let anywhere = Selection { services: Vec::new(), ..one.clone() };
    let services = |selection: &Selection| {
        let models = models.iter();
        let has = |model: &&Model| model.operations.iter().any(|it| selection.holds(model, it));
        models.filter(has).map(|model| model.service.id.as_str()).collect::<Vec<_>>()
    };
    if !services(&one).is_empty() {
        return Ok(());
    }
    if let Some(other) = services(&anywhere).first() {
        return Err(refused(format!(
            "no operation of {} matches '{glob}', but {other} has one. Add --service {other}",
            one.services.join(", ")
        )));
    }
    if let Some((service, operation)) = glob.split_once('.') {
        return Err(refused(format!(
            "no operation matches '{glob}'. Give the service apart: --service {service} --operation {operation}"
        )));
    }
    let names = models.iter().flat_map(|model| &model.operations).map(|operation| operation.name.as_str());
    let hint = match closest(glob.trim_matches('*'), names) {
        Some(closest) => format!(". Did you mean '{closest}'?"),
        None => " (example: Create*).".to_owned(),
    };
    Err(refused(format!("no operation matches '{glob}'{hint} See `ivs-contract list operations`")))
}

#[cfg(test)]
mod tests {
    use ivs_model::bundled;

    use super::*;

    fn selected(services: &[&str], operations: &[&str]) -> Result<Selection, RunError> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        selection(bundled::models(), &owned(services), &owned(operations))
    }

    fn refused(services: &[&str], operations: &[&str]) -> String {
        selected(services, operations).unwrap_err().to_string()
    }

    #[test]
    fn names_match_in_any_case() {
        let selection = selected(&["IVSChat"], &["create*", "GETROOM"]).unwrap();
        assert_eq!(selection.services, ["ivschat"]);
        assert_eq!(suites(&["Validation".to_owned()]).unwrap()[0].as_str(), "validation");
    }

    #[test]
    fn a_wrong_name_gets_the_right_one() {
        assert!(refused(&["ivs-chat"], &[]).contains("Did you mean 'ivschat'?"));
        assert!(refused(&[], &["CreateChannell"]).contains("Did you mean 'CreateChannel'?"));
        assert!(refused(&["ivs"], &["*Room"]).contains("--service ivschat"));
        assert!(refused(&[], &["ivs.GetChannel"]).contains("--service ivs --operation GetChannel"));
        assert!(suites(&["validaton".to_owned()]).unwrap_err().to_string().contains("Did you mean 'validation'?"));
    }
}
