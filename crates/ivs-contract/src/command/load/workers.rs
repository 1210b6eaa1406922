//! `load --workers N`: a Locust master and several workers on this machine, with one result.

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus as ProcessStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use ivs_load::locust::locustfile;
use ivs_load::{LoadModel, MergedRun, Profile, StopHandle, format_duration};
use serde_json::json;

use super::{Stdout, locust, print};
use crate::command::arguments::LoadArguments;
use crate::exit_status::ExitStatus;
use crate::settings::OutputFormat;
use crate::target::TargetOptions;

/// The time beyond the load in which master and workers must end.
const GRACE: Duration = Duration::from_secs(120);
/// The interval in which the processes are looked at.
const POLL: Duration = Duration::from_millis(100);
/// The lines of a log that an error shows.
const SHOWN_LINES: usize = 12;

/// What the workers need to know.
pub(super) struct WorkerRun<'a> {
    pub(super) arguments: &'a LoadArguments,
    pub(super) profile: &'a Profile,
    pub(super) workers: usize,
    /// The URL of the emulator of this process, if that is the target.
    pub(super) emulator: Option<String>,
    pub(super) seed: u64,
    pub(super) output: OutputFormat,
}

/// The processes of a run, killed when it is dropped.
struct Processes {
    master: Child,
    workers: Vec<Child>,
}

/// A folder for logs and reports, deleted when it is dropped unless the user named it.
struct WorkFolder {
    path: PathBuf,
    is_temporary: bool,
}

impl WorkerRun<'_> {
    /// Runs master and workers to their end, merges the results and prints them.
    pub(super) fn run(&self) -> Result<ExitStatus> {
        let version = locust::installed_version()?;
        let stop = StopHandle::new();
        stop.on_signals()?;
        let folder = WorkFolder::open(self.arguments.report.as_deref())?;
        let LoadModel::Closed { users, ramp, duration, .. } = self.profile.load else {
            bail!("--workers needs a number of users. Add --users (example: --users 100)");
        };
        let web =
            self.arguments.web_port.map_or_else(String::new, |port| format!(", web UI at http://127.0.0.1:{port}"));
        eprintln!(
            "{} workers with {users} users under Locust {version} for {} s{web}",
            self.workers,
            duration.as_secs_f64()
        );
        let mut processes = self.start(&folder, users, ramp, duration)?;
        let ended = processes.wait(duration + GRACE, &stop)?;
        self.conclude(&folder, &ended, &stop)
    }

    fn start(&self, folder: &WorkFolder, users: usize, ramp: Duration, duration: Duration) -> Result<Processes> {
        let locustfile_path = folder.path.join("locustfile.py");
        fs::write(&locustfile_path, locustfile(&self.profile.scenarios))
            .with_context(|| format!("cannot write {}", locustfile_path.display()))?;
        let port = free_port()?;
        let rate = users as f64 / ramp.as_secs_f64().max(1.0);
        let mut master = locust::command();
        master.arg("-f").arg(&locustfile_path).args(["--master", "--master-bind-host", "127.0.0.1"]);
        master.arg("--master-bind-port").arg(port.to_string()).arg("--expect-workers").arg(self.workers.to_string());
        master.arg("--users").arg(users.to_string()).arg("--spawn-rate").arg(rate.to_string());
        master.arg("--run-time").arg(format!("{}s", duration.as_secs().max(1)));
        master.arg("--csv").arg(folder.path.join("locust")).args(["--only-summary", "--exit-code-on-error", "0"]);
        match self.arguments.web_port {
            Some(web) => {
                master.args(["--web-host", "127.0.0.1", "--autostart", "--autoquit", "1", "--web-port"]);
                master.arg(web.to_string());
            }
            None => {
                master.arg("--headless");
            }
        }
        let master = spawn(&mut master, &folder.path, "master")?;
        let mut processes = Processes { master, workers: Vec::new() };
        let program = std::env::current_exe().context("cannot find this command for its workers")?;
        for number in 0..self.workers {
            let mut worker = Command::new(&program);
            worker.arg("load").args(&self.arguments.name).args(["--worker", "--output", "json", "--master-port"]);
            worker.arg(port.to_string()).arg("--report").arg(folder.worker(number));
            worker.arg("--seed").arg((self.seed + number as u64).to_string());
            worker.args(self.forwarded());
            processes.workers.push(spawn(&mut worker, &folder.path, &format!("worker-{number}"))?);
        }
        Ok(processes)
    }

    /// The flags that a worker gets from this command's own.
    fn forwarded(&self) -> Vec<OsString> {
        let mut flags = match &self.emulator {
            Some(url) => vec!["--endpoint-url".into(), url.into()],
            None => target_flags(&self.arguments.target),
        };
        if let Some(every) = self.arguments.sample_every {
            flags.extend(["--sample-every".into(), every.to_string().into()]);
        }
        if let Some(file) = &self.arguments.config.config {
            flags.extend(["--config".into(), file.into()]);
        }
        flags
    }

    fn conclude(&self, folder: &WorkFolder, ended: &[ProcessStatus], stop: &StopHandle) -> Result<ExitStatus> {
        let mut merged = MergedRun::default();
        let mut failures = Vec::new();
        for number in 0..self.workers {
            let reports = folder.worker(number);
            let read = |name: &str| fs::read(reports.join(name)).map_err(|error| anyhow!("no {name}: {error}"));
            let added = read("summary.json")
                .and_then(|summary| Ok((summary, read("latency.hlog")?)))
                .and_then(|(summary, log)| Ok(merged.add(&summary, &log)?));
            if let Err(error) = added {
                failures.push(format!("worker {number}: {error}\n{}", folder.tail(&format!("worker-{number}"))));
            }
        }
        let by_master = requests_by_master(&folder.path.join("locust_stats.csv"));
        print(&Stdout::plain(), self.summary(&merged, by_master)?.as_bytes())?;
        for failure in &failures {
            eprintln!("error: {failure}");
        }
        if by_master.is_none() {
            eprintln!("error: the master wrote no statistics\n{}", folder.tail("master"));
        }
        if !folder.is_temporary {
            eprintln!("reports written to {}", folder.path.display());
        }
        let breached = ended.iter().any(|status| status.code() == Some(ExitStatus::GateBreached.code().into()));
        let is_exact = by_master == Some(merged.requests);
        Ok(match () {
            () if breached => ExitStatus::GateBreached,
            () if stop.is_requested() => ExitStatus::Interrupted,
            () if !failures.is_empty() || !is_exact || ended.iter().any(|status| !status.success()) => {
                ExitStatus::Inconclusive
            }
            () => ExitStatus::Success,
        })
    }

    fn summary(&self, merged: &MergedRun, by_master: Option<u64>) -> Result<String> {
        let at = |quantile: f64| merged.service.value_at_quantile(quantile);
        let times = [("p50", at(0.5)), ("p95", at(0.95)), ("p99", at(0.99)), ("max", merged.service.max())];
        if self.output == OutputFormat::Json {
            let service: serde_json::Map<_, _> =
                times.into_iter().map(|(name, time)| (name.to_owned(), time.into())).collect();
            let findings: Vec<_> = merged
                .findings
                .iter()
                .map(|(identity, count)| json!({ "identity": identity, "count": count }))
                .collect();
            let document = json!({
                "schema": 1, "workers": merged.workers, "requests": merged.requests, "requests_by_master": by_master,
                "failures": merged.failures, "throttled": merged.throttled, "duration_s": merged.duration_s,
                "rps": merged.rps(), "service": service, "findings": findings, "left_behind": merged.left_behind,
            });
            return Ok(format!("{}\n", serde_json::to_string_pretty(&document)?));
        }
        let mut text = format!(
            "{} workers: {} requests in {:.1} s ({:.1}/s), {} failed, {} throttled\n  service time: ",
            merged.workers,
            merged.requests,
            merged.duration_s,
            merged.rps(),
            merged.failures,
            merged.throttled
        );
        text.push_str(&times.map(|(name, time)| format!("{name} {}", format_duration(time))).join(", "));
        match by_master {
            Some(counted) if counted == merged.requests => text.push_str("\n  Locust's master counted the same\n"),
            Some(counted) => text.push_str(&format!("\n  Locust's master counted {counted} requests\n")),
            None => text.push('\n'),
        }
        for (identity, count) in &merged.findings {
            text.push_str(&format!("  finding {identity}, {count} times\n"));
        }
        for resource in &merged.left_behind {
            text.push_str(&format!("  left behind: {resource}\n"));
        }
        Ok(text)
    }
}

impl Processes {
    /// Waits until all have ended. A stop is passed on once. Returns how the workers ended.
    fn wait(&mut self, limit: Duration, stop: &StopHandle) -> Result<Vec<ProcessStatus>> {
        let start = Instant::now();
        let mut is_stopped = false;
        loop {
            let mut statuses = Vec::new();
            for worker in &mut self.workers {
                statuses.extend(worker.try_wait()?);
            }
            if statuses.len() == self.workers.len() && self.master.try_wait()?.is_some() {
                return Ok(statuses);
            }
            if stop.is_requested() && !is_stopped {
                is_stopped = true;
                terminate(&self.master);
                self.workers.iter().for_each(terminate);
            }
            if start.elapsed() > limit {
                bail!("master and workers did not end within {} s after the load", GRACE.as_secs());
            }
            std::thread::sleep(POLL);
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for process in self.workers.iter_mut().chain([&mut self.master]) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl WorkFolder {
    fn open(report: Option<&Path>) -> Result<Self> {
        let temporary = || std::env::temp_dir().join(format!("ivs-contract-workers-{}", std::process::id()));
        let folder = Self { path: report.map_or_else(temporary, Path::to_owned), is_temporary: report.is_none() };
        fs::create_dir_all(&folder.path).with_context(|| format!("cannot create {}", folder.path.display()))?;
        Ok(folder)
    }

    /// The report folder of a worker.
    fn worker(&self, number: usize) -> PathBuf {
        self.path.join(format!("worker-{number}"))
    }

    /// The last lines of a log.
    fn tail(&self, name: &str) -> String {
        let log = fs::read_to_string(self.path.join(format!("{name}.log"))).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        if self.is_temporary {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Starts a process whose output goes to a log in the folder.
fn spawn(command: &mut Command, folder: &Path, name: &str) -> Result<Child> {
    let path = folder.join(format!("{name}.log"));
    let log = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    command.spawn().with_context(|| format!("cannot start the {name}"))
}

/// Returns a port that is free now.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr())?.port())
}

/// Asks a process to end, so that it cleans up.
#[cfg(unix)]
fn terminate(process: &Child) {
    if let Some(pid) = i32::try_from(process.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

/// Ctrl-C reaches the processes of a console by itself.
#[cfg(not(unix))]
fn terminate(_: &Child) {}

/// Reads the number of all requests from the master's table.
fn requests_by_master(path: &Path) -> Option<u64> {
    let table = fs::read_to_string(path).ok()?;
    let count = table.lines().next()?.split(',').position(|column| column == "Request Count")?;
    let total = table.lines().find(|line| line.split(',').nth(1) == Some("Aggregated"))?;
    total.split(',').nth(count)?.parse().ok()
}

/// The flags of a target as given.
fn target_flags(options: &TargetOptions) -> Vec<OsString> {
    let TargetOptions { target, endpoint_url, region, profile, allow_writes, ca_bundle, proxy, .. } = options;
    let text = |name: &str, value: &Option<String>| value.as_ref().map(|value| [name.into(), value.into()]);
    let number = |name: &str, value: Option<u64>| value.map(|value| [name.into(), value.to_string().into()]);
    let values: [Option<[OsString; 2]>; 12] = [
        text("--target", target),
        text("--endpoint-url", endpoint_url),
        text("--endpoint-url-ivs", &options.endpoint_url_ivs),
        text("--endpoint-url-ivs-realtime", &options.endpoint_url_ivs_realtime),
        text("--endpoint-url-ivschat", &options.endpoint_url_ivschat),
        text("--region", region),
        text("--profile", profile),
        text("--allow-writes", allow_writes),
        text("--proxy", proxy),
        ca_bundle.as_ref().map(|file| ["--ca-bundle".into(), file.into()]),
        number("--read-timeout", options.read_timeout),
        number("--connect-timeout", options.connect_timeout),
    ];
    let mut flags: Vec<OsString> = values.into_iter().flatten().flatten().collect();
    if options.no_verify_ssl {
        flags.push("--no-verify-ssl".into());
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_of_the_master_is_read_from_its_table() {
        let path = std::env::temp_dir().join(format!("ivs-contract-stats-{}.csv", std::process::id()));
        fs::write(&path, "Type,Name,Request Count,Failure Count\nPOST,ivs.GetChannel,7,0\n,Aggregated,12,0\n").unwrap();
        assert_eq!(requests_by_master(&path), Some(12));
        fs::write(&path, "").unwrap();
        assert_eq!(requests_by_master(&path), None);
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn a_worker_gets_the_flags_of_the_target() {
        let options = TargetOptions {
            endpoint_url: Some("http://127.0.0.1:1".to_owned()),
            read_timeout: Some(5),
            no_verify_ssl: true,
            ..TargetOptions::default()
        };
        let expected = ["--endpoint-url", "http://127.0.0.1:1", "--read-timeout", "5", "--no-verify-ssl"];
        assert_eq!(target_flags(&options), expected);
    }
}
