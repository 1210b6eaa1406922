//! Soundness of the generators: every case is as valid or invalid as stated, and every site has its cases.

mod bounds;
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
