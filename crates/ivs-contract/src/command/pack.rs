//! Packs: folders with the model of a service and what is known of it.

mod coverage;
mod draft;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use ivs_model::{GapReason, GapScope, Knowledge, Model, ModelGap, SuiteName, bundled};

use self::coverage::Coverage;
use super::model_files;
use crate::exit_status::ExitStatus;
use crate::whole_file::write_whole;

/// The suites that run by the knowledge of a pack. The others know resources by their ARNs, or need knowledge that packs
/// do not have yet.
pub(super) const SUITES_OF_PACKS: [SuiteName; 3] =
    [SuiteName::from_static("validation"), SuiteName::from_static("protocol"), SuiteName::from_static("errors")];

/// The files of a pack.
const MODEL: [&str; 2] = ["model.json", "model.json.gz"];
const PAGINATORS: &str = "paginators.json";
const KNOWLEDGE: &str = "pack.toml";

/// A pack as its folder has it.
pub(super) struct PackFolder {
    pub(super) model: Model,
    path: PathBuf,
    text: String,
}

impl PackFolder {
    /// Reads the files of a folder. The knowledge is parsed by [`Self::knowledge`].
    pub(super) fn read(folder: &Path) -> Result<Self> {
        if !folder.is_dir() {
            bail!("the pack {} is not a folder", folder.display());
        }
        let there: Vec<PathBuf> =
            MODEL.map(|name| folder.join(name)).into_iter().filter(|path| path.exists()).collect();
        let model = match &there[..] {
            [model] => model,
            [] => bail!("the pack {} has no model.json or model.json.gz", folder.display()),
            _ => bail!("the pack {} has both model.json and model.json.gz. Remove one", folder.display()),
        };
        let paginators = Some(folder.join(PAGINATORS)).filter(|path| path.exists());
        let model = model_files::read(model, paginators.as_deref())?;
        let path = folder.join(KNOWLEDGE);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}. `ivs-contract pack init` writes a first one", path.display()))?;
        Ok(Self { model, path, text })
    }

    /// Refuses packs of one service, of whatever versions.
    pub(super) fn refuse_two_of_one_service(packs: &[Self]) -> Result<()> {
        for (at, pack) in packs.iter().enumerate() {
            let same = packs[..at].iter().find(|other| other.model.service.sdk_id == pack.model.service.sdk_id);
            if let Some(other) = same {
                let (first, second) = (other.path.display(), pack.path.display());
                bail!(
                    "two packs are of {}: {first} and {second}. Check them one after the other",
                    pack.model.service.sdk_id
                );
            }
        }
        Ok(())
    }

    /// The knowledge of packs for their models, in the same order. Operations that a pack never calls leave their model.
    pub(super) fn knowledge(packs: &[Self], models: &mut [Model]) -> Result<Knowledge> {
        let mut all = Knowledge::default();
        for (pack, model) in packs.iter().zip(models) {
            let knowledge = Knowledge::read_pack(&pack.text, model, bundled::knowledge())
                .with_context(|| format!("the pack file {}", pack.path.display()))?;
            for kind in &knowledge.resource_kinds {
                if let Some(other) = all.resource_kind(&kind.resource) {
                    let (service, kind) = (&other.service, &kind.resource);
                    bail!(
                        "the packs of {service} and {} both have a resource type '{kind}'. Check them one after the other",
                        model.service.id
                    );
                }
            }
            for never in &knowledge.never_called {
                leave_out(model, &never.operations, &never.reason);
            }
            all.extend(knowledge);
        }
        Ok(all)
    }
}

fn leave_out(model: &mut Model, names: &[String], reason: &str) {
    let is_left_out = |name: &str| names.iter().any(|known| known == name);
    let gaps = model.operations.iter().filter(|operation| is_left_out(&operation.name)).map(|operation| ModelGap {
        scope: GapScope::Operation(operation.id),
        reason: GapReason::NeverCalled { reason: reason.to_owned() },
    });
    let gaps: Vec<ModelGap> = gaps.collect();
    model.gaps.extend(gaps);
    model.operations.retain(|operation| !is_left_out(&operation.name));
}

/// `ivs-contract pack check`: validates a pack, and says what it covers.
pub(super) fn check(folder: &Path) -> Result<ExitStatus> {
    let pack = PackFolder::read(folder)?;
    let mut models = [pack.model.clone()];
    let knowledge = PackFolder::knowledge(std::slice::from_ref(&pack), &mut models)?;
    let [model] = &models;
    let coverage = Coverage::of(model, &knowledge);
    let (unreached, reached): (Vec<&Coverage>, Vec<&Coverage>) =
        coverage.iter().partition(|coverage| coverage.unreached.is_some());
    let (service, count) = (&model.service, knowledge.resource_kinds.len());
    println!(
        "{} {}: {} of {} operations reached, {count} resource types",
        service.sdk_id,
        service.api_version,
        reached.len(),
        pack.model.operations.len()
    );
    for Coverage { operation, lent, remark, .. } in reached {
        let lent = if lent.is_empty() { "names nothing".to_owned() } else { format!("lent: {}", lent.join(", ")) };
        let remark = remark.as_ref().map(|path| format!("; a refusal is inconclusive, for {path}")).unwrap_or_default();
        println!("reached    {}: {lent}{remark}", operation.name());
    }
    for Coverage { operation, unreached, .. } in unreached {
        println!("unreached  {}: {}", operation.name(), unreached.as_deref().unwrap_or_default());
    }
    for gap in &model.gaps {
        println!("note       {gap}");
    }
    let suites: Vec<&str> = SUITES_OF_PACKS.iter().map(|suite| suite.as_str()).collect();
    println!("suites     {}; the others know resources by their ARNs, and do not run", suites.join(", "));
    Ok(ExitStatus::Success)
}

/// `ivs-contract pack init`: writes a first pack.
pub(super) fn init(model_file: &Path, paginators: Option<&Path>, folder: &Path) -> Result<ExitStatus> {
    let bytes = model_files::stripped(model_file, paginators)?;
    let model = model_files::parsed(model_file, &bytes)?;
    let path = folder.join(KNOWLEDGE);
    if let Some(there) = [MODEL[0], MODEL[1], KNOWLEDGE].iter().map(|name| folder.join(name)).find(|path| path.exists())
    {
        bail!("{} exists. Name another folder, or remove it", there.display());
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    for (path, bytes) in [(folder.join(MODEL[0]), bytes.as_slice()), (path.clone(), draft::text(&model).as_bytes())] {
        write_whole(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    eprintln!(
        "{}: a first draft. See what it covers with `ivs-contract pack check {}`",
        path.display(),
        folder.display()
    );
    Ok(ExitStatus::Success)
}
