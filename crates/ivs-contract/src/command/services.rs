//! The services that a command works on: the bundled ones, or those of model files and packs.

use std::path::PathBuf;

use anyhow::{Result, bail};
use ivs_client::Exchange;
use ivs_generators::Depth;
use ivs_judge::Answer;
use ivs_model::{Knowledge, Model, SuiteName, bundled};

use super::arguments::ModelArguments;
use super::model_files::read;
use super::pack::{PackFolder, SUITES_OF_PACKS};
use crate::settings::SettingsFile;
use crate::target::{self, TargetOptions};

/// The suites that need no knowledge of resources. Each exchange is judged by the universal checks as well.
const SUITES_WITHOUT_KNOWLEDGE: [SuiteName; 2] =
    [SuiteName::from_static("validation"), SuiteName::from_static("protocol")];

/// The services that a command works on, with what is known of them.
#[derive(Clone, Copy)]
pub(super) struct Services {
    pub(super) models: &'static [Model],
    pub(super) knowledge: &'static Knowledge,
    /// How deep in inputs the places are that have cases.
    pub(super) depth: Depth,
    origin: Origin,
}

/// The origin of the models and of the knowledge.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Bundled,
    /// Model files, and no knowledge. This is experimental.
    Models,
    /// Packs, and maybe model files. This is experimental.
    Packs,
}

impl Services {
    /// The services of the arguments; without a model file the bundled ones.
    pub(super) fn of(arguments: &ModelArguments) -> Result<Self> {
        let knowledge = bundled::knowledge();
        if arguments.model.is_empty() && arguments.pack.is_empty() {
            if arguments.depth.is_some() {
                bail!("--depth is for the models of --model and --pack (example: --model service-2.json.gz --depth 6)");
            }
            let (models, depth) = (bundled::models(), Depth::default());
            return Ok(Self { models, knowledge, depth, origin: Origin::Bundled });
        }
        if arguments.paginators.len() > arguments.model.len() {
            bail!("more --paginators than --model files: each belongs to the model at its place");
        }
        let mut models = Vec::new();
        for (at, file) in arguments.model.iter().enumerate() {
            models.push(read(file, arguments.paginators.get(at).map(PathBuf::as_path))?);
        }
        let packs: Vec<PackFolder> =
            arguments.pack.iter().map(|folder| PackFolder::read(folder)).collect::<Result<_>>()?;
        PackFolder::refuse_two_of_one_service(&packs)?;
        let first = models.len();
        models.extend(packs.iter().map(|pack| pack.model.clone()));
        tell_versions_apart(&mut models)?;
        let (knowledge, origin) = if packs.is_empty() {
            (knowledge, Origin::Models)
        } else {
            let knowledge = PackFolder::knowledge(&packs, &mut models[first..])?;
            (&*Box::leak(Box::new(knowledge)), Origin::Packs)
        };
        // A command has one list of models, which lives as long as the process.
        let depth = arguments.depth.map(Depth::new).unwrap_or_default();
        Ok(Self { models: Vec::leak(models), knowledge, depth, origin })
    }

    /// Returns the model of that service id.
    pub(super) fn model(self, service: &str) -> Option<&'static Model> {
        self.models.iter().find(|model| model.service.id == service)
    }

    /// Returns what an exchange came to.
    pub(super) fn answer(self, exchange: &Exchange) -> Answer {
        Answer::of(exchange, self.model(exchange.operation.service()), self.knowledge)
    }

    /// Selects the suites that make sense without knowledge, unless suites are named.
    pub(super) fn restrict(self, suites: &mut Vec<SuiteName>) {
        if suites.is_empty() {
            match self.origin {
                Origin::Bundled => {}
                Origin::Models => suites.extend(SUITES_WITHOUT_KNOWLEDGE),
                Origin::Packs => suites.extend(SUITES_OF_PACKS),
            }
        }
    }

    /// Refuses targets that services of model files may not be checked at. Nothing is sent to find out.
    pub(super) async fn check_target(self, flags: &TargetOptions, file: &SettingsFile) -> Result<()> {
        let flag = match self.origin {
            Origin::Bundled => return Ok(()),
            Origin::Models => "--model",
            Origin::Packs => "--pack",
        };
        let target = target::locate(flags, file, self.models).await?;
        if target.is_embedded {
            bail!(
                "the embedded emulator does not serve the services of {flag}. \
                 Name an endpoint of this machine (example: --endpoint-url http://127.0.0.1:5000)"
            );
        }
        if !target.client.endpoints.is_loopback() {
            bail!("{flag} works with loopback endpoints only, and {} is another one", target.name);
        }
        Ok(())
    }

    /// Returns the remark that reports have on the target of an experimental run.
    pub(super) fn remark(self) -> &'static str {
        match self.origin {
            Origin::Bundled => "",
            Origin::Models => " (experimental: services of model files, nothing known of their resources)",
            Origin::Packs => " (experimental: services of packs)",
        }
    }
}

impl ModelArguments {
    /// Returns these arguments for a line that runs a case alone, from any folder.
    pub(super) fn words(&self) -> Vec<String> {
        let word = |flag: &'static str| {
            move |path: &PathBuf| {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                [flag.to_owned(), path.display().to_string()]
            }
        };
        let models = self.model.iter().flat_map(word("--model"));
        let paginators = self.paginators.iter().flat_map(word("--paginators"));
        let depth = self.depth.into_iter().flat_map(|depth| ["--depth".to_owned(), depth.to_string()]);
        models.chain(paginators).chain(self.pack.iter().flat_map(word("--pack"))).chain(depth).collect()
    }
}

/// Adds the version to the names of services that are there twice.
fn tell_versions_apart(models: &mut [Model]) -> Result<()> {
    let names: Vec<String> = models.iter().map(|model| model.service.id.clone()).collect();
    for model in models.iter_mut() {
        if names.iter().filter(|name| **name == model.service.id).count() > 1 {
            let id = format!("{}-{}", model.service.id, model.service.api_version);
            model.rename(&id);
        }
    }
    for (at, model) in models.iter().enumerate() {
        if models[..at].iter().any(|other| other.service.id == model.service.id) {
            bail!("two models are of {} {}", model.service.sdk_id, model.service.api_version);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheduler(version: &str) -> Model {
        let text = ivs_fixtures::foreign::SCHEDULER.replace("2021-06-30", version);
        Model::from_slice(text.as_bytes()).expect("a model")
    }

    #[test]
    fn two_versions_of_a_service_have_names_of_their_own() {
        let mut models = [scheduler("2021-06-30"), scheduler("2026-01-01")];
        tell_versions_apart(&mut models).expect("two versions");
        let ids: Vec<String> = models.iter().map(|model| model.operations[0].id.to_string()).collect();
        assert_eq!(ids, ["scheduler-2021-06-30.CreateSchedule", "scheduler-2026-01-01.CreateSchedule"]);
        let mut models = [scheduler("2021-06-30"), scheduler("2021-06-30")];
        let error = tell_versions_apart(&mut models).expect_err("one version twice");
        assert_eq!(error.to_string(), "two models are of Scheduler 2021-06-30");
    }
}
