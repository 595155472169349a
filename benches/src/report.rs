//! The table.

use std::fmt;
use std::time::Duration;

use crate::measure::Comparison;
use crate::memory::Growth;

/// Which benchmarks to run: those whose name has one of the words, or all.
pub(crate) struct Filter(Vec<String>);

impl Filter {
    pub(crate) fn from_arguments() -> Self {
        Self(std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect())
    }

    fn takes(&self, name: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|word| name.contains(word.as_str()))
    }
}

/// What a comparison should not exceed: ratios of ours to theirs.
#[derive(Clone, Copy, Default)]
pub(crate) struct Target {
    pub(crate) wall: Option<f64>,
    pub(crate) cpu: Option<f64>,
}

/// The rows so far.
pub(crate) struct Report {
    filter: Filter,
    rows: Vec<[String; 9]>,
    memory: Vec<[String; 7]>,
}

impl Report {
    pub(crate) fn new(filter: Filter) -> Self {
        Self {
            filter,
            rows: Vec::new(),
            memory: Vec::new(),
        }
    }

    /// Whether this benchmark is to be run.
    pub(crate) fn wants(&self, name: &str) -> bool {
        let wanted = self.filter.takes(name);
        if wanted {
            eprintln!("{name} …");
        }
        wanted
    }

    /// Ours beside theirs.
    pub(crate) fn compared(&mut self, name: &str, theirs: &str, comparison: &Comparison, target: Target) {
        let within = |ratio: f64, limit: Option<f64>| limit.is_none_or(|limit| ratio <= limit);
        let met = within(comparison.wall, target.wall) && within(comparison.cpu, target.cpu);
        let none = target.wall.is_none() && target.cpu.is_none();
        self.rows.push([
            name.to_owned(),
            theirs.to_owned(),
            shown(comparison.ours.wall),
            shown(comparison.theirs.wall),
            format!("**{:.2}**", comparison.wall),
            format!("**{:.2}**", comparison.cpu),
            limit(target.wall),
            limit(target.cpu),
            met_or_not(!none, met),
        ]);
    }

    /// A time of ours with a limit, and nothing to compare it with.
    pub(crate) fn alone(&mut self, name: &str, what: &str, ours: Duration, most: Option<Duration>) {
        let dash = || "–".to_owned();
        self.rows.push([
            name.to_owned(),
            what.to_owned(),
            shown(ours),
            dash(),
            dash(),
            dash(),
            most.map_or_else(dash, |most| format!("< {}", shown(most))),
            dash(),
            met_or_not(most.is_some(), most.is_some_and(|most| ours < most)),
        ]);
    }

    /// A peak of memory beside the size of what it was needed for.
    pub(crate) fn memory(&mut self, name: &str, side: &str, growth: Growth, most: Option<f64>) {
        let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
        let ratio = growth.peak as f64 / growth.result as f64;
        self.memory.push([
            name.to_owned(),
            side.to_owned(),
            megabytes(growth.peak),
            megabytes(growth.result),
            format!("**{ratio:.2}**"),
            limit(most),
            met_or_not(most.is_some(), most.is_some_and(|most| ratio <= most)),
        ]);
    }
}

fn limit(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| format!("≤ {ratio:.2}"))
}

fn met_or_not(has_target: bool, met: bool) -> String {
    match (has_target, met) {
        (false, _) => "–",
        (true, true) => "yes",
        (true, false) => "**no**",
    }
    .to_owned()
}

/// Three digits and a unit.
fn shown(duration: Duration) -> String {
    let nanos = duration.as_secs_f64() * 1e9;
    let (value, unit) = match nanos {
        ..1e3 => (nanos, "ns"),
        1e3..1e6 => (nanos / 1e3, "µs"),
        1e6..1e9 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s"),
    };
    let digits = match value {
        ..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

/// The table in Markdown.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| what | compared with | ours | theirs | wall ratio | CPU ratio | wall target | CPU target | met |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        if self.memory.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "\n| what | side | peak growth | the result's own size | ratio | target | met |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|")?;
        for row in &self.memory {
            writeln!(f, "| {} |", row.join(" | "))?;
        }
        Ok(())
    }
}
