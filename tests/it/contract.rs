//! The contract as clients see it: a golden text of every method and field, and reflection.

use crate::town::Town;
use expect_test::expect_file;
use prost::Message;
use prost_types::{DescriptorProto, FileDescriptorSet};
use std::fmt::Write;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

fn message(text: &mut String, prefix: &str, m: &DescriptorProto) {
    let name = format!("{prefix}{}", m.name());
    for f in &m.field {
        let of = f.type_name().trim_start_matches('.');
        let kind = if of.is_empty() { format!("{:?}", f.r#type()).to_lowercase() } else { of.to_owned() };
        let many = if f.label() == prost_types::field_descriptor_proto::Label::Repeated { "[]" } else { "" };
        writeln!(text, "{name}.{} = {} {kind}{many}", f.name(), f.number()).unwrap();
    }
    m.nested_type.iter().for_each(|n| message(text, &format!("{name}."), n));
}

#[test]
fn the_contract_changes_only_on_purpose() {
    let set = FileDescriptorSet::decode(callout::wire::DESCRIPTOR).unwrap();
    let mut text = String::new();
    for file in set.file.iter().filter(|f| f.package() == "callout.v1") {
        writeln!(text, "# {}", file.name()).unwrap();
        for service in &file.service {
            for m in &service.method {
                let stream = if m.client_streaming() { "stream " } else { "" };
                let (from, to) = (m.input_type(), m.output_type());
                writeln!(text, "{}.{}({stream}{from}) -> {to}", service.name(), m.name()).unwrap();
            }
        }
        for e in &file.enum_type {
            for v in &e.value {
                writeln!(text, "{}.{} = {}", e.name(), v.name(), v.number()).unwrap();
            }
        }
        file.message_type.iter().for_each(|m| message(&mut text, "", m));
    }
    expect_file!["../golden/callout.v1.txt"].assert_eq(&text);
}

#[test]
fn reflection_and_health_know_every_service() {
    let town = Town::empty();
    let c = &town.clients;
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let reply = c.rt.block_on(async {
        let mut client = ServerReflectionClient::new(c.channel.clone());
        let mut stream =
            client.server_reflection_info(tokio_stream::iter([request])).await.unwrap().into_inner();
        stream.message().await.unwrap().unwrap()
    });
    let Some(MessageResponse::ListServicesResponse(list)) = reply.message_response else {
        panic!("{reply:?}")
    };
    let names: Vec<String> = list.service.into_iter().map(|s| s.name).collect();
    let set = FileDescriptorSet::decode(callout::wire::DESCRIPTOR).unwrap();
    let services = set.file.iter().filter(|f| f.package() == "callout.v1").flat_map(|f| &f.service);
    for service in services {
        let name = format!("callout.v1.{}", service.name());
        assert!(names.contains(&name), "{name} is not in {names:?}");
        let ask = tonic_health::pb::HealthCheckRequest { service: name };
        let mut health = tonic_health::pb::health_client::HealthClient::new(c.channel.clone());
        let status = c.rt.block_on(health.check(ask)).unwrap().into_inner().status();
        assert_eq!(status, tonic_health::pb::health_check_response::ServingStatus::Serving);
    }
}
