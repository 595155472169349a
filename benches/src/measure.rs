//! Time and client CPU of two sides that take turns.
//!
//! A machine is never quiet: both sides run in each round, in an order that alternates, and what is reported is the
//! median of the rounds' ratios, so that what slows one round down slows both sides.

use std::hint::black_box;
use std::ops::{Add, AddAssign, Div, Sub};
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};

/// What one or more operations cost this process.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Time that passed.
    pub(crate) wall: Duration,
    /// User and system CPU of this process; the server is another one.
    pub(crate) cpu: Duration,
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.wall += other.wall;
        self.cpu += other.cpu;
    }
}

impl Div<u32> for Cost {
    type Output = Self;
    fn div(self, times: u32) -> Self {
        Self {
            wall: self.wall / times,
            cpu: self.cpu / times,
        }
    }
}

/// A clock that reads both at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    wall: Instant,
    cpu: Duration,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            cpu: cpu_of(UsageWho::RUSAGE_SELF),
            wall: Instant::now(),
        }
    }

    pub(crate) fn read(self) -> Cost {
        Cost {
            wall: self.wall.elapsed(),
            cpu: cpu_of(UsageWho::RUSAGE_SELF).sub(self.cpu),
        }
    }
}

/// What it costs to make a value and to drop it.
///
/// # Errors
/// Those of the making.
pub(crate) async fn timed<T>(making: impl Future<Output = crate::Result<T>>) -> crate::Result<Cost> {
    let clock = Clock::start();
    drop(black_box(making.await?));
    Ok(clock.read())
}

/// User and system CPU so far.
pub(crate) fn cpu_of(who: UsageWho) -> Duration {
    usage(who).map_or(Duration::ZERO, |usage| {
        duration(usage.user_time()).add(duration(usage.system_time()))
    })
}

/// User CPU so far.
pub(crate) fn user_cpu_of(who: UsageWho) -> Duration {
    usage(who).map_or(Duration::ZERO, |usage| duration(usage.user_time()))
}

fn usage(who: UsageWho) -> Option<Usage> {
    getrusage(who).ok()
}

fn duration(value: nix::sys::time::TimeVal) -> Duration {
    let seconds = u64::try_from(value.tv_sec()).unwrap_or(0);
    let micros = u64::try_from(value.tv_usec()).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}

/// Two sides, compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Comparison {
    /// The median of a round, per operation.
    pub(crate) ours: Cost,
    /// The same of the other side.
    pub(crate) theirs: Cost,
    /// The median of the rounds' ratios.
    pub(crate) wall: f64,
    /// The same of the CPU.
    pub(crate) cpu: f64,
}

/// Compares two sides; each call of one gives the cost of `operations` operations. The first round is thrown away.
///
/// # Errors
/// Those of the sides.
pub(crate) async fn compare(
    rounds: usize,
    operations: u32,
    mut ours: impl AsyncFnMut() -> crate::Result<Cost>,
    mut theirs: impl AsyncFnMut() -> crate::Result<Cost>,
) -> crate::Result<Comparison> {
    let mut costs = Vec::with_capacity(rounds);
    ours().await?;
    theirs().await?;
    for round in 0..rounds {
        costs.push(if round % 2 == 0 {
            let ours = ours().await?;
            (ours, theirs().await?)
        } else {
            let theirs = theirs().await?;
            (ours().await?, theirs)
        });
    }
    let ratio = |of: fn(&Cost) -> Duration| {
        median(
            costs
                .iter()
                .map(|(ours, theirs)| of(ours).as_secs_f64() / of(theirs).as_secs_f64()),
        )
    };
    Ok(Comparison {
        ours: median_cost(costs.iter().map(|(ours, _)| ours)) / operations,
        theirs: median_cost(costs.iter().map(|(_, theirs)| theirs)) / operations,
        wall: ratio(|cost| cost.wall),
        cpu: ratio(|cost| cost.cpu),
    })
}

fn median_cost<'c>(costs: impl Iterator<Item = &'c Cost> + Clone) -> Cost {
    let of = |part: fn(&Cost) -> Duration| {
        Duration::from_secs_f64(median(costs.clone().map(|cost| part(cost).as_secs_f64())))
    };
    Cost {
        wall: of(|cost| cost.wall),
        cpu: of(|cost| cost.cpu),
    }
}

/// The middle one; of an even number the mean of the middle two; of none, zero.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle.wrapping_sub(1)), values.get(middle)) {
        (Some(below), Some(above)) if values.len().is_multiple_of(2) => f64::midpoint(*below, *above),
        (_, Some(middle)) => *middle,
        _ => 0.0,
    }
}
