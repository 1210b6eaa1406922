//! The control API itself: the list of capabilities, and the reset.

use crate::channel;
use crate::sdk::Sdk;

pub(crate) async fn it_lists_the_actions_that_these_tests_use(sdk: &Sdk) {
    let capabilities = sdk.control.capabilities().await;
    let actions = capabilities["actions"].as_array().expect("a list of actions");
    for used in ["clock", "quota", "reset", "channel/on-air", "channel/off-air", "channel/view"] {
        assert!(actions.iter().any(|action| action["name"] == used), "{used}: {capabilities}");
    }
}

pub(crate) async fn a_reset_forgets_every_resource(sdk: &Sdk) {
    channel::make(sdk).await;
    sdk.realtime.create_stage().send().await.unwrap();
    sdk.chat.create_room().send().await.unwrap();
    sdk.control.reset().await;
    assert!(sdk.ivs.list_channels().send().await.unwrap().channels().is_empty());
    assert!(sdk.realtime.list_stages().send().await.unwrap().stages().is_empty());
    assert!(sdk.chat.list_rooms().send().await.unwrap().rooms().is_empty());
}
