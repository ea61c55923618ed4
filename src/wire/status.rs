//! The one place where errors become gRPC status: code, one `ErrorInfo`, field violations, retry hints.

use crate::board::Refusal;
use crate::board::decision::Rule;
use crate::board::refusal::{Noun, Violation};
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of every reason.
pub const DOMAIN: &str = "callout";

/// Why a call is not answered as it wishes, by who must act.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The caller wrote nonsense.
    Malformed(Vec<Violation>),
    /// The board cannot grant it.
    Refused(Refusal),
    /// The request id was used before, with another body.
    RequestIdReused(String),
    /// The clock is a real one.
    ClockNotControlled,
    /// A stream cannot go on where its token says.
    Resume(Resume),
    /// There is no such run of a scenario.
    NoRun(String),
    /// Ours.
    Fault(Fault),
}

/// What went wrong on our side, or what we would not take on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A queue is full: nothing was done, come again.
    Busy(&'static str),
    /// The journal failed or the server is going down: whether the call had an effect is not known.
    Unavailable(&'static str),
    /// The caller's deadline passed; a write may still take effect.
    Deadline,
    /// A bug of ours.
    Crashed,
    /// A stream has lived as long as it may.
    StreamEnded,
    /// Who reads a stream has taken nothing for too long.
    Slow,
    /// The message is over the size that its method takes.
    TooLarge(usize),
}

/// Why a resume token is of no use: its holder has to start anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// Nothing that a server gave.
    Forged,
    /// It was given to another request.
    Foreign,
    /// The journal was cut behind it.
    TooOld,
    /// The journal does not know what it stands for: it was restored from a backup, or is another one.
    Unknown,
}

impl From<Resume> for Failure {
    fn from(resume: Resume) -> Failure {
        Failure::Resume(resume)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::Refused(refusal)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        Failure::Fault(fault)
    }
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Status {
        match failure {
            Failure::Malformed(violations) => invalid("INVALID_REQUEST", violations),
            Failure::Refused(refusal) => refused(refusal),
            Failure::RequestIdReused(id) => {
                let said = "was used before with another body: take a new one for a new request";
                let field = Violation { field: "request_id".into(), description: said.into() };
                let mut details = info("REQUEST_ID_REUSED", &[("request_id", &id)]);
                details.add_bad_request_violation(&field.field, &field.description);
                Status::with_error_details(Code::InvalidArgument, format!("request_id {said}"), details)
            }
            Failure::ClockNotControlled => Status::with_error_details(
                Code::FailedPrecondition,
                "this server runs on the real clock: only one started with clock = \"controlled\" can be set",
                info("CLOCK_NOT_CONTROLLED", &[]),
            ),
            Failure::Resume(resume) => unresumed(resume),
            Failure::NoRun(id) => Status::with_error_details(
                Code::NotFound,
                format!(
                    "there is no run {id:?}: a server keeps the newest, until it goes down; run it again"
                ),
                info("RUN_NOT_FOUND", &[("id", &id)]),
            ),
            Failure::Fault(fault) => fault.into(),
        }
    }
}

fn unresumed(resume: Resume) -> Status {
    let (code, reason, why) = match resume {
        Resume::Forged => {
            (Code::InvalidArgument, "RESUME_TOKEN_INVALID", "is not one that a stream of this server gave")
        }
        Resume::Foreign => (
            Code::InvalidArgument,
            "RESUME_TOKEN_FOREIGN",
            "was given to a stream with another name or filter",
        ),
        Resume::TooOld => {
            (Code::OutOfRange, "RESUME_TOKEN_TOO_OLD", "is older than the journal reaches back")
        }
        Resume::Unknown => {
            (Code::OutOfRange, "RESUME_TOKEN_UNKNOWN", "stands for a record that this journal does not have")
        }
    };
    let mut details = info(reason, &[("remedy", "START_ANEW")]);
    if code == Code::InvalidArgument {
        details.add_bad_request_violation("resume_token", why);
    }
    let message = format!("the resume_token {why}: open the stream without it to start anew");
    Status::with_error_details(code, message, details)
}

/// How a stream ends: the fault, and the token to go on with.
pub fn ended(fault: Fault, resume_token: Option<String>) -> Status {
    let status = Status::from(fault);
    let Some(token) = resume_token else { return status };
    let mut details = status.get_error_details();
    if let Some(info) = details.error_info() {
        let pairs = [("resume_token", token.as_str())];
        let reason = info.reason.clone();
        let retry = details.retry_info().and_then(|r| r.retry_delay);
        details = self::info(&reason, &pairs);
        details.set_retry_info(retry);
    }
    Status::with_error_details(status.code(), status.message(), details)
}

impl From<Fault> for Status {
    fn from(fault: Fault) -> Status {
        let (code, reason, message, retry) = match fault {
            Fault::Busy(queue) => {
                let message = format!("{queue} is full: nothing was done, try again");
                (Code::ResourceExhausted, "QUEUE_FULL", message, Some(Duration::from_millis(100)))
            }
            Fault::Unavailable(why) => {
                (Code::Unavailable, "UNAVAILABLE", why.to_owned(), Some(Duration::from_secs(1)))
            }
            Fault::Deadline => {
                let message = "the deadline passed; a change may still have been made: repeat it with the same \
                               request_id to learn";
                (Code::DeadlineExceeded, "DEADLINE_EXCEEDED", message.to_owned(), None)
            }
            Fault::StreamEnded => {
                let message = "the stream has lived as long as it may: open it again";
                (Code::Unavailable, "STREAM_ENDED", message.to_owned(), Some(Duration::ZERO))
            }
            Fault::Slow => {
                let message = "messages were not taken for too long: open the stream again and read faster";
                (Code::ResourceExhausted, "SLOW_READER", message.to_owned(), Some(Duration::ZERO))
            }
            Fault::Crashed => (Code::Internal, "INTERNAL", "an error of the server".to_owned(), None),
            Fault::TooLarge(most) => {
                let message = format!("the message is over the {most} bytes that this method takes");
                (Code::ResourceExhausted, "MESSAGE_TOO_LARGE", message, None)
            }
        };
        let mut details = info(reason, &[]);
        if let Some(after) = retry {
            details.set_retry_info(Some(after));
        }
        Status::with_error_details(code, message, details)
    }
}

#[allow(clippy::disallowed_types, reason = "what tonic-types takes; never iterated here")]
type Metadata = std::collections::HashMap<String, String>;

fn info(reason: &str, metadata: &[(&str, &str)]) -> ErrorDetails {
    let pairs = metadata.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    ErrorDetails::with_error_info(reason, DOMAIN, pairs.collect::<Metadata>())
}

fn invalid(reason: &str, violations: Vec<Violation>) -> Status {
    let mut details = info(reason, &[]);
    for v in &violations {
        details.add_bad_request_violation(&v.field, &v.description);
    }
    let first = violations.first().map(|v| format!("{}: {}", v.field, v.description)).unwrap_or_default();
    let message = match violations.len() {
        0 | 1 => first,
        n => format!("{first} (and {} more)", n - 1),
    };
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// What tonic refused by itself, with the code and the reason that it should have.
pub fn reasoned(status: &Status, most: usize) -> Status {
    let message = status.message();
    let (code, reason) = match status.code() {
        Code::OutOfRange => return Fault::TooLarge(most).into(),
        Code::Internal if message.contains("decode") => (Code::InvalidArgument, "MALFORMED_MESSAGE"),
        Code::Unimplemented => (Code::Unimplemented, "UNKNOWN_METHOD"),
        Code::DeadlineExceeded => (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
        code => (code, "TRANSPORT"),
    };
    Status::with_error_details(code, message, info(reason, &[]))
}

fn refused(refusal: Refusal) -> Status {
    let message = refusal.to_string();
    let (code, details) = match &refusal {
        Refusal::Invalid(violations) => return invalid("INVALID_REFERENCE", violations.clone()),
        Refusal::NotFound { noun, id } => {
            (Code::NotFound, info(&format!("{}_NOT_FOUND", word(*noun)), &[("id", id)]))
        }
        Refusal::AlreadyExists { noun, id } => {
            (Code::AlreadyExists, info(&format!("{}_ALREADY_EXISTS", word(*noun)), &[("id", id)]))
        }
        Refusal::Stale { noun, id, revision } => {
            let revision = revision.to_string();
            let pairs = [("noun", word(*noun)), ("id", id), ("etag", &revision)];
            (Code::Aborted, info("STALE_ETAG", &pairs))
        }
        Refusal::InUse { noun, id, by } => {
            let pairs = [("id", id.as_str()), ("by", by)];
            (Code::FailedPrecondition, info(&format!("{}_IN_USE", word(*noun)), &pairs))
        }
        Refusal::InsufficientStock { location, part, free, wanted } => {
            let (free, wanted) = (free.to_string(), wanted.to_string());
            let pairs =
                [("location", location.as_str()), ("part", part), ("free", &free), ("wanted", &wanted)];
            (Code::FailedPrecondition, info("INSUFFICIENT_STOCK", &pairs))
        }
        Refusal::WrongState { job, state } => {
            let state = super::encode::job::state(*state).as_str_name();
            (
                Code::FailedPrecondition,
                info("WRONG_JOB_STATE", &[("job", job), ("state", state.trim_start_matches("JOB_STATE_"))]),
            )
        }
        Refusal::Breaks { rule, missed, by } => {
            let rule = super::encode::decision::rule(*rule).as_str_name().trim_start_matches("RULE_");
            let by = by.map_or(String::new(), |s| s.0.to_string());
            let pairs = [("rule", rule), ("missed", missed), ("seconds", &by)];
            (Code::FailedPrecondition, info("RULE_BROKEN", &pairs))
        }
        Refusal::NotWorth { gain, least } => {
            let (gain, least) = (gain.0.to_string(), least.0.to_string());
            let pairs = [("gain_millis", gain.as_str()), ("least_millis", &least)];
            (Code::FailedPrecondition, info("NOT_WORTH", &pairs))
        }
        Refusal::NobodyFits { window, reasons } => {
            let said = |(rule, why): &(Rule, String)| {
                let rule = super::encode::decision::rule(*rule).as_str_name().trim_start_matches("RULE_");
                format!("{rule}: {why}")
            };
            let reasons: Vec<String> = reasons.iter().map(said).collect();
            let (start, end) = (window.start.0.to_string(), window.end.0.to_string());
            let pairs = [("start", start.as_str()), ("end", &end), ("reasons", &reasons.join("; "))];
            (Code::FailedPrecondition, info("NOBODY_FITS", &pairs))
        }
        Refusal::KeptForUrgent { day, left, wanted } => {
            let (day, left, wanted) = (day.start.0.to_string(), left.0.to_string(), wanted.0.to_string());
            let pairs = [("day", day.as_str()), ("left_seconds", &left), ("wanted_seconds", &wanted)];
            (Code::FailedPrecondition, info("KEPT_FOR_URGENT", &pairs))
        }
        Refusal::WrongClock { job, stands, .. } => {
            (Code::FailedPrecondition, info("WRONG_CLOCK_STATE", &[("job", job), ("state", stands)]))
        }
    };
    Status::with_error_details(code, message, details)
}

fn word(noun: Noun) -> &'static str {
    match noun {
        Noun::Region => "REGION",
        Noun::Technician => "TECHNICIAN",
        Noun::Job => "JOB",
        Noun::Visit => "VISIT",
        Noun::Depot => "DEPOT",
        Noun::CertificationKind => "CERTIFICATION_KIND",
        Noun::Part => "PART",
        Noun::Kit => "KIT",
        Noun::Family => "APPLIANCE_FAMILY",
        Noun::Fault => "FAULT",
        Noun::Level => "SERVICE_LEVEL",
        Noun::OrderNumber => "ORDER_NUMBER",
        Noun::Shift => "SHIFT",
        Noun::Break => "BREAK",
        Noun::Subscriber => "SUBSCRIBER",
        Noun::PriceList => "PRICE_LIST",
        Noun::Offer => "OFFER",
        Noun::Delivery => "DELIVERY",
        Noun::Move => "MOVE",
    }
}
