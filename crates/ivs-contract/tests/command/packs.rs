//! Packs of other services: what is refused, what `pack check` and `pack init` say.

use std::path::{Path, PathBuf};

use crate::support::{Folder, assert_ends, constant, run};

/// A shipped pack.
fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/packs").join(name).display().to_string()
}

/// A copy of the pack of the Scheduler with another `pack.toml`.
fn with_text(folder: &Folder, name: &str, text: &str) -> String {
    let path: PathBuf = folder.path().join(name);
    std::fs::create_dir_all(&path).unwrap();
    std::fs::copy(Path::new(&shipped("scheduler")).join("model.json.gz"), path.join("model.json.gz")).unwrap();
    std::fs::write(path.join("pack.toml"), text).unwrap();
    path.display().to_string()
}

#[test]
fn a_pack_that_cannot_be_used_is_refused_with_one_message() {
    let folder = Folder::new("packs");
    let list = |pack: &str| run(&["list", "operations", "--pack", pack]);
    for (text, says) in [
        ("[[resource]]\nresource = \"x\"\ncreated-by = [\"MakeX\"]\nnamed-by = []", "has no operation 'MakeX'"),
        (
            "[[given]]\noperations = [\"GetSchedule\"]\nmember = \"/NoName\"\nvalues = []",
            "has no member 'GetSchedule/NoName'",
        ),
        ("[[given]]\nmember = \"/NoName\"\nvalues = []", "has no member '/NoName'"),
        ("[[promise]]\nstructures = [\"Nothing\"]\nmembers = []", "has no shape 'Nothing'"),
        ("[[promise]]\nstructures = [\"Target\"]\nmembers = [\"Arm\"]", "has no member 'Target/Arm'"),
        ("[[gift]]", "'gift' is not a table of a pack"),
        ("[[given]]\nmember = \"/Name\"", "[[given]] number 1: missing field `values`"),
        ("[[given", "pack.toml"),
    ] {
        let output = list(&with_text(&folder, "wrong", text));
        assert_ends(&output, 2, says);
        assert!(output.stdout.is_empty());
    }
    assert_ends(&list("/nonexistent"), 2, "the pack /nonexistent is not a folder");
    let empty = folder.path().join("empty");
    std::fs::create_dir_all(&empty).unwrap();
    assert_ends(&list(&empty.display().to_string()), 2, "has no model.json or model.json.gz");
    let silent = with_text(&folder, "silent", "");
    std::fs::remove_file(Path::new(&silent).join("pack.toml")).unwrap();
    assert_ends(&list(&silent), 2, "pack.toml");
    std::fs::write(Path::new(&silent).join("pack.toml"), "").unwrap();
    std::fs::write(Path::new(&silent).join("model.json.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
    assert_ends(&list(&silent), 2, "model.json.gz");
    let scheduler = shipped("scheduler");
    let again = with_text(&folder, "again", "");
    assert_ends(&run(&["list", "operations", "--pack", &scheduler, "--pack", &again]), 2, "two packs are of Scheduler");
}

#[test]
fn depth_is_of_models_and_packs_and_what_is_deeper_is_listed() {
    let list = |depth: &str| {
        let output = run(&["list", "sites", "--pack", &shipped("scheduler"), "--depth", depth]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let (whole, part) = (list("12"), list("2"));
    let cut = "scheduler.CreateSchedule /Target/EcsParameters: ";
    let deeper = part.lines().find_map(|line| line.strip_prefix(cut)).expect("a line of the place");
    assert!(deeper.ends_with(" sites deeper than 2 not tested (see --depth)"), "{deeper}");
    assert!(!whole.contains("deeper than"), "no place is as deep");
    let sites = |text: &str| text.lines().filter(|line| line.contains('#')).count();
    assert!(sites(&part) < sites(&whole));
    assert_ends(&run(&["list", "sites", "--depth", "3"]), 2, "--depth is for the models of --model and --pack");
    assert_ends(&run(&["list", "sites", "--pack", &shipped("mq"), "--depth", "0"]), 2, "--depth");
}

#[test]
fn packs_are_for_loopback_endpoints() {
    let output = run(&["check", "--pack", &shipped("mq"), "--endpoint-url", "http://192.0.2.1:4566"]);
    assert_ends(&output, 2, "--pack works with loopback endpoints only");
    assert_ends(&run(&["check", "--pack", &shipped("mq")]), 2, "does not serve the services of --pack");
}

#[test]
fn shipped_packs_reach_every_operation_but_those_never_called() {
    for (name, first, others) in [
        ("scheduler", "Scheduler 2021-06-30: 12 of 12 operations reached", "reached    DeleteSchedule: lent: schedule"),
        ("mq", "mq 2017-11-27: 24 of 25 operations reached", "mq.Promote is left out: the pack never calls it"),
    ] {
        let output = run(&["pack", "check", &shipped(name)]);
        assert_ends(&output, 0, "");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with(first) && text.contains(others), "{text}");
        assert!(!text.contains("unreached"), "{text}");
    }
    let operations = run(&["list", "operations", "--pack", &shipped("mq")]).stdout;
    assert!(!String::from_utf8(operations).unwrap().contains("Promote"));
}

#[test]
fn a_first_pack_is_valid_and_is_not_overwritten() {
    let folder = Folder::new("pack-init");
    let (model, pack) = (format!("{}/model.json.gz", shipped("mq")), folder.path().join("mq").display().to_string());
    assert_ends(&run(&["pack", "init", "--model", &model, &pack]), 0, "a first draft");
    let text = std::fs::read_to_string(Path::new(&pack).join("pack.toml")).unwrap();
    assert!(text.contains("created-by = [\"CreateBroker\"] # inferred"), "{text}");
    assert!(
        text.contains("# - DescribeConfigurationRevision: nothing gives a value for /ConfigurationRevision"),
        "{text}"
    );
    assert_ends(&run(&["pack", "check", &pack]), 0, "");
    assert_ends(&run(&["pack", "init", "--model", &model, &pack]), 2, "exists");
    let (model, pack) = (format!("{}/model.json.gz", shipped("scheduler")), folder.within("scheduler"));
    assert_ends(&run(&["pack", "init", "--model", &model, &pack]), 0, "a first draft");
    let text = std::fs::read_to_string(Path::new(&pack).join("pack.toml")).unwrap();
    // The pattern of `ResourceArn` allows the ARNs of groups alone.
    assert!(text.contains("answer = \"/ScheduleGroupArn\"") && !text.contains("/ScheduleArn"), "{text}");
}

#[test]
fn a_report_says_that_it_is_experimental_and_names_the_pack_in_replay_lines() {
    let url = constant(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n", "{}");
    let output = run(&[
        "check",
        "--pack",
        &shipped("mq"),
        "--endpoint-url",
        &url,
        "--operation",
        "DescribeUser",
        "--no-regressions",
    ]);
    // Nothing but warnings, and nothing passes: the run proves nothing.
    assert_ends(&output, 3, "");
    let text = String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("(experimental: services of packs)"), "{text}");
    assert!(text.contains("--pack") && !text.contains("ivs-contract clean"), "{text}");
    assert!(text.contains(": 0 passed") || text.contains(" 0 passed"), "{text}");
}
