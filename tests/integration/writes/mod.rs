//! Writing: what is stored, what is refused, and what stays as it was.

mod atomicity;
mod bad_input;
mod batches;
mod cancellation;
mod constraint_errors;
mod copying;
mod delete;
mod insert;
mod job_queue;
mod keys;
mod models;
mod on_conflict;
mod optimistic_lock;
mod patch;
mod properties;
mod schema_drift;
mod secrets;
mod services;
mod support;
mod traces;
mod transactions;
mod types;
mod update;
mod web_input;
