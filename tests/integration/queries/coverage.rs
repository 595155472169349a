//! What the random cases have used.

use std::collections::BTreeMap;
use std::fmt;

/// How often each thing was used.
#[derive(Default)]
pub(super) struct Coverage {
    used: BTreeMap<&'static str, usize>,
    cases: usize,
}

impl Coverage {
    pub(super) fn uses(&mut self, name: &'static str) {
        *self.used.entry(name).or_default() += 1;
    }

    pub(super) fn case(&mut self) {
        self.cases += 1;
    }

    /// Fails if something of these was never used.
    pub(super) fn check(&self, all: &[&[&'static str]]) {
        let names = all.iter().flat_map(|names| names.iter());
        let missing: Vec<_> = names.filter(|name| !self.used.contains_key(**name)).collect();
        assert!(missing.is_empty(), "never generated: {missing:?}");
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} cases", self.cases)?;
        for (name, times) in &self.used {
            writeln!(f, "{times:6}  {name}")?;
        }
        Ok(())
    }
}
