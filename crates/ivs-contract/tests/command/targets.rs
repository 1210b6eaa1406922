//! Targets as a user names them: profiles, private addresses, proxies and permissions.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, UdpSocket};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::{Folder, Serving, assert_ends, command, run, stderr};

const ONE_READ: [&str; 4] = ["--operation", "GetRoom", "--suite", "validation"];

#[test]
fn a_profile_names_the_endpoint_and_its_keys() {
    let serving = Serving::start(&["--key", "AKIDEXAMPLE:secret"]);
    let folder = Folder::new("profile");
    let config =
        format!("[profile emu]\nservices = emu\n[services emu]\nivschat =\n  endpoint_url = {}\n", serving.url);
    let config = folder.file("config", &config);
    let credentials =
        folder.file("credentials", "[emu]\naws_access_key_id=AKIDEXAMPLE\naws_secret_access_key=secret\n");
    let output = command(&[&ONE_READ[..], &["--output", "json"]].concat())
        .envs([("AWS_CONFIG_FILE", &config), ("AWS_SHARED_CREDENTIALS_FILE", &credentials)])
        .env("AWS_PROFILE", "emu")
        .output()
        .unwrap();
    let told = format!(
        "target: {} (from [services emu] of profile 'emu' in {config}), region us-west-2, as access key AKIDEXAMPLE \
         (profile 'emu' in {config})",
        serving.url
    );
    assert_ends(&output, 0, &told);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["endpoint"], serving.url.as_str());
}

/// An HTTP proxy that notes the first line of each request and refuses it.
fn refusing_proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let lines = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&lines);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            if BufReader::new(&stream).read_line(&mut line).is_ok() {
                noted.lock().unwrap().push(line.trim().to_owned());
            }
            let _ = stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
        }
    });
    (url, lines)
}

#[test]
fn the_identity_for_aws_is_asked_of_aws_whatever_url_is_configured() {
    let serving = Serving::start(&[]);
    let (proxy, lines) = refusing_proxy();
    let output = command(&["--target", "aws", "--allow-writes", "123456789012"])
        .envs([("AWS_ENDPOINT_URL", &serving.url), ("AWS_ENDPOINT_URL_STS", &serving.url), ("HTTPS_PROXY", &proxy)])
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
        .output()
        .unwrap();
    assert_ends(&output, 2, "STS at https://sts.us-west-2.amazonaws.com failed");
    let lines = lines.lock().unwrap();
    assert!(!lines.is_empty());
    assert!(lines.iter().all(|line| line == "CONNECT sts.us-west-2.amazonaws.com:443 HTTP/1.1"), "{lines:?}");
}

#[test]
fn a_role_for_aws_is_assumed_at_aws_whatever_url_is_configured() {
    let serving = Serving::start(&["--debug"]);
    let folder = Folder::new("role");
    let config = folder.file(
        "config",
        "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/tester\nsource_profile = base\n\
         [profile base]\naws_access_key_id = test\naws_secret_access_key = test\n",
    );
    let output = command(&["--target", "aws", "--profile", "role", "--allow-writes", "123456789012"])
        .envs([("AWS_ENDPOINT_URL", &serving.url), ("AWS_CONFIG_FILE", &config)])
        .output()
        .unwrap();
    assert_ends(&output, 2, "cannot load the credentials of profile 'role'");
    assert_ends(&output, 2, &format!("{} is not asked for credentials that are for AWS", serving.url));
    let (_, said) = serving.stop();
    assert!(!said.contains("POST"), "{said}");
}

#[test]
fn a_proxy_is_for_everything_but_loopback() {
    let serving = Serving::start(&[]);
    let (proxy, lines) = refusing_proxy();
    let output = command(&[&ONE_READ[..], &["--endpoint-url", &serving.url, "--proxy", &proxy]].concat())
        .env("HTTP_PROXY", &proxy)
        .output()
        .unwrap();
    assert_ends(&output, 0, "");
    assert!(lines.lock().unwrap().is_empty());
    let output =
        run(&[&ONE_READ[..], &["--endpoint-url", "http://ivs.invalid", "--no-sign-request", "--proxy", &proxy]]
            .concat());
    assert_ends(&output, 3, &format!("through {proxy}"));
    assert!(lines.lock().unwrap().iter().all(|line| line.starts_with("POST http://ivs.invalid/")));
    assert!(!lines.lock().unwrap().is_empty());
}

/// Returns the address of this machine that is not loopback, if it has one.
fn own_address() -> Option<std::net::Ipv4Addr> {
    // Connecting a UDP socket sends nothing; it selects the address.
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("10.255.255.255:9").ok()?;
    match socket.local_addr().ok()?.ip() {
        std::net::IpAddr::V4(address) if !address.is_loopback() => Some(address),
        _ => None,
    }
}

#[test]
fn writes_to_an_own_address_are_allowed_by_account_and_to_a_private_one_as_local() {
    let Some(address) = own_address() else { return };
    let serving = Serving::start(&["--host", &address.to_string()]);
    let check = |flags: &[&str]| {
        command(&[&["--operation", "CreateRoom", "--suite", "validation"], flags].concat())
            .env("AWS_ENDPOINT_URL", &serving.url)
            .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
            .output()
            .unwrap()
    };
    assert_ends(&check(&[]), 3, "--allow-writes local");
    let output = check(&["--allow-writes", "local"]);
    if address.is_private() {
        assert_ends(&output, 0, "as access key test (AWS_ACCESS_KEY_ID)");
        assert!(!stderr(&output).contains("writes are skipped"), "{}", stderr(&output));
    } else {
        assert_ends(&output, 2, &format!("has the public address {address}"));
    }
    // `serve` answers GetCallerIdentity.
    assert_ends(&check(&["--allow-writes", "123456789012"]), 0, "as arn:aws:iam::123456789012:root");
    let output = check(&["--allow-writes", "111122223333"]);
    assert_ends(&output, 2, "names account 111122223333, but the credentials belong to account 123456789012");
}

#[test]
fn numbers_out_of_range_are_refused_with_the_range() {
    for (flag, range) in
        [("--concurrency", "1..=1024"), ("--read-timeout", "1..=86400"), ("--connect-timeout", "1..=86400")]
    {
        for value in ["0", "18446744073709551615"] {
            let output = run(&["check", flag, value]);
            assert_ends(&output, 2, value);
            assert!(
                stderr(&output).contains(range) || stderr(&output).contains("between 1 and"),
                "{}",
                stderr(&output)
            );
        }
    }
}

#[test]
fn bad_targets_end_with_one_message_and_nothing_sent() {
    let folder = Folder::new("bad-target");
    let config = folder.file("config", "[profile lost]\nservices = nowhere\n");
    for (arguments, says) in [
        (&["--profile", "missing"][..], "there is no profile 'missing'"),
        (&["--profile", "lost"], "has no [services nowhere]"),
        (&["--endpoint-url", "https://127.0.0.1:1", "--ca-bundle", &config], "is not a certificate bundle"),
        (&["--target", "aws-emulator:9"], "no AWS Emulator on port 9"),
        (&["--endpoint-url", "http://93.184.216.34", "--allow-writes", "local"], "public address 93.184.216.34"),
    ] {
        let output = command(arguments).env("AWS_CONFIG_FILE", &config).env("HOME", folder.path()).output().unwrap();
        assert_ends(&output, 2, says);
        assert_eq!(stderr(&output).matches("error:").count(), 1, "{}", stderr(&output));
    }
}

/// Returns a port that is free at the moment.
fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
}

#[test]
fn serve_with_tls_is_an_aws_emulator_for_our_own_client() {
    let home = Folder::new("tls");
    let port = free_port();
    let folder = home.within(&format!(".aws/emulator/{port}"));
    let serving = Serving::start_on(&port, &["--tls", &folder]);
    assert_eq!(serving.url, format!("https://127.0.0.1:{port}"));
    let target = format!("aws-emulator:{port}");
    let check = |arguments: &[&str]| {
        command(&[&["--operation", "*Room", "--suite", "validation,auth"], arguments].concat())
            .env("HOME", home.path())
            .env_remove("AWS_CONFIG_FILE")
            .env_remove("AWS_SHARED_CREDENTIALS_FILE")
            .output()
            .unwrap()
    };
    let output = check(&["--target", &target]);
    let told = format!(
        "target: https://127.0.0.1:{port} (from --target, folder {folder}), region us-west-2, as access key AKIA"
    );
    assert_ends(&output, 0, &told);
    // By the files alone, as SDKs do.
    let output = command(&["--operation", "GetRoom", "--suite", "validation"])
        .env("AWS_CONFIG_FILE", format!("{folder}/config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", format!("{folder}/emulator_credentials"))
        .output()
        .unwrap();
    assert_ends(&output, 0, &format!("target: https://127.0.0.1:{port} (from endpoint_url of profile 'default' in "));
    // Other keys, and other certificates, are refused.
    let output = command(&["--operation", "GetRoom", "--suite", "validation", "--endpoint-url", &serving.url])
        .args(["--ca-bundle", &format!("{folder}/ca.pem")])
        .output()
        .unwrap();
    assert_ne!(output.status.code(), Some(0), "{}", stderr(&output));
    let output = check(&["--endpoint-url", &serving.url]);
    assert_ends(&output, 3, "");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("invalid peer certificate: UnknownIssuer. Name the authority"), "{said}");
    let (code, said) = serving.stop();
    assert_eq!(code, Some(0), "{said}");
    assert_ends(&check(&["--target", &target]), 2, "has no ca.pem");
}

#[test]
fn clean_lists_what_old_runs_left_without_deleting_it() {
    // A deletion that takes its time would be found again.
    let serving = Serving::start(&["--settling", "0"]);
    let kept = Folder::new("clean");
    let clean = |arguments: &[&str]| run(&[&["clean", "--endpoint-url", &serving.url], arguments].concat());
    let left = || String::from_utf8_lossy(&clean(&["--dry-run"]).stdout).lines().count();
    let check = |name: &str| {
        let mut child = command(&["check", "--service", "ivschat", "--endpoint-url", &serving.url, "--no-regressions"])
            .current_dir(kept.path())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // Wait until something is there.
        while left() == 0 {
            assert!(child.try_wait().unwrap().is_none(), "the run ended before it made anything");
        }
        crate::support::signal(&child, name);
        child.wait_with_output().unwrap()
    };
    check("-KILL");
    assert_ends(&clean(&["--dry-run"]), 0, "nothing was deleted (dry run)");
    let left = left();
    assert!(left > 0);
    assert_ends(&clean(&["--dry-run", "--older-than", "1h"]), 0, "0 found");
    assert_ends(&clean(&[]), 0, &format!("{left} found with the tag ivs-contract:run, {left} deleted, 0 left"));
    assert_ends(&clean(&[]), 0, "0 found");

    // A hang-up and a termination clean up like Ctrl-C.
    for name in ["-HUP", "-TERM"] {
        let interrupted = check(name);
        assert_eq!(interrupted.status.code(), Some(130), "{name}");
        assert!(!stderr(&interrupted).contains("--allow-partial"), "{}", stderr(&interrupted));
        assert_ends(&clean(&["--dry-run"]), 0, "0 found");
    }
}

#[test]
fn a_plan_tells_the_calls_and_the_time_of_the_run() {
    let selection = ["--operation", "GetRoom,CreateChatToken", "--suite", "validation", "--cases", "0"];
    let serving = Serving::start(&["--rates"]);
    let output = run(&[&["plan"], &selection[..], &["--endpoint-url", &serving.url, "--output", "json"]].concat());
    assert_ends(&output, 0, "");
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    let flags = ["--endpoint-url", &serving.url, "--rates", "--output", "json", "--debug"];
    let output = run(&[&["check"], &selection[..], &flags].concat());
    assert_ends(&output, 0, "at the documented call rates");
    assert!(!stderr(&output).contains(" 429 "), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (calls, time) = (report["summary"]["exchanges"].as_f64().unwrap(), report["duration_s"].as_f64().unwrap());
    let (planned_calls, planned_time) = (plan["calls"].as_f64().unwrap(), plan["seconds"].as_f64().unwrap());
    assert!((planned_calls / calls - 1.0).abs() < 0.05, "{planned_calls} calls planned, {calls} sent");
    assert!((planned_time / time - 1.0).abs() < 0.2, "{planned_time} s planned, {time} s taken");
    assert!(serving.stop().0 == Some(0));
}

#[test]
fn a_run_deletes_what_a_killed_run_left_and_passes() {
    // Without settling, since a list may show for a while what is deleted.
    let serving = Serving::start(&["--settling", "0"]);
    let arguments = ["check", "--service", "ivschat", "--suite", "lifecycle,tags", "--cases", "2"];
    let arguments = [&arguments[..], &["--endpoint-url", &serving.url, "--no-regressions"]].concat();
    let mut child =
        command(&arguments).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    let left = || run(&["clean", "--endpoint-url", &serving.url, "--dry-run"]).stdout;
    while left().is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it made anything");
    }
    crate::support::signal(&child, "-KILL");
    child.wait().unwrap();
    assert!(!left().is_empty());
    assert_ends(&run(&arguments), 0, "note: a killed run left ");
    assert!(left().is_empty());
}
