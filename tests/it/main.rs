//! The one integration binary.

mod solve;
