//! The only user of generated types.
/// The generated contract.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod v1 {
    tonic::include_proto!("callout.v1");
}
