//! The judge as its users see it: exchanges in, findings and reports out.

#[path = "../../src/test_exchange.rs"]
#[allow(dead_code, reason = "the tests of the checks in `src` use the rest")]
mod exchange;
mod expectation;
mod hostile;
mod rendering;
mod reporting;
mod secrets;
mod undescribed;
mod values;

// The exchanges made by hand take them from the root, here and in `src`.
use ivs_judge::{Judge, Reproducer};
