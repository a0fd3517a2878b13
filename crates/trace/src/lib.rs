//! What became of a request, step by step: spans, which belong to traces, and a bounded ring of
//! the recent ones.
//!
//! A trace begins where the front lets a request in, or goes on from the `X-Amzn-Trace-Id` that a
//! request brings: so the calls that a function makes join the trace of the request it answers.
//! Whatever runs within a span can add to it without being handed it ([`span`], [`note`],
//! [`mark`]); outside of any trace, all of these do nothing, and cost next to nothing.
//!
//! Must not know services or protocols, and must never be told a secret: what is told here is
//! shown. Nothing depends on traces; a full ring forgets the oldest, and where there are too many
//! requests some have no trace.

mod here;
mod id;
mod pace;
mod record;
mod report;
mod ring;
mod segment;

pub use here::{
    Point, Span, carried, current_header, current_root, log, mark, note, span, took, within,
};
pub use id::{TraceHeader, TraceId};
pub use record::{SpanRecord, Summary};
pub use ring::Traces;
