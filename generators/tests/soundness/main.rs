//! Soundness of the generators: every Case is what it says, and every site has its Cases.

mod coverage;
mod identity;
mod json_schema;
mod models;
mod owed;
mod plan;
mod random;
mod second_evaluator;
mod systematic;
mod verdict;
