//! The systematic cases of a model: every site of every operation, in both polarities.

use std::collections::BTreeSet;

use ivs_model::pointer::child;
use ivs_model::{Knowledge, Model, Operation, OperationId};
use serde::Serialize;
use serde_json::Value;

use crate::control::Twin;
use crate::draft::Draft;
use crate::field_path::{FieldPath, field_paths, pointer};
use crate::input::{Builder, Extent, is_page_token};
use crate::invalid_variant::{InvalidVariant, admits_break};
use crate::{Case, Expectation, Mutation, Site, SiteKind, control, expectation};

/// The planned cases of one service, and the sites that cannot be tested.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The cases, by operation in the model's order; valid ones first.
    pub cases: Vec<Case>,
    /// Every constraint site of every operation's input.
    pub sites: Vec<OperationSite>,
    /// The polarities of sites that no case can have, with the reason.
    pub gaps: Vec<Gap>,
}

/// A site with its operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct OperationSite {
    /// The operation.
    pub operation: OperationId,
    /// The site.
    pub site: Site,
}

/// One polarity of a site that no case can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The operation.
    pub operation: OperationId,
    /// The site.
    pub site: Site,
    /// The polarity.
    pub polarity: Polarity,
    /// The reason.
    pub reason: String,
}

/// The polarity of a case: its input meets or violates a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Polarity {
    /// The input meets the constraint.
    Valid,
    /// The input violates the constraint.
    Invalid,
}

impl Plan {
    /// Returns the sites with a possible case of each polarity that their kind allows: the total of a report.
    pub fn expressible(&self) -> impl Iterator<Item = &OperationSite> {
        let inexpressible: BTreeSet<(OperationId, &Site)> =
            self.gaps.iter().map(|gap| (gap.operation, &gap.site)).collect();
        self.sites.iter().filter(move |site| !inexpressible.contains(&(site.operation, &site.site)))
    }

    /// Returns the cases of one operation.
    pub fn of_operation(&self, operation: OperationId) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(move |case| case.id.operation == operation)
    }
}

/// Returns the systematic cases of all operations. The same model and knowledge always give the same plan.
#[must_use]
pub fn systematic(model: &Model, knowledge: &Knowledge) -> Plan {
    let builder = Builder::new(model, knowledge);
    let mut plan = Plan { cases: Vec::new(), sites: Vec::new(), gaps: Vec::new() };
    for operation in &model.operations {
        Planner::new(&builder, operation).plan(&mut plan);
    }
    plan
}

/// The planner of one operation.
struct Planner<'a, 'm> {
    builder: &'a Builder<'m>,
    operation: &'a Operation,
    field_paths: Vec<FieldPath>,
    valid: Vec<Draft>,
    invalid: Vec<Draft>,
    gaps: Vec<(Site, Polarity, String)>,
}

impl<'a, 'm> Planner<'a, 'm> {
    fn new(builder: &'a Builder<'m>, operation: &'a Operation) -> Self {
        let field_paths = field_paths(builder.model, operation);
        Self { builder, operation, field_paths, valid: Vec::new(), invalid: Vec::new(), gaps: Vec::new() }
    }

    fn plan(mut self, plan: &mut Plan) {
        self.whole("valid-minimal", Extent::Minimal);
        self.whole("valid-full", Extent::Full);
        for field_path in &self.field_paths.clone() {
            for kind in field_path.kinds(self.builder.model) {
                plan.sites.push(OperationSite { operation: self.operation.id, site: field_path.site(kind) });
            }
            self.field_path(field_path);
        }
        self.uncovered();
        self.finish(plan);
    }

    fn whole(&mut self, name: &str, extent: Extent) {
        let Some(input) = self.builder.input(self.operation, extent) else {
            return;
        };
        let known = self.valid.iter().any(|draft| draft.input == input);
        if known || !self.is_sound(&input) {
            return;
        }
        let sites = self.sites_met(&input);
        self.valid.push(Draft::valid(name.to_owned(), input, sites));
    }

    fn is_sound(&self, input: &Value) -> bool {
        self.builder.broken_rules(self.operation, input).is_empty()
    }

    /// Returns the sites of all places that the input contains.
    fn sites_met(&self, input: &Value) -> Vec<Site> {
        self.field_paths
            .iter()
            .filter(|field_path| pointer(input, &field_path.steps).is_some())
            .flat_map(|field_path| field_path.kinds(self.builder.model).into_iter().map(|kind| field_path.site(kind)))
            .collect()
    }

    fn field_path(&mut self, field_path: &FieldPath) {
        let Some((base_input, pointer)) = self.builder.reaching(self.operation, field_path) else {
            let reason =
                self.unreadable(field_path).unwrap_or_else(|| "no valid input with this place can be built".to_owned());
            for kind in field_path.kinds(self.builder.model) {
                self.gaps.push((field_path.site(kind), Polarity::Invalid, reason.clone()));
            }
            return;
        };
        let before = value_of(field_path, &base_input, &pointer);
        self.present(field_path, &base_input);
        for boundary in self.builder.boundaries(self.operation, field_path) {
            let Some(mut input) = replace(field_path, &base_input, &pointer, &before, boundary.value) else {
                continue;
            };
            self.builder.repair(self.operation, &mut input, &pointer);
            if input.pointer(&pointer).is_none() && !is_key(field_path) || !self.is_sound(&input) {
                continue;
            }
            let name = name(boundary.name, field_path, &boundary.variant);
            let sites = vec![field_path.site(boundary.kind)];
            self.valid.push(Draft::valid(name, input, sites));
        }
        let invalid_variants = self.builder.invalid_variants(self.operation, field_path, &before);
        for invalid_variant in invalid_variants.found {
            self.broken(field_path, &base_input, &pointer, &before, invalid_variant);
        }
        for (kind, reason) in invalid_variants.gaps {
            self.gaps.push((field_path.site(kind), Polarity::Invalid, reason.to_owned()));
        }
    }

    /// Adds the base input as a valid case, unless an equal one exists.
    fn present(&mut self, field_path: &FieldPath, base_input: &Value) {
        let known = self.valid.iter().any(|draft| draft.input == *base_input);
        if known || !self.is_sound(base_input) {
            return;
        }
        let sites = self.sites_met_on_the_way(field_path, base_input);
        let name = name("present", field_path, "");
        self.valid.push(Draft::valid(name, base_input.clone(), sites));
    }

    fn sites_met_on_the_way(&self, field_path: &FieldPath, input: &Value) -> Vec<Site> {
        let mut sites: Vec<Site> =
            field_path.kinds(self.builder.model).into_iter().map(|kind| field_path.site(kind)).collect();
        sites.extend(
            self.sites_met(input)
                .into_iter()
                .filter(|site| site.path.strip_prefix(&field_path.path).is_some_and(|rest| rest.starts_with('/'))),
        );
        sites
    }

    fn broken(
        &mut self,
        field_path: &FieldPath,
        base_input: &Value,
        pointer: &str,
        before: &Value,
        invalid_variant: InvalidVariant,
    ) {
        let Some(mutation) = mutation(field_path, pointer, before, invalid_variant) else {
            return;
        };
        let Some(input) = mutation.apply(base_input) else {
            return;
        };
        let name = name(mutation.operator.as_str(), field_path, &mutation.variant);
        self.invalid.push(Draft::invalid(name, input, mutation, base_input.clone()));
    }

    /// Adds a gap for every polarity of a site that its kind allows and no case has.
    fn uncovered(&mut self) {
        let valid: BTreeSet<Site> = self.valid.iter().flat_map(|draft| draft.sites().iter().cloned()).collect();
        let invalid: BTreeSet<Site> = self.invalid.iter().flat_map(|draft| draft.sites().iter().cloned()).collect();
        let mut gaps = Vec::new();
        for field_path in &self.field_paths {
            for kind in field_path.kinds(self.builder.model) {
                let site = field_path.site(kind);
                if !valid.contains(&site) {
                    gaps.push((site.clone(), Polarity::Valid, self.why_never_valid(field_path)));
                }
                let admits = admits_break(self.builder.model.shape(field_path.shape), kind);
                let explained = self.gaps.iter().any(|(known, _, _)| *known == site);
                if admits && !explained && !invalid.contains(&site) {
                    gaps.push((site, Polarity::Invalid, "no break of it can be built".to_owned()));
                }
            }
        }
        self.gaps.append(&mut gaps);
    }

    fn why_never_valid(&self, field_path: &FieldPath) -> String {
        if is_page_token(self.operation, &field_path.path) {
            return "only a response contains a page token".to_owned();
        }
        self.unreadable(field_path).unwrap_or_else(|| "no valid value of it can be built".to_owned())
    }

    /// Returns the reason why nobody knows which values the pattern of a place matches.
    fn unreadable(&self, field_path: &FieldPath) -> Option<String> {
        Some(self.builder.model.shape(field_path.shape).pattern.as_ref()?.gap()?.to_string())
    }

    fn finish(self, plan: &mut Plan) {
        let twin = self.twin();
        let Self { builder, operation, valid, invalid, gaps, .. } = self;
        let drafts = valid.into_iter().chain(invalid);
        plan.cases.extend(drafts.map(|draft| draft.into_case(builder, operation, twin.as_ref())));
        plan.gaps.extend(gaps.into_iter().map(|(site, polarity, reason)| Gap {
            operation: operation.id,
            site,
            polarity,
            reason,
        }));
    }

    /// Returns the invalid input that serves best as a control.
    fn twin(&self) -> Option<Twin> {
        let ranked = self.invalid.iter().filter_map(|draft| Some((draft, draft.mutation()?)));
        let (draft, mutation) = ranked.min_by_key(|(_, mutation)| control::rank(mutation))?;
        let expectation = expectation::rejected(self.builder.model, self.operation, self.builder.knowledge, mutation);
        match expectation {
            Expectation::Rejected { errors, .. } => Some(Twin { input: draft.input.clone(), errors }),
            Expectation::Accepted { .. } => None,
        }
    }
}

/// Returns the invalid input of an operation that serves best as a control.
pub(crate) fn twin(builder: &Builder<'_>, operation: &Operation) -> Option<Twin> {
    let mut planner = Planner::new(builder, operation);
    for field_path in &planner.field_paths.clone() {
        planner.field_path(field_path);
    }
    planner.twin()
}

/// Returns the name in a case id.
fn name(what: &str, field_path: &FieldPath, variant: &str) -> String {
    if variant.is_empty() {
        format!("{what}{}", field_path.path)
    } else {
        format!("{what}{}:{variant}", field_path.path)
    }
}

pub(crate) fn is_key(field_path: &FieldPath) -> bool {
    *field_path.step() == crate::field_path::Step::Key
}

/// Returns the value at a place; for a map key, the key itself.
pub(crate) fn value_of(field_path: &FieldPath, input: &Value, pointer: &str) -> Value {
    if is_key(field_path) {
        let key = pointer.rsplit_once('/').map_or("", |(_, key)| key);
        return Value::String(crate::mutation::unescape(key));
    }
    input.pointer(pointer).cloned().unwrap_or(Value::Null)
}

/// Returns the mutation that applies an invalid variant at a pointer.
pub(crate) fn mutation(
    field_path: &FieldPath,
    pointer: &str,
    before: &Value,
    invalid_variant: InvalidVariant,
) -> Option<Mutation> {
    let InvalidVariant { operator, kind, variant, after } = invalid_variant;
    let pointer = match &after {
        Some(Value::String(key)) if is_key(field_path) => child(pointer.rsplit_once('/')?.0, key),
        _ => pointer.to_owned(),
    };
    Some(Mutation {
        operator,
        site: field_path.site(kind),
        pointer,
        before: Some(before.clone()),
        after,
        variant: variant.to_owned(),
    })
}

/// Returns the base input with another valid value at the place.
fn replace(field_path: &FieldPath, base_input: &Value, pointer: &str, before: &Value, after: Value) -> Option<Value> {
    let invalid_variant =
        InvalidVariant { operator: crate::Operator::WrongType, kind: SiteKind::Type, variant: "", after: Some(after) };
    mutation(field_path, pointer, before, invalid_variant)?.apply(base_input)
}
