//! The command as a process, its emulator, and a temporary folder.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Returns the command without the AWS configuration of this machine.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ivs-contract"));
    for (name, _) in std::env::vars() {
        if name.starts_with("AWS_") || name.starts_with("IVS_CONTRACT_") {
            command.env_remove(name);
        }
    }
    // The tests may run in CI, and the commands that they start must not report to it.
    for name in ["CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "SOURCE_DATE_EPOCH"] {
        command.env_remove(name);
    }
    // Tests must not query instance metadata.
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_CONFIG_FILE", "/nonexistent");
    command.env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent").current_dir(std::env::temp_dir()).args(arguments);
    command
}

/// Runs the command to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the command runs")
}

/// Returns the text on stderr.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Asserts the exit code and a text on stderr, and that nothing panicked.
#[track_caller]
pub(crate) fn assert_ends(output: &Output, code: i32, says: &str) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{text}{}", String::from_utf8_lossy(&output.stdout));
    assert!(text.contains(says), "expected `{says}` in: {text}");
    assert!(!text.contains("panicked"), "{text}");
}

/// Returns the URL of a port that refuses connections.
pub(crate) fn deserted() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Returns the `https` URL of a server that does not use TLS.
pub(crate) fn without_tls() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        }
    });
    url
}

/// Returns the URL of a server that answers every request with this head and JSON, one request a connection.
pub(crate) fn constant(head: &'static [u8], body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                read_request(&stream);
                let rest = format!("connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                let _ = (&stream).write_all(&[head, rest.as_bytes()].concat());
            });
        }
    });
    url
}

/// Reads the head of a request, and its body to the end.
fn read_request(stream: &TcpStream) {
    let mut received = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while received.read_line(&mut line).is_ok_and(|read| read > 2) {
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let _ = std::io::copy(&mut received.take(length), &mut std::io::sink());
}

/// Sends a signal to a process, by its name in `kill`.
pub(crate) fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// An emulator process, killed when the test ends.
pub(crate) struct Serving {
    child: Child,
    pub(crate) url: String,
}

impl Serving {
    /// Starts the emulator with these arguments.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_on("0", arguments)
    }

    /// Starts the emulator with these arguments on this port.
    pub(crate) fn start_on(port: &str, arguments: &[&str]) -> Self {
        let mut child = command(&[&["serve", "--port", port], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("it says its address");
        let url = line.split("AWS_ENDPOINT_URL=").nth(1).expect("the line names the variable to export");
        Self { url: url.trim().to_owned(), child }
    }

    /// Stops the emulator and returns its exit code and its stderr.
    pub(crate) fn stop(mut self) -> (Option<i32>, String) {
        signal(&self.child, "-TERM");
        let code = self.child.wait().unwrap().code();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (code, said)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A temporary folder, deleted when the test ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Creates an empty folder.
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ivs-contract-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Returns the path of a file in the folder, which need not exist.
    pub(crate) fn within(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file and returns its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.0.join(name), text).unwrap();
        self.within(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
