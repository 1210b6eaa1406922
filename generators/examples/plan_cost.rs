//! The cost of planning one service, operation by operation: cases, time, and peak memory where Linux tells it.
//!
//! `cargo run --release -p ivs-generators --example plan_cost -- service-2.json [depth]`; without a file it plans the bundled
//! services.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "an example reads files and prints")]

use std::error::Error;
use std::num::NonZeroUsize;
use std::time::Instant;

use ivs_generators::{Depth, Generator};
use ivs_model::import::strip;
use ivs_model::{Model, bundled};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next();
    let depth = match arguments.next() {
        Some(steps) => Depth::new(steps.parse::<NonZeroUsize>()?),
        None => Depth::default(),
    };
    let read;
    let models: &[Model] = match &file {
        None => bundled::models(),
        Some(file) => {
            let bytes = std::fs::read(file)?;
            read = [Model::from_slice(&strip(&[(file.as_str(), bytes.as_slice())])?.bytes)?];
            &read
        }
    };
    println!("peak memory before planning: {}", peak_memory());
    for model in models {
        let start = Instant::now();
        let generator = Generator::new(model, bundled::knowledge(), depth);
        let (mut cases, mut sites, mut random, mut largest) = (0, 0, 0, (0, ""));
        for operation in &model.operations {
            let plan = generator.plan(operation);
            let source = generator.random(operation, 7).beside(&plan.cases);
            random += (0..8).filter_map(|number| source.draw(number)).count();
            cases += plan.cases.len();
            sites += plan.sites.len();
            largest = largest.max((plan.cases.len(), operation.name.as_str()));
        }
        println!(
            "{}: {} operations, {sites} sites, {cases} systematic and {random} random cases in {:.2} s; at most {} ({})",
            model.service.id,
            model.operations.len(),
            start.elapsed().as_secs_f64(),
            largest.0,
            largest.1,
        );
    }
    println!("peak memory: {}", peak_memory());
    Ok(())
}

/// Returns the peak of this process's resident memory.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or("unknown".to_owned(), |peak| peak.trim().to_owned())
}
