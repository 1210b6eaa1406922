//! The judge as its users see it: exchanges in, findings and reports out.

mod exchange;
mod expectation;
mod hostile;
mod rendering;
mod reporting;
mod secrets;
mod undescribed;
mod universal;
mod values;
