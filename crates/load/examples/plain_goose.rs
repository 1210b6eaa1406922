//! The simplest load test: goose with its own reqwest client, and `aws-sigv4` for every request. The benchmark compares
//! the engine with it. It takes goose's flags.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use goose::prelude::*;

const BODY: &str = r#"{"arn":"arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"}"#;

async fn get_channel(user: &mut GooseUser) -> TransactionResult {
    let url = user.build_url("/GetChannel")?;
    let host = user.base_url.authority().to_owned();
    let headers = [("content-type", "application/json"), ("host", host.as_str())];
    let identity = Credentials::new("test", "test", None, None, "plain").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-west-2")
        .name("ivs")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .expect("all parameters are given")
        .into();
    let signable = SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(BODY.as_bytes()))
        .expect("signable");
    let (instructions, _) = sign(signable, &parameters).expect("it is signed").into_parts();
    let mut request = user
        .get_request_builder(&GooseMethod::Post, "/GetChannel")?
        .header("content-type", "application/json")
        .body(BODY);
    for (name, value) in instructions.headers() {
        request = request.header(name, value);
    }
    let goose_request = GooseRequest::builder().set_request_builder(request).build();
    let response = user.request(goose_request).await?;
    if let Ok(response) = response.response {
        let _ = response.bytes().await;
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), GooseError> {
    GooseAttack::initialize()?
        .register_scenario(scenario!("reads").register_transaction(transaction!(get_channel)))
        .execute()
        .await?;
    Ok(())
}
