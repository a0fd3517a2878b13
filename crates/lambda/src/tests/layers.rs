//! What is left of layers that are deleted.

use super::*;
use kv::key::KeyWriter;
use kv::{Order, Space};
use wire::lambda::{
    DeleteFunctionInput, DeleteLayerVersionInput, LayerVersionContentInput,
    PublishLayerVersionInput,
};

async fn publish(test: &TestLambda, name: &str) -> String {
    let input = PublishLayerVersionInput {
        layer_name: name.to_owned(),
        content: LayerVersionContentInput {
            zip_file: Some(zipped("python/shared.py", name)),
            ..LayerVersionContentInput::default()
        },
        ..PublishLayerVersionInput::default()
    };
    let published = test.call(input).await.unwrap();
    published.layer_version_arn.unwrap()
}

async fn delete(test: &TestLambda, name: &str) {
    let input = DeleteLayerVersionInput {
        layer_name: name.to_owned(),
        version_number: 1,
    };
    test.call(input).await.unwrap();
}

/// Chunks of zips in the store.
async fn chunks(test: &TestLambda) -> usize {
    let range = KeyWriter::new(Space::LambdaCode).range();
    let mut chunks = test.store.snapshot().scan(range, Order::Ascending);
    let mut count = 0;
    while chunks.next().await.unwrap().is_some() {
        count += 1;
    }
    count
}

#[tokio::test]
async fn a_layers_zip_stays_as_long_as_a_function_names_it() {
    let test = TestLambda::new().await;
    publish(&test, "unused").await;
    let used = publish(&test, "used").await;
    let mut function = new_function("f", &answering("one"));
    function.layers = Some(vec![used.clone()]);
    test.call(function).await.unwrap();
    test.settled("f").await;
    assert_eq!(chunks(&test).await, 3);
    delete(&test, "used").await;
    delete(&test, "unused").await;
    eventually("the unused zip is gone", async || chunks(&test).await == 2).await;
    assert_eq!(test.answer("f").await, "\"one\"");

    let mut late = new_function("late", &answering("two"));
    late.layers = Some(vec![used]);
    let (code, _) = test.refused(late).await;
    assert_eq!(code, "InvalidParameterValueException");
    let gone = DeleteFunctionInput {
        function_name: "f".to_owned(),
        qualifier: None,
    };
    test.call(gone).await.unwrap();
    eventually("all zips are gone", async || chunks(&test).await == 0).await;
}
