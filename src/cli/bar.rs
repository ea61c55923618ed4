//! The progress bar of long work, where somebody watches.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// How far counted work is, and what is being done.
pub(super) const COUNTED: &str = "{bar:40.green/dim} {pos}/{len}  {msg}";

/// A bar drawn by a template of `indicatif`; hidden for programs, and where standard error is no terminal.
pub(super) fn bar(json: bool, template: &str) -> ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template);
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
