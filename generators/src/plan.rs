//! The systematic Cases of a Model: every site of every operation, both polarities.

use std::collections::BTreeSet;

use ivs_model::pointer::child;
use ivs_model::{Knowledge, Model, Operation, OperationId};
use serde::Serialize;
use serde_json::Value;

use crate::breakage::{Breakage, admits_break};
use crate::draft::{Draft, Twin};
use crate::input::{Builder, Extent};
use crate::place::{Place, places, pointer};
use crate::{Case, Expectation, Mutation, Site, SiteKind, control, expectation};

/// What will be tested of one service, and what cannot be.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The Cases, by operation in the model's order; valid ones first.
    pub cases: Vec<Case>,
    /// Every constraint site of every operation's input.
    pub sites: Vec<OperationSite>,
    /// Polarities of sites that no Case can have, with the reason.
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

/// One polarity of a site that no Case can have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The operation.
    pub operation: OperationId,
    /// The site.
    pub site: Site,
    /// Which polarity.
    pub polarity: Polarity,
    /// Why.
    pub reason: String,
}

/// Whether an input keeps a constraint or breaks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Polarity {
    /// It keeps it.
    Valid,
    /// It breaks it.
    Invalid,
}

impl Plan {
    /// The sites that some Case of each polarity their kind admits can test: the total of a report.
    pub fn expressible(&self) -> impl Iterator<Item = &OperationSite> {
        let inexpressible: BTreeSet<(OperationId, &Site)> =
            self.gaps.iter().map(|gap| (gap.operation, &gap.site)).collect();
        self.sites.iter().filter(move |site| !inexpressible.contains(&(site.operation, &site.site)))
    }

    /// The Cases of one operation.
    pub fn of_operation(&self, operation: OperationId) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(move |case| case.id.operation == operation)
    }
}

/// The systematic Cases of all operations. The same model and knowledge give the same Plan, always.
#[must_use]
pub fn systematic(model: &Model, knowledge: &Knowledge) -> Plan {
    let builder = Builder::new(model, knowledge);
    let mut plan = Plan { cases: Vec::new(), sites: Vec::new(), gaps: Vec::new() };
    for operation in &model.operations {
        Planner::new(&builder, operation).plan(&mut plan);
    }
    plan
}

/// The plan of one operation.
struct Planner<'a, 'm> {
    builder: &'a Builder<'m>,
    operation: &'a Operation,
    places: Vec<Place>,
    valid: Vec<Draft>,
    invalid: Vec<Draft>,
    gaps: Vec<(Site, Polarity, String)>,
}

impl<'a, 'm> Planner<'a, 'm> {
    fn new(builder: &'a Builder<'m>, operation: &'a Operation) -> Self {
        let places = places(builder.model, operation);
        Self { builder, operation, places, valid: Vec::new(), invalid: Vec::new(), gaps: Vec::new() }
    }

    fn plan(mut self, plan: &mut Plan) {
        self.whole("valid-minimal", Extent::Minimal);
        self.whole("valid-full", Extent::Full);
        for place in &self.places.clone() {
            for kind in place.kinds(self.builder.model) {
                plan.sites.push(OperationSite { operation: self.operation.id, site: place.site(kind) });
            }
            self.place(place);
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

    /// The sites of all places that the input fills.
    fn sites_met(&self, input: &Value) -> Vec<Site> {
        self.places
            .iter()
            .filter(|place| pointer(input, &place.steps).is_some())
            .flat_map(|place| place.kinds(self.builder.model).into_iter().map(|kind| place.site(kind)))
            .collect()
    }

    fn place(&mut self, place: &Place) {
        let Some((carrier, pointer)) = self.builder.reaching(self.operation, place) else {
            for kind in place.kinds(self.builder.model) {
                self.gaps.push((
                    place.site(kind),
                    Polarity::Invalid,
                    "no valid input with this place can be built".to_owned(),
                ));
            }
            return;
        };
        let before = value_of(place, &carrier, &pointer);
        self.present(place, &carrier);
        for bound in self.builder.bounds(self.operation, place) {
            let Some(mut input) = replace(place, &carrier, &pointer, &before, bound.value) else {
                continue;
            };
            self.builder.mend(self.operation, &mut input, &pointer);
            if input.pointer(&pointer).is_none() && !is_key(place) || !self.is_sound(&input) {
                continue;
            }
            let name = name(bound.name, place, &bound.variant);
            let sites = vec![place.site(bound.kind)];
            self.valid.push(Draft::valid(name, input, sites));
        }
        let breakages = self.builder.breakages(self.operation, place, &before);
        for breakage in breakages.found {
            self.broken(place, &carrier, &pointer, &before, breakage);
        }
        for (kind, reason) in breakages.gaps {
            self.gaps.push((place.site(kind), Polarity::Invalid, reason.to_owned()));
        }
    }

    /// The carrier itself, where the minimal input lacks the place.
    fn present(&mut self, place: &Place, carrier: &Value) {
        let known = self.valid.iter().any(|draft| draft.input == *carrier);
        if known || !self.is_sound(carrier) {
            return;
        }
        let sites = self.sites_met_on_the_way(place, carrier);
        let name = name("present", place, "");
        self.valid.push(Draft::valid(name, carrier.clone(), sites));
    }

    fn sites_met_on_the_way(&self, place: &Place, input: &Value) -> Vec<Site> {
        let mut sites: Vec<Site> = place.kinds(self.builder.model).into_iter().map(|kind| place.site(kind)).collect();
        sites.extend(
            self.sites_met(input)
                .into_iter()
                .filter(|site| site.path.strip_prefix(&place.path).is_some_and(|rest| rest.starts_with('/'))),
        );
        sites
    }

    fn broken(&mut self, place: &Place, carrier: &Value, pointer: &str, before: &Value, breakage: Breakage) {
        let Some(mutation) = mutation(place, pointer, before, breakage) else {
            return;
        };
        let Some(input) = mutation.apply(carrier) else {
            return;
        };
        let name = name(mutation.operator.as_str(), place, &mutation.variant);
        self.invalid.push(Draft::invalid(name, input, mutation, carrier.clone()));
    }

    /// Adds a gap for every polarity of a site that its kind admits and no Case has.
    fn uncovered(&mut self) {
        let valid: BTreeSet<Site> = self.valid.iter().flat_map(|draft| draft.sites().iter().cloned()).collect();
        let invalid: BTreeSet<Site> = self.invalid.iter().flat_map(|draft| draft.sites().iter().cloned()).collect();
        let mut gaps = Vec::new();
        for place in &self.places {
            for kind in place.kinds(self.builder.model) {
                let site = place.site(kind);
                if !valid.contains(&site) {
                    gaps.push((site.clone(), Polarity::Valid, self.why_never_valid(place).to_owned()));
                }
                let admits = admits_break(self.builder.model.shape(place.shape), kind);
                let explained = self.gaps.iter().any(|(known, _, _)| *known == site);
                if admits && !explained && !invalid.contains(&site) {
                    gaps.push((site, Polarity::Invalid, "no break of it can be built".to_owned()));
                }
            }
        }
        self.gaps.append(&mut gaps);
    }

    fn why_never_valid(&self, place: &Place) -> &'static str {
        if self.builder.references.is_page_token(self.operation, &place.path) {
            "only an answer tells a page token"
        } else {
            "no valid value of it can be built"
        }
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

    /// The invalid input that serves best as a twin.
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

/// The best invalid twin of an operation.
pub(crate) fn twin(builder: &Builder<'_>, operation: &Operation) -> Option<Twin> {
    let mut planner = Planner::new(builder, operation);
    for place in &planner.places.clone() {
        planner.place(place);
    }
    planner.twin()
}

/// Returns the name in a case id.
fn name(what: &str, place: &Place, variant: &str) -> String {
    if variant.is_empty() { format!("{what}{}", place.path) } else { format!("{what}{}:{variant}", place.path) }
}

pub(crate) fn is_key(place: &Place) -> bool {
    *place.step() == crate::place::Step::Key
}

/// The value at a place: for a map key the key itself.
pub(crate) fn value_of(place: &Place, input: &Value, pointer: &str) -> Value {
    if is_key(place) {
        let key = pointer.rsplit_once('/').map_or("", |(_, key)| key);
        return Value::String(crate::mutation::unescape(key));
    }
    input.pointer(pointer).cloned().unwrap_or(Value::Null)
}

/// The Mutation that puts a breakage into effect at a pointer.
pub(crate) fn mutation(place: &Place, pointer: &str, before: &Value, breakage: Breakage) -> Option<Mutation> {
    let Breakage { operator, kind, variant, after } = breakage;
    let pointer = match &after {
        Some(Value::String(key)) if is_key(place) => child(pointer.rsplit_once('/')?.0, key),
        _ => pointer.to_owned(),
    };
    Some(Mutation {
        operator,
        site: place.site(kind),
        pointer,
        before: Some(before.clone()),
        after,
        variant: variant.to_owned(),
    })
}

/// A carrier with another valid value at the place.
fn replace(place: &Place, carrier: &Value, pointer: &str, before: &Value, after: Value) -> Option<Value> {
    let breakage =
        Breakage { operator: crate::Operator::WrongType, kind: SiteKind::Type, variant: "", after: Some(after) };
    mutation(place, pointer, before, breakage)?.apply(carrier)
}
