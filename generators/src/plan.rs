//! The systematic cases of a model: every site of every operation, in both polarities.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use ivs_model::pointer::child;
use ivs_model::{Operation, OperationId};
use serde::Serialize;
use serde_json::Value;

use crate::control::Twin;
use crate::cut::MOST_VALUES;
use crate::draft::Draft;
use crate::field_path::{FieldPath, FieldPaths, field_paths, has};
use crate::input::{Builder, Extent, is_page_token};
use crate::invalid_variant::admits_break;
use crate::variant::InvalidVariant;
use crate::{Bound, Case, CaseInput, Cut, Expectation, Mutation, Site, control, expectation};

/// The planned cases of one service or of one operation, and the sites that cannot be tested.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The cases, by operation in the model's order; valid ones first.
    pub cases: Vec<Case>,
    /// Every constraint site of every operation's input, down to the depth of the plan.
    pub sites: Vec<OperationSite>,
    /// The polarities of sites that no case can have, with the reason.
    pub gaps: Vec<Gap>,
    /// The parts of inputs that the bounds on depth and values leave out. They are not in `sites`.
    pub cuts: Vec<Cut>,
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

/// The planner of one operation.
pub(crate) struct Planner<'a, 'm> {
    builder: &'a Builder<'m>,
    operation: &'a Operation,
    field_paths: Arc<FieldPaths>,
    valid: Vec<Draft>,
    /// The places in `valid`, by the hash of the input.
    known: HashMap<u64, Vec<usize>>,
    /// The inputs around places, by their hash.
    bases: HashMap<u64, Vec<Arc<Value>>>,
    invalid: Vec<Draft>,
    gaps: Vec<(Site, Polarity, String)>,
}

impl<'a, 'm> Planner<'a, 'm> {
    pub(crate) fn new(builder: &'a Builder<'m>, operation: &'a Operation) -> Self {
        let field_paths = Arc::new(field_paths(builder.model, operation, builder.depth));
        Self {
            builder,
            operation,
            field_paths,
            valid: Vec::new(),
            known: HashMap::new(),
            bases: HashMap::new(),
            invalid: Vec::new(),
            gaps: Vec::new(),
        }
    }

    pub(crate) fn plan(mut self) -> Plan {
        self.whole("valid-minimal", Extent::Minimal);
        self.whole("valid-full", Extent::Full);
        let mut plan = Plan::default();
        let field_paths = Arc::clone(&self.field_paths);
        for (at, field_path) in field_paths.places.iter().enumerate() {
            for kind in field_path.kinds(self.builder.model) {
                plan.sites.push(OperationSite { operation: self.operation.id, site: field_path.site(kind) });
            }
            self.field_path(at, field_path);
        }
        self.uncovered();
        plan.cuts = self.cuts();
        self.finish(&mut plan);
        plan
    }

    /// Returns what the bounds leave out.
    fn cuts(&self) -> Vec<Cut> {
        let FieldPaths { places, cuts } = &*self.field_paths;
        let too_deep = cuts.iter().map(|(path, sites)| {
            let bound = Bound::Depth { depth: self.builder.depth, sites: *sites };
            Cut { operation: self.operation.id, path: path.clone(), bound }
        });
        let too_many = places.iter().filter_map(|field_path| {
            let values = self.builder.model.shape(field_path.shape).enum_values.len().checked_sub(MOST_VALUES);
            let values = values.filter(|values| *values > 0)?;
            let bound = Bound::Values { most: MOST_VALUES, values };
            Some(Cut { operation: self.operation.id, path: field_path.path.clone(), bound })
        });
        too_deep.chain(too_many).collect()
    }

    fn whole(&mut self, name: &str, extent: Extent) {
        let Some(input) = self.builder.input(self.operation, extent) else {
            return;
        };
        let hash = hash(&input);
        if self.is_known(hash, &input) || !self.is_sound(&input) {
            return;
        }
        let places = &self.field_paths.places;
        let sites = self.sites_met(places, &input);
        let input = self.shared(hash, input);
        self.add_valid(hash, Draft::valid(name.to_owned(), input.into(), sites));
    }

    fn is_sound(&self, input: &Value) -> bool {
        self.builder.broken_rules(self.operation, input).is_empty()
    }

    /// Returns whether a valid case has this input.
    fn is_known(&self, hash: u64, input: &Value) -> bool {
        let known = self.known.get(&hash).into_iter().flatten();
        known.into_iter().any(|at| self.valid[*at].input == *input)
    }

    fn add_valid(&mut self, hash: u64, draft: Draft) {
        self.known.entry(hash).or_default().push(self.valid.len());
        self.valid.push(draft);
    }

    /// Returns the input, as an earlier place has it if one does.
    fn shared(&mut self, hash: u64, input: Value) -> Arc<Value> {
        let bases = self.bases.entry(hash).or_default();
        if let Some(base) = bases.iter().find(|base| ***base == input) {
            return Arc::clone(base);
        }
        let base = Arc::new(input);
        bases.push(Arc::clone(&base));
        base
    }

    /// Returns the sites of those places that the input contains.
    fn sites_met(&self, places: &[FieldPath], input: &Value) -> Vec<Site> {
        places
            .iter()
            .filter(|field_path| has(input, &field_path.steps))
            .flat_map(|field_path| field_path.kinds(self.builder.model).into_iter().map(|kind| field_path.site(kind)))
            .collect()
    }

    fn field_path(&mut self, at: usize, field_path: &FieldPath) {
        let Some((base_input, pointer)) = self.builder.reaching(self.operation, field_path) else {
            let reason =
                self.unreadable(field_path).unwrap_or_else(|| "no valid input with this place can be built".to_owned());
            for kind in field_path.kinds(self.builder.model) {
                self.gaps.push((field_path.site(kind), Polarity::Invalid, reason.clone()));
            }
            return;
        };
        let base_hash = hash(&base_input);
        let base_input = self.shared(base_hash, base_input);
        let pointer: Arc<str> = pointer.into();
        let before = Arc::new(value_of(field_path, &base_input, &pointer));
        self.present(at, field_path, base_hash, &base_input);
        for boundary in self.builder.boundaries(self.operation, field_path) {
            let change =
                mutation(field_path, &pointer, &before, boundary.as_variant()).map(|mutation| mutation.change());
            let changed = change.and_then(|change| CaseInput::changed(&base_input, change));
            let Some(changed) = changed else { continue };
            let Some((hash, input)) = self.repaired(field_path, &pointer, changed) else { continue };
            let name = name(boundary.name, field_path, &boundary.variant);
            let sites = vec![field_path.site(boundary.kind)];
            self.add_valid(hash, Draft::valid(name, input, sites));
        }
        let invalid_variants = self.builder.invalid_variants(self.operation, field_path, &before);
        for invalid_variant in invalid_variants.found {
            let Some(mutation) = mutation(field_path, &pointer, &before, invalid_variant) else { continue };
            let name = name(mutation.operator.as_str(), field_path, mutation.variant);
            self.invalid.extend(Draft::invalid(name, &base_input, mutation));
        }
        for (kind, reason) in invalid_variants.gaps {
            self.gaps.push((field_path.site(kind), Polarity::Invalid, reason.to_owned()));
        }
    }

    /// Returns the input as the rules allow it, with its hash; `None` if they do not allow the value at the pointer.
    fn repaired(&self, field_path: &FieldPath, pointer: &str, changed: CaseInput) -> Option<(u64, CaseInput)> {
        let value = changed.value();
        let mut repaired = value.clone().into_owned();
        self.builder.repair(self.operation, &mut repaired, pointer);
        if repaired.pointer(pointer).is_none() && !is_key(field_path) || !self.is_sound(&repaired) {
            return None;
        }
        let hash = hash(&repaired);
        let input = if repaired == *value { changed.clone() } else { repaired.into() };
        Some((hash, input))
    }

    /// Adds the base input as a valid case, unless an equal one exists.
    fn present(&mut self, at: usize, field_path: &FieldPath, hash: u64, base_input: &Arc<Value>) {
        if self.is_known(hash, base_input) || !self.is_sound(base_input) {
            return;
        }
        // The places below follow their parent.
        let places = &self.field_paths.places;
        let below = places[at + 1..].iter().take_while(|it| it.steps.len() > field_path.steps.len()).count();
        let mut sites: Vec<Site> =
            field_path.kinds(self.builder.model).into_iter().map(|kind| field_path.site(kind)).collect();
        sites.extend(self.sites_met(&places[at + 1..=at + below], base_input));
        let name = name("present", field_path, "");
        self.add_valid(hash, Draft::valid(name, Arc::clone(base_input).into(), sites));
    }

    /// Adds a gap for every polarity of a site that its kind allows and no case has.
    fn uncovered(&mut self) {
        let valid: HashSet<&Site> = self.valid.iter().flat_map(Draft::sites).collect();
        let invalid: HashSet<&Site> = self.invalid.iter().flat_map(Draft::sites).collect();
        let explained: HashSet<&Site> = self.gaps.iter().map(|(site, ..)| site).collect();
        let mut gaps = Vec::new();
        for field_path in &self.field_paths.places {
            for kind in field_path.kinds(self.builder.model) {
                let site = field_path.site(kind);
                if !valid.contains(&site) {
                    gaps.push((site.clone(), Polarity::Valid, self.why_never_valid(field_path)));
                }
                let admits = admits_break(self.builder.model.shape(field_path.shape), kind);
                if admits && !explained.contains(&site) && !invalid.contains(&site) {
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
        return Value::String(crate::field_path::unescape(key));
    }
    input.pointer(pointer).cloned().unwrap_or(Value::Null)
}

/// Returns the mutation that applies an invalid variant at a pointer.
pub(crate) fn mutation(
    field_path: &FieldPath,
    pointer: &Arc<str>,
    before: &Arc<Value>,
    invalid_variant: InvalidVariant,
) -> Option<Mutation> {
    let InvalidVariant { operator, kind, variant, after } = invalid_variant;
    let pointer = match after.as_deref() {
        Some(Value::String(key)) if is_key(field_path) => child(pointer.rsplit_once('/')?.0, key).into(),
        _ => Arc::clone(pointer),
    };
    let before = Some(Arc::clone(before));
    Some(Mutation { operator, site: field_path.site(kind), pointer, before, after, variant })
}

/// Returns the hash of a value.
fn hash(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
