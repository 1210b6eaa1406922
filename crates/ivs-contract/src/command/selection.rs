//! The operations and suites that the flags and the settings file select.

use anyhow::{Result, bail};
use ivs_judge::closest;
use ivs_model::{SuiteName, bundled};
use ivs_runner::Selection;
use ivs_suites::SUITES;

use super::arguments::SelectionArguments;
use crate::settings::SettingsFile;

/// Returns the selected operations. A name that matches none is an error, not an empty run.
pub(super) fn selection(arguments: &SelectionArguments, file: Option<&SettingsFile>) -> Result<Selection> {
    let choose = |flags: &Vec<String>, file: Option<&Vec<String>>| {
        if flags.is_empty() { file.cloned().unwrap_or_default() } else { flags.clone() }
    };
    let services = choose(&arguments.service, file.map(|file| &file.service));
    let services: Vec<String> = services.iter().map(|name| service(name).map(str::to_owned)).collect::<Result<_>>()?;
    let operations = choose(&arguments.operation, file.map(|file| &file.operation));
    let selection = Selection { services, operations, ..Selection::default() };
    for glob in &selection.operations {
        check_glob(glob, &selection)?;
    }
    Ok(selection)
}

/// Returns the service of that name, in any case.
pub(super) fn service(name: &str) -> Result<&'static str> {
    let known = || bundled::models().iter().map(|model| model.service.id.as_str());
    match known().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(service) => Ok(service),
        None => bail!("'{name}' is not a service{}", alternatives(name, known().collect())),
    }
}

/// Returns the suites of these names, in any case.
pub(super) fn suites(names: &[String]) -> Result<Vec<SuiteName>> {
    let known: Vec<SuiteName> = SUITES.iter().map(|suite| suite.name()).collect();
    let suite = |name: &String| match known.iter().find(|suite| suite.as_str().eq_ignore_ascii_case(name)) {
        Some(suite) => Ok(*suite),
        None => bail!("'{name}' is not a suite{}", alternatives(name, known.iter().map(|it| it.as_str()).collect())),
    };
    names.iter().map(suite).collect()
}

/// Returns the closest name as a question, and all names.
fn alternatives(name: &str, known: Vec<&str>) -> String {
    let all = known.join(", ");
    match closest(name, known) {
        Some(closest) => format!(". Did you mean '{closest}'? (expected one of: {all})"),
        None => format!(" (expected one of: {all})"),
    }
}

/// Refuses a glob that matches no selected operation, and says which service has one.
fn check_glob(glob: &str, selection: &Selection) -> Result<()> {
    let one = Selection { operations: vec![glob.to_owned()], ..selection.clone() };
    let anywhere = Selection { services: Vec::new(), ..one.clone() };
    let services = |selection: &Selection| {
        let models = bundled::models().iter();
        let has = |model: &&ivs_model::Model| model.operations.iter().any(|it| selection.holds(model, it));
        models.filter(has).map(|model| model.service.id.as_str()).collect::<Vec<_>>()
    };
    if !services(&one).is_empty() {
        return Ok(());
    }
    if let Some(other) = services(&anywhere).first() {
        bail!(
            "no operation of {} matches '{glob}', but {other} has one. Add --service {other}",
            one.services.join(", ")
        );
    }
    if let Some((service, operation)) = glob.split_once('.') {
        bail!("no operation matches '{glob}'. Give the service apart: --service {service} --operation {operation}");
    }
    let names = bundled::models().iter().flat_map(|model| &model.operations).map(|operation| operation.name.as_str());
    match closest(glob.trim_matches('*'), names) {
        Some(closest) => {
            bail!("no operation matches '{glob}'. Did you mean '{closest}'? See `ivs-contract list operations`")
        }
        None => bail!("no operation matches '{glob}' (example: Create*). See `ivs-contract list operations`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(services: &[&str], operations: &[&str]) -> Result<Selection> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        selection(&SelectionArguments { service: owned(services), operation: owned(operations) }, None)
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
        assert!(refused(&[], &["CreateChanel"]).contains("Did you mean 'CreateChannel'?"));
        assert!(refused(&["ivs"], &["*Room"]).contains("--service ivschat"));
        assert!(refused(&[], &["ivs.GetChannel"]).contains("--service ivs --operation GetChannel"));
        assert!(suites(&["validaton".to_owned()]).unwrap_err().to_string().contains("Did you mean 'validation'?"));
    }
}
