//! What the generator can hold on this machine, measured before a load.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use bytes::Bytes;
use ivs_client::{Clock, Endpoints, Limits};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::credentials::CredentialStore;
use crate::error::LoadError;
use crate::health::ThreadTime;
use crate::runtime;
use crate::scenario::{Scenario, StepRequest, UserContext};
use crate::seed_data::SeedData;
use crate::step::{StepCatalog, StepTemplate};
use crate::target::LoadTarget;
use crate::user::{SharedState, User};
use crate::worker::Worker;

/// The users of the measurement, at once on one thread.
const USERS: u64 = 8;
/// The time that the requests of the measurement take.
const MEASURED: Duration = Duration::from_millis(150);
/// The time that the machine's free share is measured for.
const SPUN: Duration = Duration::from_millis(50);
/// The response to every request: a channel of the usual size.
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 218\r\n\r\n\
    {\"channel\":{\"arn\":\"arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh\",\"name\":\"measured\",\
    \"latencyMode\":\"LOW\",\"type\":\"STANDARD\",\"authorized\":false,\"insecureIngest\":false,\"preset\":\"\",\
    \"recordingConfigurationArn\":\"\"}}";

/// The rate that the generator can hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneratorCapacity {
    /// Requests per second of all threads.
    pub rps: f64,
    /// The threads of the generator.
    pub threads: usize,
    /// The share of a core that the machine had free for a thread, 0 to 1.
    pub free: f64,
}

impl GeneratorCapacity {
    /// Measures it in about 200 ms, on a server of its own: the CPU time of a request, and the machine's free share. The
    /// target, if it runs on the same machine, needs its own share.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the measurement could not be set up.
    pub fn measure(threads: usize) -> Result<Option<Self>, LoadError> {
        let Some(free) = free_share() else { return Ok(None) };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let Some(cost) = cost_of_request()? else { return Ok(None) };
        Ok(Some(Self { rps: threads.min(cores) as f64 * free / cost.as_secs_f64(), threads, free }))
    }

    /// Returns whether a load with this peak, in requests per second, needs more than the generator has.
    #[must_use]
    pub fn is_below(&self, peak: f64) -> bool {
        self.rps < peak
    }
}

/// Returns the share of the time that the machine lets a busy thread run; none where the system does not report it.
fn free_share() -> Option<f64> {
    let (clock, start) = (ThreadTime::start(), Instant::now());
    while start.elapsed() < SPUN {
        std::hint::spin_loop();
    }
    clock.busy()
}

/// Returns the CPU time that a generator thread spends on a request.
fn cost_of_request() -> Result<Option<Duration>, LoadError> {
    let failed = |error: std::io::Error| LoadError::Thread(error.to_string());
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    let server = runtime::build()?;
    // The server ends with its runtime, once the sender is dropped.
    let (done, ended) = tokio::sync::oneshot::channel::<()>();
    let serving = std::thread::spawn(move || {
        server.block_on(async {
            tokio::select! {
                () = serve(listener) => {}
                _ = ended => {}
            }
        });
    });
    let cost = runtime::build()?.block_on(measure(&url));
    drop(done);
    let _ = serving.join();
    cost
}

async fn serve(listener: std::net::TcpListener) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        tokio::spawn(answer(stream));
    }
}

/// Answers every request of a connection. A request has arrived with the brace that ends its body.
async fn answer(mut stream: TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        if buffer[..length].ends_with(b"}") && stream.write_all(RESPONSE).await.is_err() {
            return;
        }
    }
}

async fn measure(url: &str) -> Result<Option<Duration>, LoadError> {
    let target = LoadTarget {
        endpoints: Endpoints::one(url)?,
        region: "us-west-2".to_owned(),
        credentials: SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "capacity")),
        clock: Clock::system(),
        tls: None,
        limits: Limits { read: Duration::from_secs(5), ..Limits::default() },
        allow_remote: false,
        keep_rates: false,
        lift_rates: true,
    };
    let credential_store = Arc::new(CredentialStore::open(target.credentials.clone()).await?);
    let mut catalog = StepCatalog::new(&target.endpoints, false)?;
    let get = catalog.step("ivs.GetChannel")?;
    let worker = Arc::new(Worker::new(&target, &catalog, credential_store)?);
    let seed_data = Arc::new(SeedData::new("capacity", Vec::new()));
    let shared = SharedState { rate_limiter: None, sampler: None };
    let user = |number| {
        let context =
            UserContext { number, random: SmallRng::seed_from_u64(number), seed_data: Arc::clone(&seed_data) };
        User::new(Arc::clone(&worker), shared.clone(), Box::new(Reader { get: Arc::clone(&get) }), context)
    };
    let mut users: Vec<User> = (0..USERS).map(user).collect();
    // The first request of each opens its connection.
    for user in &mut users {
        user.step(None).await;
    }
    let before = worker.shard().recorder.take_interval().requests();
    let end = Instant::now() + MEASURED;
    let clock = ThreadTime::start();
    let mut running = tokio::task::JoinSet::new();
    for mut user in users {
        running.spawn(async move { while Instant::now() < end && user.step(None).await.status.is_some() {} });
    }
    while running.join_next().await.is_some() {}
    let requests = worker.shard().recorder.take_interval().requests();
    Ok(clock.computed().filter(|_| requests > before).map(|computed| computed.div_f64(requests as f64)))
}

/// Reads one channel again and again.
struct Reader {
    get: Arc<StepTemplate>,
}

impl Scenario for Reader {
    fn next_request(&mut self, _: &mut UserContext) -> StepRequest {
        let body = Bytes::from_static(b"{\"arn\":\"arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh\"}");
        StepRequest::valid(&self.get, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_has_the_length_that_it_states() {
        let body = RESPONSE.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
        assert_eq!(RESPONSE.len() - body, 218);
        assert!(RESPONSE.ends_with(b"}}"));
    }

    #[test]
    #[cfg(unix)]
    fn a_capacity_is_measured_and_no_machine_holds_ten_million_requests_a_second() {
        let capacity = GeneratorCapacity::measure(1).unwrap().unwrap();
        assert!(capacity.rps > 100.0 && capacity.free > 0.0 && capacity.free <= 1.0, "{capacity:?}");
        assert!(capacity.is_below(10_000_000.0) && !capacity.is_below(1.0));
    }
}
