//! A test program as its users start it: by `cargo test` with the arguments of libtest, and by nextest.
//!
//! Each test starts this program again. The environment variable [`ENDPOINT`] makes it the test program of a user.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may fail anywhere, and a test program speaks")]

use std::process::{Command, ExitCode, Output, Stdio};

use ivs_contract::emulator::{Emulator, Options};
use libtest_mimic::{Arguments, Trial};

/// The endpoint of the test program: a case of [`user_program`].
const ENDPOINT: &str = "TEST_PROGRAM_ENDPOINT";
/// What the function that starts the endpoint prints.
const STARTED: &str = "the endpoint is being started";
/// A test of the program that sends little.
const SMALL: &str = "ivschat::ListRooms::errors";

/// Returns functions as tests of their names.
macro_rules! trials {
    ($($test:ident),+ $(,)?) => {
        vec![$(Trial::test(stringify!($test), || {
            $test();
            Ok(())
        })),+]
    };
}

fn main() -> ExitCode {
    if let Ok(endpoint) = std::env::var(ENDPOINT) {
        return user_program(&endpoint);
    }
    let tests = trials![
        a_list_starts_nothing_and_has_the_form_of_libtest,
        help_starts_nothing,
        an_unknown_flag_is_named_and_fails_as_in_libtest,
        exact_runs_one_test,
        several_filters_and_skip_are_joined,
        a_filter_that_fits_nothing_starts_nothing,
        an_endpoint_that_does_not_start_is_one_error,
        a_baseline_that_is_missing_is_named_before_the_start,
        an_endpoint_that_is_not_there_is_one_error,
        two_programs_share_one_endpoint,
    ];
    libtest_mimic::run(&Arguments::from_args(), tests).exit_code()
}

/// The test program of a user.
fn user_program(endpoint: &str) -> ExitCode {
    let program = ivs_contract::conformance().services(["ivschat"]).operations(["*Room", "*Rooms"]);
    match endpoint {
        "environment" => program,
        "emulator" => program.endpoint(|| {
            eprintln!("{STARTED}");
            Emulator::start(Options::default())
        }),
        "fails" => program.endpoint(|| async { Err::<String, _>("port 4566 is in use") }),
        "panics" => program.endpoint(no_image),
        "without-baseline" => program.endpoint(no_image).baseline("no-such-baseline.toml"),
        _ => panic!("no such endpoint: {endpoint}"),
    }
    .run()
}

/// Starts nothing.
async fn no_image() -> String {
    panic!("no such image: 7")
}

/// Starts the test program of a user with these arguments.
fn program(endpoint: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars() {
        // The settings and the target of whoever runs these tests; nextest sets its own.
        if ["AWS_", "IVS_CONTRACT_", "NEXTEST"].iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.env(ENDPOINT, endpoint).args(arguments);
    command
}

fn run(endpoint: &str, arguments: &[&str]) -> Output {
    program(endpoint, arguments).output().unwrap()
}

/// Asserts the exit code, and returns what was printed.
#[track_caller]
fn printed(output: &Output, code: i32) -> String {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

fn a_list_starts_nothing_and_has_the_form_of_libtest() {
    // nextest asks for the terse form, and for ignored tests apart.
    for arguments in [&["--list"][..], &["--list", "--format", "terse"]] {
        let text = printed(&run("panics", arguments), 0);
        assert!(text.lines().any(|line| line == format!("{SMALL}: test")), "{text}");
    }
    let text = printed(&run("panics", &["--list", "--format", "terse", "--ignored"]), 0);
    assert!(!text.contains("ListRooms"), "{text}");
}

fn help_starts_nothing() {
    assert!(printed(&run("panics", &["--help"]), 0).contains("--nocapture"));
}

fn an_unknown_flag_is_named_and_fails_as_in_libtest() {
    assert!(printed(&run("panics", &["--no-such-flag"]), 101).contains("'--no-such-flag'"));
    assert!(printed(&run("panics", &["--format", "xml"]), 101).contains("'xml'"));
}

fn exact_runs_one_test() {
    // As nextest does it.
    let text = printed(&run("emulator", &["--exact", SMALL, "--nocapture"]), 0);
    assert!(text.contains("running 1 test\n") && text.contains(STARTED), "{text}");
    // A part of a name is the name of no test.
    let text = printed(&run("panics", &["--exact", "ListRooms"]), 0);
    assert!(text.contains("running 0 tests"), "{text}");
}

fn several_filters_and_skip_are_joined() {
    let filters = ["ListRooms::errors", "ListRooms::implemented", "GetRoom::implemented", "--skip", "GetRoom"];
    let text = printed(&run("emulator", &filters), 0);
    assert!(text.contains("running 2 tests"), "{text}");
}

fn a_filter_that_fits_nothing_starts_nothing() {
    let text = printed(&run("panics", &["CreateChannel", "--nocapture"]), 0);
    assert!(text.contains("running 0 tests"), "{text}");
}

fn an_endpoint_that_does_not_start_is_one_error() {
    let text = printed(&run("fails", &[]), 101);
    assert!(text.contains("error: the endpoint did not start: port 4566 is in use"), "{text}");
    let text = printed(&run("panics", &[]), 101);
    assert!(text.contains("error: the function that starts the endpoint panicked: no such image: 7"), "{text}");
}

fn a_baseline_that_is_missing_is_named_before_the_start() {
    let text = printed(&run("without-baseline", &[]), 101);
    assert!(text.contains("no-such-baseline.toml") && text.contains("IVS_CONTRACT_UPDATE_BASELINE=1"), "{text}");
    assert!(!text.contains("no such image"), "{text}");
}

fn an_endpoint_that_is_not_there_is_one_error() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = program("environment", &[SMALL]).env("AWS_ENDPOINT_URL", format!("http://{port}")).output().unwrap();
    let text = printed(&output, 101);
    assert!(text.contains(&format!("error: Cannot connect to http://{port}: connection refused")), "{text}");
}

fn two_programs_share_one_endpoint() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let emulator = runtime.block_on(Emulator::start(Options::default())).unwrap();
    let start = || {
        program("environment", &["Room"])
            .env("AWS_ENDPOINT_URL", emulator.url())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    for child in [start(), start()] {
        printed(&child.wait_with_output().unwrap(), 0);
    }
    runtime.block_on(emulator.stop());
}
