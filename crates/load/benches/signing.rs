//! The cost of a signature: the cached key compared with `aws-sigv4`.

#![allow(missing_docs, reason = "criterion's macros generate undocumented items")]

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use criterion::{Criterion, criterion_group, criterion_main};
use ivs_load::{PreparedRequest, Signer};

const BODY: &[u8] = br#"{"arn":"arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"}"#;
const HEADERS: [(&str, &str); 2] = [("content-type", "application/json"), ("host", "ivs.us-west-2.amazonaws.com")];

fn signing(criterion: &mut Criterion) {
    let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None, None, "bench");
    let mut group = criterion.benchmark_group("sign a 66 byte POST");
    let prepared = PreparedRequest::new("POST", "/GetChannel", "", &HEADERS, false);
    let mut signer = Signer::new(credentials.clone(), "us-west-2", "ivs");
    group.bench_function("cached key", |bencher| {
        bencher.iter(|| signer.sign(black_box(&prepared), black_box(BODY), 1_767_323_045));
    });
    let identity = credentials.into();
    group.bench_function("aws-sigv4", |bencher| {
        bencher.iter(|| {
            let parameters = v4::SigningParams::builder()
                .identity(&identity)
                .region("us-west-2")
                .name("ivs")
                .time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045))
                .settings(SigningSettings::default())
                .build()
                .expect("all parameters are given")
                .into();
            let request = SignableRequest::new(
                "POST",
                "https://ivs.us-west-2.amazonaws.com/GetChannel",
                HEADERS.into_iter(),
                SignableBody::Bytes(black_box(BODY)),
            )
            .expect("the request is signable");
            sign(request, &parameters).expect("the request is signed")
        });
    });
    group.finish();
}

criterion_group!(benches, signing);
criterion_main!(benches);
