//! Stand-in until the travel branch lands.
#[derive(Clone, Debug)]
pub struct Travel(pub String);
