//! A progress bar per table.

use indicatif::{ProgressBar, ProgressStyle};

use crate::Failure;
use crate::load::Progress;

pub(crate) struct Bars {
    style: ProgressStyle,
    bar: ProgressBar,
}

impl Bars {
    pub(crate) fn new() -> Result<Self, Failure> {
        let style = ProgressStyle::with_template("{prefix:>8} {bar:32} {human_pos:>9} rows {per_sec:>16}")?;
        Ok(Self {
            style,
            bar: ProgressBar::hidden(),
        })
    }
}

impl Progress for Bars {
    fn begin(&mut self, table: &'static str, about: i64) {
        self.bar = ProgressBar::new(about.unsigned_abs())
            .with_style(self.style.clone())
            .with_prefix(table);
    }

    fn stored(&mut self, rows: u64) {
        self.bar.set_position(rows);
    }

    fn end(&mut self) {
        self.bar.finish();
        // The bar shows itself on terminals only.
        if self.bar.is_hidden() {
            let (table, rows) = (self.bar.prefix(), self.bar.position());
            let rate = rows as f64 / self.bar.elapsed().as_secs_f64().max(1e-9);
            println!("{table:>8} {rows:>9} rows {rate:>12.0}/s");
        }
    }
}
