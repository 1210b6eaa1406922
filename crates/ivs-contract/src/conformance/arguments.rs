//! The arguments of a test program, as users of libtest give them.

use std::process::ExitCode;

use clap::Parser as _;
use libtest_mimic::Arguments;

/// The exit code of a test program that failed, as libtest has it.
pub(super) const FAILED: u8 = 101;

/// The arguments of libtest that take a value as the next argument.
const WITH_VALUE: &[&str] = &["--test-threads", "--logfile", "--skip", "--color", "--format", "-Z"];

/// The arguments, and the filters among them.
#[derive(Debug)]
pub(super) struct TestArguments {
    /// The arguments for libtest-mimic, which knows one filter only.
    pub(super) passed_on: Arguments,
    filters: Vec<String>,
}

impl TestArguments {
    /// Parses the arguments of the process.
    ///
    /// # Errors
    ///
    /// The exit code of the process after it printed its help, or an error for wrong usage.
    #[allow(clippy::print_stderr, reason = "a test program speaks to its user")]
    pub(super) fn from_process() -> Result<Self, ExitCode> {
        Self::parse(std::env::args()).map_err(|error| {
            if !error.use_stderr() {
                // A closed stdout is not worth an error.
                let _ = error.print();
                return ExitCode::SUCCESS;
            }
            eprintln!("{error}");
            ExitCode::from(FAILED)
        })
    }

    fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, clap::Error> {
        let mut arguments = arguments.into_iter();
        let mut passed_on: Vec<String> = arguments.next().into_iter().collect();
        let mut filters = Vec::new();
        while let Some(argument) = arguments.next() {
            if WITH_VALUE.contains(&argument.as_str()) {
                passed_on.push(argument);
                passed_on.extend(arguments.next());
            } else if argument == "--" {
                filters.extend(arguments.by_ref());
            } else if argument == "--no-capture" {
                // Newer toolchains write it so.
                passed_on.push("--nocapture".to_owned());
            } else if argument.starts_with('-') {
                passed_on.push(argument);
            } else {
                filters.push(argument);
            }
        }
        // A single filter stays, so that the number of tests that it leaves out is shown.
        if let [filter] = filters.as_slice() {
            passed_on.push(filter.clone());
        }
        Ok(Self { passed_on: Arguments::try_parse_from(passed_on)?, filters })
    }

    /// Returns whether these arguments only list tests, or run other kinds than tests.
    pub(super) fn sends_nothing(&self) -> bool {
        let Arguments { list, ignored, bench, test, .. } = self.passed_on;
        list || ignored || (bench && !test)
    }

    /// Returns whether the test is selected.
    pub(super) fn selects(&self, name: &str) -> bool {
        let fits = |filter: &String| if self.passed_on.exact { name == filter } else { name.contains(filter.as_str()) };
        (self.filters.is_empty() || self.filters.iter().any(fits)) && !self.passed_on.skip.iter().any(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> TestArguments {
        TestArguments::parse(["program"].iter().chain(arguments).map(|&argument| argument.to_owned())).unwrap()
    }

    #[test]
    fn several_filters_select_what_any_of_them_fits() {
        let arguments = parsed(&["CreateChannel", "--nocapture", "ListStages", "--test-threads", "1"]);
        assert!(arguments.selects("ivs::CreateChannel::tags") && arguments.selects("ivs-realtime::ListStages::tags"));
        assert!(!arguments.selects("ivs::GetChannel::tags"));
        assert_eq!((arguments.passed_on.test_threads, arguments.passed_on.filter.as_deref()), (Some(1), None));
    }

    #[test]
    fn an_exact_filter_selects_one_test_and_skip_takes_tests_out() {
        let arguments = parsed(&["--exact", "ivs::GetChannel::tags"]);
        assert!(arguments.selects("ivs::GetChannel::tags") && !arguments.selects("ivs::GetChannel::tags2"));
        let arguments = parsed(&["--skip", "tags"]);
        assert!(!arguments.selects("ivs::GetChannel::tags") && arguments.selects("ivs::GetChannel::errors"));
    }

    #[test]
    fn both_spellings_of_no_capture_are_accepted() {
        assert!(parsed(&["--no-capture"]).passed_on.nocapture && parsed(&["--nocapture"]).passed_on.nocapture);
    }

    #[test]
    fn a_listing_and_runs_of_ignored_tests_or_benchmarks_send_nothing() {
        for arguments in [&["--list"], &["--ignored"], &["--bench"]] {
            assert!(parsed(arguments).sends_nothing(), "{arguments:?}");
        }
        assert!(!parsed(&["--include-ignored"]).sends_nothing());
    }
}
