//! The time to generate the systematic cases of all three services. The budget is half a second
//! (docs/performance.md#budgets).

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ivs_generators::{random, systematic};
use ivs_model::bundled;

fn systematic_cases(criterion: &mut Criterion) {
    // Parsing the models is not part of the measurement.
    let (models, knowledge) = (bundled::models(), bundled::knowledge());
    criterion.bench_function("systematic cases of all three services", |bencher| {
        bencher.iter(|| models.iter().map(|model| systematic(black_box(model), knowledge).cases.len()).sum::<usize>());
    });
    criterion.bench_function("20 random cases of CreateChannel", |bencher| {
        let operation = models[0].operation("CreateChannel").expect("it is there");
        bencher.iter(|| random(&models[0], black_box(operation), knowledge, 7, 20));
    });
}

criterion_group!(benches, systematic_cases);
criterion_main!(benches);
